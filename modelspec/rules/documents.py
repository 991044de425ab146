"""What documents declare, and what is written in them twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from modelspec.document import Block, Spec
from modelspec.expressions import ExpressionError, is_template, parse
from modelspec.rules.subject import Remark, Written
from modelspec.source import Path


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
    """A block that no step calls adds nothing to the model."""
    called = set(_called(written.source.at(written.path)))
    for name in written.root.blocks.keys() - called:
        yield Remark((*written.path, "blocks", name), f'nothing calls the block "{name}"', "call it, or remove it", key=True)


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
