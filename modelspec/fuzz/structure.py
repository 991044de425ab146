"""What a spec can say beside layers: parameters, expressions, blocks, loops and conditions, put into a flat one.

Each rewrite draws a place and returns a document, which is kept where it is valid: it need not mean what the first one did.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from modelspec.compiler import elaborate
from modelspec.diagnostics import SpecError
from modelspec.fuzz.choices import Choices
from modelspec.graph import Graph

Document = dict[str, Any]
Steps = list[dict[str, Any]]

MOST = 4
"""How many rewrites are tried on a spec."""
MAX_NODES = 24
"""How many layers a spec has at most once its blocks are called and its loops run."""
KEYS = ("type", "name", "inputs", "block", "with", "for", "in", "index", "if", "layers", "then", "else", "axis", "axes")
"""What stands in a step and is no hyperparameter, or one whose value is seldom of use elsewhere."""


def structured(document: Document, choices: Choices) -> Document:
    """Return a document with some of its steps and values said in other words."""
    for _ in range(choices.integer(0, MOST)):
        changed = copy.deepcopy(document)
        if choices.pick(REWRITES)(changed, choices) and valid(changed) is not None:
            document = changed
    return document


def valid(document: Document) -> Graph | None:
    """Return the graph of a document; None where it has none, or one that is too large."""
    try:
        graph = elaborate(document)
    except SpecError:
        return None
    return graph if len(graph.nodes) <= MAX_NODES else None


def tidy(document: Document, choices: Choices) -> Document:
    """Return a document without the names and inputs that go without saying, at times."""
    if choices.chance(30):
        return document
    changed = copy.deepcopy(document)
    steps: Steps = changed["layers"]
    for before, step in pairwise(steps):
        if "name" in before and step.get("inputs") == [before["name"]]:
            del step["inputs"]
    read = set(_reads(steps)) | {*changed["outputs"].values()}
    for step in steps:
        if step.get("name") not in read:
            step.pop("name", None)
    if [*changed["outputs"].values()] == [steps[-1].get("name")]:
        del changed["outputs"]
    elif choices.chance(50):
        changed["outputs"] = [*changed["outputs"].values()]
        changed["outputs"] = changed["outputs"] if all("." not in name for name in changed["outputs"]) else document["outputs"]
    return changed if valid(changed) is not None else document


def _reads(steps: Steps) -> Iterator[str]:
    """Yield the names that steps read, those that they define themselves among them."""
    for step in steps:
        yield from step.get("inputs", ())
        for key in ("layers", "then", "else"):
            yield from _reads(step.get(key, []))


def _run(steps: Steps, choices: Choices) -> slice:
    start = choices.integer(0, len(steps) - 1)
    return slice(start, min(len(steps), start + choices.integer(1, 3)))


def _values(step: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths to the plain values in a step's fields."""
    items: Any = step.items() if isinstance(step, dict) else enumerate(step)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    for key, value in items:
        if key in KEYS:
            continue
        if isinstance(value, dict | list):
            yield from _values(value, (*path, key))
        elif value is not None and not (isinstance(value, str) and "${" in value):
            yield (*path, key)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _set(value: Any, path: tuple[Any, ...], new: Any) -> None:
    _at(value, path[:-1])[path[-1]] = new


def _drawn_value(steps: Steps, choices: Choices) -> tuple[dict[str, Any], tuple[Any, ...], Any] | None:
    """Return a step, the path to a value in it, and the value."""
    step = choices.pick(steps)
    paths = [*_values(step)]
    if not paths:
        return None
    path = choices.pick(paths)
    return step, path, _at(step, path)


def _parameter_of(value: Any) -> dict[str, Any]:
    kind = {bool: "boolean", int: "integer", float: "number", str: "string"}[type(value)]
    return {"type": kind, "default": value}


def parameter(document: Document, choices: Choices) -> bool:
    """Let a parameter stand for a value, as it is or in an expression."""
    found = _drawn_value(document["layers"], choices)
    if found is None:
        return False
    step, path, value = found
    declared: dict[str, Any] = document.setdefault("parameters", {})
    name = f"p{len(declared) + 1}"
    text = f"${{{name}}}"
    if type(value) is int and choices.chance(60):
        more = choices.integer(1, 4)
        text, value = choices.pick(
            [
                (f"${{{name} + {more}}}", value - more),
                (f"${{{name} // {more}}}", value * more + choices.integer(0, more - 1)),
                (f"${{max({name}, 1 - 1)}}", value),
                (f"${{{name}[{more % 2}]}}", [value, value]),
                (f"${{len({name})}}", [more] * min(max(value, 0), 9)),
                (f"${{{more} if {name} < {value} else {name}}}", value),
            ]
        )
    elif type(value) is float and choices.chance(60):
        text, value = choices.pick(
            [(f"${{{name} / 4}}", value * 4), (f"${{-{name}}}", -value), (f"${{{name} * 2}}", value / 2)]
        )
    declared[name] = {"type": "list", "default": value} if isinstance(value, list) else _parameter_of(value)
    _set(step, path, text)
    return True


def shape(document: Document, choices: Choices) -> bool:
    """Let a parameter stand for the shape of an input."""
    name = choices.pick([*document["inputs"]])
    read = document["inputs"][name]
    if not isinstance(read["shape"], list):
        return False
    declared = document.setdefault("parameters", {})
    parameter_ = f"p{len(declared) + 1}"
    declared[parameter_] = {"type": "shape", "default": read["shape"]}
    read["shape"] = f"${{{parameter_}}}"
    return True


def size(document: Document, choices: Choices) -> bool:
    """Read the size of an input in the place of a number that is equal to it."""
    found = _drawn_value(document["layers"], choices)
    if found is None or type(found[2]) is not int:
        return False
    step, path, value = found
    sizes = [
        f"${{{name}.shape[{axis}]}}"
        for name, read in document["inputs"].items()
        if isinstance(read["shape"], list)
        for axis, known in enumerate(read["shape"])  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if known == value
    ]
    if not sizes:
        return False
    _set(step, path, choices.pick(sizes))
    return True


def loop(document: Document, choices: Choices) -> bool:
    """Repeat a run of steps; the first of them reads what stands before it, and at times a value is that of the loop."""
    steps: Steps = document["layers"]
    at = _run(steps, choices)
    inner = steps[at]
    name = inner[-1].get("name")
    inner[0].pop("inputs", None)
    inner[-1].pop("name", None)
    count = choices.integer(1, 3)
    variable = f"i{sum(1 for _ in _loops(steps)) + 1}"
    values: Any = {"range": count}
    if choices.chance(50) and (found := _drawn_value(inner, choices)) and type(found[2]) is int:
        step, path, value = found
        values = [value, *(max(1, value + choices.integer(-1, 2)) for _ in range(count - 1))]
        _set(step, path, f"${{{variable}}}")
    made = {"for": variable, "in": values, "layers": inner, **({"name": name} if name else {})}
    steps[at] = [made]
    return True


def _loops(steps: Steps) -> Iterator[dict[str, Any]]:
    for step in steps:
        if "for" in step:
            yield step
        for key in ("layers", "then", "else"):
            yield from _loops(step.get(key, []))


def condition(document: Document, choices: Choices) -> bool:
    """Take a step only where something is true, or the other way round."""
    steps: Steps = document["layers"]
    at = _run(steps, choices)
    taken, other = steps[at], [{"type": "ReLU"}] if choices.chance(50) else []
    first = choices.chance(50)
    test = choices.pick(["1 < 2", "not false"]) if first else choices.pick(["1 > 2", "false", "'a' == 'b'"])
    steps[at] = [{"if": f"${{{test}}}", "then": taken if first else other, "else": other if first else taken}]
    return True


def block(document: Document, choices: Choices) -> bool:
    """Move a run of steps into a block, which is called in their place, and at times once more."""
    steps: Steps = document["layers"]
    at = _run(steps, choices)
    inner = steps[at]
    own = [name for step in inner if (name := step.get("name")) is not None]
    read = [*dict.fromkeys(name for name in _reads(inner) if name not in own)]
    if not read or any("." in name for name in (*read, *own)):
        return False
    rest = {*_reads(steps[: at.start]), *_reads(steps[at.stop :]), *document["outputs"].values()}
    handed = [name for name in own if name in rest]
    blocks: dict[str, Any] = document.setdefault("blocks", {})
    name, called = f"b{len(blocks) + 1}", f"c{len(blocks) + 1}"
    step: dict[str, Any] = {"block": name, "name": called, "inputs": read}
    blocks[name] = {"inputs": read, "layers": inner, **({"outputs": handed} if handed else {})}
    _with_parameter(blocks[name], step, choices)
    again: Steps = []
    if choices.chance(40):
        again = [{**step, "name": f"{called}b", "inputs": [called, *read[1:]]}]
    steps[at] = [step, *again]
    moved = {name: (f"{called}.{name}" if number else called) for number, name in enumerate(handed)}
    if again and choices.chance(50):
        moved = {name: value.replace(called, f"{called}b", 1) for name, value in moved.items()}
    _rename([*steps[: at.start], *steps[at.start + 1 + len(again) :]], moved)
    document["outputs"] = {key: moved.get(value, value) for key, value in document["outputs"].items()}
    return True


def _with_parameter(made: dict[str, Any], call: dict[str, Any], choices: Choices) -> None:
    """Let the call say one of the values in a block, at times."""
    if choices.chance(50) and (found := _drawn_value(made["layers"], choices)):
        step, path, value = found
        made["parameters"] = {"value": _parameter_of(value)}
        call["with"] = {"value": value}
        _set(step, path, "${value}")


def _rename(steps: Steps, moved: dict[str, str]) -> None:
    for step in steps:
        if "inputs" in step:
            step["inputs"] = [moved.get(name, name) for name in step["inputs"]]
        for key in ("layers", "then", "else"):
            _rename(step.get(key, []), moved)


REWRITES: tuple[Callable[[Document, Choices], bool], ...] = (parameter, parameter, shape, size, loop, block, condition)
"""What changes a document in place, and returns whether it could."""
