"""What documents declare, and what is written in them twice."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from modelspec.diagnostics import shown
from modelspec.document import Block, IntegerParameter, ShapeParameter, Spec
from modelspec.expressions import ExpressionError, is_template, parse
from modelspec.rules.subject import Remark, Written
from modelspec.source import Path

_CLASSES = re.compile("class|label|categor")
"""What the name of a parameter has in it that stands for the number of classes."""
_TIMES = 4
"""How often steps are repeated before a loop is better."""
_LONGEST = 8
"""The most steps of a group that is compared with the next."""


def unused_parameter(written: Written) -> Iterator[Remark]:
    """A parameter that no expression reads sets nothing."""
    root = written.root
    for path, declared in _declaring(written):
        if not declared.parameters:
            continue
        value = written.source.at(path)
        assert isinstance(value, dict)
        skipped = {"parameter_sets", *(["blocks"] if declared is root else [])}
        read = _names(item for key, item in value.items() if key not in skipped)
        for name in declared.parameters.keys() - read:
            hint = "remove it, or read it in an expression" + (
                "; a block sees only its own parameters" if isinstance(declared, Spec) and root.blocks else ""
            )
            yield Remark((*path, "parameters", name), f'nothing reads the parameter "{name}"', hint, key=True)


def unused_block(written: Written) -> Iterator[Remark]:
    """A block that no step calls, or only blocks that nothing calls, adds nothing to the model."""
    value = _object(written.source.at(written.path))
    declared = _object(value.get("blocks"))
    called: set[str] = set()
    open_ = {*_called(value.get("layers"))}
    while open_:
        called |= open_
        open_ = {name for block in open_ for name in _called(declared.get(block))} - called
    for name in written.root.blocks.keys() - called:
        yield Remark((*written.path, "blocks", name), f'nothing calls the block "{name}"', "call it, or remove it", key=True)


def written_out(written: Written) -> Iterator[Remark]:
    """A size that is written out stays as it is when the parameter that stands for it is given another value."""
    value = _object(written.source.at(written.path))
    parameters = written.root.parameters
    shapes = {name: it.default for name, it in parameters.items() if isinstance(it, ShapeParameter)}
    for name, it in _object(value.get("inputs")).items() if isinstance(written.root, Spec) else ():
        for parameter, default in shapes.items():
            if isinstance(default, list) and _object(it).get("shape") == default:
                yield _remark((*written.path, "inputs", name, "shape"), "shape", default, parameter)
    classes = {
        name: it.default for name, it in parameters.items() if isinstance(it, IntegerParameter) and _CLASSES.search(name)
    }
    for path, steps in _step_lists(value, written.path):
        for position, step in enumerate(steps) if path == (*written.path, "layers") else ():
            for parameter, default in classes.items():
                if default is not None and _object(step).get("units") == default:
                    yield _remark((*path, position, "units"), "units", default, parameter)


def _remark(path: Path, field: str, value: Any, parameter: str) -> Remark:
    return Remark(path, f'{field} is {shown(value)}, as the parameter "{parameter}" is by default', f'write "${{{parameter}}}"')


def repeated_steps(written: Written) -> Iterator[Remark]:
    """Steps that stand there four times or more are changed in one place and forgotten in another; a loop says them once."""
    for path, steps in _step_lists(_object(written.source.at(written.path)), written.path):
        texts = [_without_name(step) for step in steps]
        position = 0
        while position < len(texts):
            length, times = _run(texts, position)
            if times >= _TIMES:
                what = "this step stands" if length == 1 else f"these {length} steps stand"
                message = f"{what} here {times} times in a row"
                yield Remark((*path, position), message, f'write {{"for": "i", "in": {{"range": {times}}}, "layers": [...]}}')
            position += max(1, length * times if times >= _TIMES else 1)


def _run(texts: Sequence[str], start: int) -> tuple[int, int]:
    """Return how many steps from one on are repeated right after themselves, and how often."""
    for length in range(1, min(_LONGEST, (len(texts) - start) // _TIMES) + 1):
        group, times = texts[start : start + length], 1
        while texts[start + times * length : start + (times + 1) * length] == group:
            times += 1
        if times >= _TIMES:
            return length, times
    return 1, 1


def idle_control(written: Written) -> Iterator[Remark]:
    """A condition on a constant, a repetition over one value and a choice of one are a choice that was made already."""
    for path, steps in _step_lists(_object(written.source.at(written.path)), written.path):
        for position, step in enumerate(steps):
            it = _object(step)
            if isinstance(taken := it.get("if"), bool):
                message = f"the condition is always {shown(taken)}"
                yield Remark((*path, position, "if"), message, "write the steps that are taken, or a condition on a parameter")
            times = _length(it.get("in")) if "for" in it else None
            if times is not None and times < 2:
                message = f"the repetition is over {'one value' if times else 'nothing'}, always"
                yield Remark((*path, position, "in"), message, "write the steps themselves, or loop over a parameter")
    for path, declared in _declaring(written):
        for name, parameter in declared.parameters.items():
            if parameter.choices is not None and len(parameter.choices) == 1:
                message = f'the parameter "{name}" has one choice'
                yield Remark(
                    (*path, "parameters", name, "choices"), message, "add the others, or write the value where it is read"
                )


def _length(values: Any) -> int | None:
    """Return over how many values a repetition goes; None where an expression says so."""
    if isinstance(values, list):
        return len(values)  # pyright: ignore[reportUnknownArgumentType]
    end = _object(values).get("range")
    return end if isinstance(end, int) and end < 2 else None


def _declaring(written: Written) -> Iterator[tuple[Path, Spec | Block]]:
    """Yield what declares parameters in a document, with its path."""
    yield written.path, written.root
    for name, block in written.root.blocks.items():
        if isinstance(block, Block):
            yield (*written.path, "blocks", name), block


def _names(values: Iterable[Any]) -> set[str]:
    """Return the names that expressions read, anywhere in some values."""
    names: set[str] = set()
    for text in _strings(values):
        if is_template(text):
            try:
                names |= parse(text).names
            except ExpressionError:  # text that is no expression, such as a description
                continue
    return names


def _strings(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _strings(value.values())  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]
        elif isinstance(value, list):
            yield from _strings(value)  # pyright: ignore[reportUnknownArgumentType]


def _object(value: Any) -> dict[str, Any]:
    """Return an object; an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _step_lists(value: Any, path: Path) -> Iterator[tuple[Path, list[Any]]]:
    """Yield the lists of steps of a document or a step, and of the blocks and steps in it, with their paths."""
    it = _object(value)
    for key in ("layers", "then", "else"):
        steps = it.get(key)
        if isinstance(steps, list):
            found: list[Any] = steps  # pyright: ignore[reportUnknownVariableType]
            yield (*path, key), found
            for position, step in enumerate(found):
                yield from _step_lists(step, (*path, key, position))
    for name, block in _object(it.get("blocks")).items():
        yield from _step_lists(block, (*path, "blocks", name))


def _without_name(step: Any) -> str:
    """Return a step as text, without what a loop would say otherwise in each repetition."""
    return json.dumps({key: item for key, item in _object(step).items() if key not in ("name", "description")})


def _called(value: Any) -> Iterator[str]:
    """Yield the names of the blocks that steps call, anywhere in a value."""
    if isinstance(value, dict):
        if isinstance(called := value.get("block"), str):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            yield called
        for item in value.values():  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
            yield from _called(item)
    elif isinstance(value, list):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _called(item)
