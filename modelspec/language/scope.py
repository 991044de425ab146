"""The names that can be used at a place of a document that is being written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.findings import find
from modelspec.language.reading import items, members
from modelspec.source import Path

_LISTS = {"layers", "then", "else"}
"""The keys whose values are lists of steps."""


def owner(path: Path) -> Path:
    """Return the path of the block that a path leads into; the empty one is the document's own."""
    return path[:2] if len(path) > 2 and path[0] == "blocks" else ()


def step(path: Path) -> Path | None:
    """Return the path of the innermost step that a path leads into; None outside of steps."""
    ends = [end for end in range(1, len(path)) if path[end - 1] in _LISTS and isinstance(path[end], int)]
    return path[: ends[-1] + 1] if ends else None


def parameters(value: Any, path: Path) -> Mapping[str, Path]:
    """Return the parameters and loop variables that an expression at a path can read, with where each is declared."""
    home = owner(path)
    declared: dict[str, Path] = {name: (*home, "parameters", name) for name in members(find(value, (*home, "parameters")))}
    for end in range(len(path)):
        if path[end] == "layers":
            for key in ("for", "index"):
                if isinstance(name := members(find(value, path[:end])).get(key), str):
                    declared[name] = (*path[:end], key)
    return declared


def blocks(value: Any) -> Mapping[str, Path]:
    """Return the blocks that steps can call, with where each is declared."""
    return {name: ("blocks", name) for name in members(find(value, ("blocks",)))}


def inputs(value: Any, path: Path) -> Mapping[str, Path]:
    """Return the inputs of the model or of the block that a path leads into, with where each is declared."""
    home = owner(path)
    written = find(value, (*home, "inputs"))
    if home and written is None:
        return {"input": home}
    named = {name: (*home, "inputs", position) for position, name in enumerate(items(written)) if isinstance(name, str)}
    return named or {name: (*home, "inputs", name) for name in members(written)}


def tensors(value: Any, path: Path) -> Mapping[str, Path]:
    """Return the names that ``inputs`` of the step at a path can read, with where each is given."""
    declared = dict(inputs(value, path))
    here = step(path) or ()
    for end in range(len(owner(path)), len(here)):
        if here[end] in _LISTS:
            declared |= _given(value, here[: end + 1], here[end + 1])
    return declared


def results(value: Any, path: Path) -> Mapping[str, Path]:
    """Return the names that ``outputs`` of the model or of the block that a path leads into can read."""
    return {**inputs(value, path), **_given(value, (*owner(path), "layers"), None)}


def _given(value: Any, path: Path, stop: str | int | None) -> dict[str, Path]:
    """Return the names that the steps at a path give, those before ``stop``."""
    given: dict[str, Path] = {}
    for position, written in enumerate(items(find(value, path))):
        if position == stop:
            break
        it, place = members(written), (*path, position)
        for key in ("then", "else"):
            given |= _given(value, (*place, key), None)
        if isinstance(name := it.get("name"), str):
            outputs = items(find(value, ("blocks", it.get("block", ""), "outputs")))
            given |= dict.fromkeys([name, *(f"{name}.{output}" for output in outputs)], (*place, "name"))
    return given
