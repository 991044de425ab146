"""``modelspec diff``: what changed in meaning from one spec to another, for people, programs and pull requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from modelspec import compiler
from modelspec.cli.arguments import Options, Verbs, add_reading, load, parameters, say, verb
from modelspec.diagnostics import printable, shown
from modelspec.difference import Change, Difference, LayerChange, compare, describe

FORMAT_VERSION = 1
_MARKS = {"added": "+", "removed": "-", "changed": "~", "renamed": ">", "reshaped": "="}
_LISTED = 20
"""The most weights of a kind that are named for people."""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "diff", run, "show what changed in meaning from one spec to another")
    parser.add_argument("old", metavar="OLD", help="a file, or the name of a shipped spec")
    parser.add_argument("new", metavar="NEW", help="the same")
    add_reading(parser, param_set=False)
    parser.add_argument("--format", choices=("text", "json", "markdown"), default="text", help="how it is written")
    parser.add_argument("--exit-code", action="store_true", help="exit with 1 where anything changed")


def run(options: Options) -> int:
    """Print the difference."""
    given = parameters(options)
    old, new = load(options.old, options), load(options.new, options)
    known = {"old": old.parameters.keys(), "new": new.parameters.keys() | given.keys() - old.parameters.keys()}
    sides = [
        (spec, compiler.elaborate(spec, {name: value for name, value in given.items() if name in known[side]}))
        for side, spec in (("old", old), ("new", new))
    ]
    difference = compare(sides[0], sides[1])
    match options.format:
        case "json":
            print(json.dumps(_as_json(difference), indent=2))
        case "markdown":
            for line in _markdown(difference):
                print(printable(line))
        case _:
            for line in _text(difference):
                say(line)
    return int(options.exit_code and difference.any)


def _text(difference: Difference) -> Iterator[str]:
    yield f"{difference.old.name} -> {difference.new.name}" + ("" if difference.any else ": nothing changed in meaning")
    for title, changes in _declarations(difference):
        if changes:
            yield title
            yield from (f"  {_mark(it)} {it.name}: {_sides(it)}" for it in changes)
    if difference.layers:
        yield f"layers: {_counted(difference.layers)}"
        yield from (f"  {_MARKS[group[0].kind]} {_layer(group)}" for group in _groups(difference.layers))
    if difference.totals:
        yield "cost"
        yield from (f"  {it.name}: {_amount(it)}" for it in difference.totals)
    if not difference.weights.same:
        yield f"weights of {difference.old.name}: {_fitting(difference)}"
        yield from (f"  {mark} {text}" for mark, text in _weights(difference))


def _markdown(difference: Difference) -> Iterator[str]:
    yield f"### {_code(difference.old.name)} → {_code(difference.new.name)}"
    yield ""
    if not difference.any:
        yield "Nothing changed in meaning."
        return
    rows = [(title, it) for title, changes in _declarations(difference) for it in changes]
    if rows:
        yield from ("| | | before | after |", "|---|---|---|---|")
        yield from (f"| {title} | {_code(it.name)} | {_cell(it.old)} | {_cell(it.new)} |" for title, it in rows)
        yield ""
    if difference.totals:
        yield from ("| cost | before | after | |", "|---|---:|---:|---:|")
        yield from (f"| {it.name} | {it.old:,} | {it.new:,} | {_relative(it)} |" for it in difference.totals)
        yield ""
    if difference.layers:
        yield f"<details><summary>Layers: {_counted(difference.layers)}</summary>"
        yield ""
        yield from (f"- {group[0].kind}: {_code(_layer(group))}" for group in _groups(difference.layers))
        yield from ("", "</details>", "")
    verdict = "still fit" if difference.weights.same else "do not fit as they are"
    yield f"Weights of the old spec {verdict}: {_fitting(difference)}."


def _as_json(difference: Difference) -> dict[str, Any]:
    def changes(of: tuple[Change, ...]) -> list[dict[str, Any]]:
        return [{"name": it.name, "old": it.old, "new": it.new} for it in of]

    weights = difference.weights
    return {
        "format_version": FORMAT_VERSION,
        "old": difference.old.name,
        "new": difference.new.name,
        "changed": difference.any,
        **{title: changes(of) for title, of in _declarations(difference)},
        "layers": [
            {
                "change": it.kind,
                "old": it.old and {"name": it.old.name, "type": it.old.layer.kind, "output": describe(it.old.output)},
                "new": it.new and {"name": it.new.name, "type": it.new.layer.kind, "output": describe(it.new.output)},
                "fields": changes(it.fields),
            }
            for it in difference.layers
        ],
        "totals": changes(difference.totals),
        "weights": {
            "fit": list(weights.fit),
            "reshaped": changes(weights.reshaped),
            "renamed": dict(weights.renamed),
            "added": list(weights.added),
            "removed": list(weights.removed),
        },
    }


def _declarations(difference: Difference) -> tuple[tuple[str, tuple[Change, ...]], ...]:
    return ("parameters", difference.parameters), ("inputs", difference.inputs), ("outputs", difference.outputs)


def _mark(change: Change) -> str:
    return _MARKS["added" if change.old is None else "removed" if change.new is None else "changed"]


def _sides(change: Change) -> str:
    """Return what was and is, in words; of an object only what is otherwise."""
    old, new = change.old, change.new
    if isinstance(old, dict) and isinstance(new, dict):
        keys: list[str] = [key for key in {**old, **new} if old.get(key) != new.get(key)]  # pyright: ignore
        return ", ".join(f"{key} {_sides(Change(key, old.get(key), new.get(key)))}" for key in keys)  # pyright: ignore
    if old is None:
        return _value(new)
    if new is None:
        return f"{_value(old)} -> none"
    return f"{_value(old)} -> {_value(new)}"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


def _counted(changes: tuple[LayerChange, ...]) -> str:
    kinds = [it.kind for it in changes]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in _MARKS if kind in kinds)


def _groups(changes: tuple[LayerChange, ...]) -> list[list[LayerChange]]:
    """Return changes that come from one line of the spec together: a block that is called often changes once."""
    groups: dict[object, list[LayerChange]] = {}
    for it in changes:
        node = it.new or it.old
        assert node is not None
        shapes = it.new and it.old and (it.old.output, it.new.output) if it.kind == "reshaped" else None
        groups.setdefault((it.kind, node.origin.path, repr(it.fields), repr(shapes)), []).append(it)
    return list(groups.values())


def _layer(group: list[LayerChange]) -> str:
    first = group[0]
    old, new = first.old, first.new
    node = new or old
    assert node is not None
    name = node.name + (f" and {len(group) - 1} more like it" if len(group) > 1 else "")
    if old is None or new is None:
        return f"{name}  {node.layer.kind} {describe(node.output)}"
    parts = [f"{it.name} {_sides(it)}" for it in first.fields]
    if old.name != new.name:
        parts.append(f"was {old.name}")
    if old.output != new.output:
        parts.append(f"{describe(old.output)} -> {describe(new.output)}")
    return f"{name}  {', '.join(parts)}"


def _amount(change: Change) -> str:
    return f"{change.old:,} -> {change.new:,} ({_relative(change)})"


def _relative(change: Change) -> str:
    return f"{100 * (change.new - change.old) / change.old:+.1f}%" if change.old else "new"


def _fitting(difference: Difference) -> str:
    it = difference.weights
    counts = (
        (len(it.fit), "fit"),
        (len(it.reshaped), "have another shape"),
        (len(it.renamed), "have another name"),
        (len(it.added), "are new"),
        (len(it.removed), "are gone"),
    )
    return ", ".join(f"{number} {text}" for number, text in counts if number) or "there are none"


def _weights(difference: Difference) -> Iterator[tuple[str, str]]:
    it = difference.weights
    named = [
        *((_MARKS["changed"], f"{change.name}: {_sides(change)}") for change in it.reshaped),
        *((_MARKS["renamed"], f"{new}, was {old}") for new, old in it.renamed.items()),
        *((_MARKS["added"], key) for key in it.added),
        *((_MARKS["removed"], key) for key in it.removed),
    ]
    yield from named[:_LISTED]
    if len(named) > _LISTED:
        yield "", f"and {len(named) - _LISTED} more; --format json names all"


def _code(text: str) -> str:
    """Return text as Markdown code that nothing in it ends: neither backticks nor the bars of a table."""
    return "`" + text.replace("`", "'").replace("|", "\\|").replace("\n", " ") + "`"


def _cell(value: Any) -> str:
    return "" if value is None else _code(_value(value))
