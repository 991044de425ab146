"""A document that fails, made smaller as long as it fails in the same way."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, cast

from modelspec.fuzz.flat import flat
from modelspec.fuzz.generate import written
from modelspec.fuzz.structure import Document, valid

MAX_TRIES = 120
"""How many smaller documents are run at most."""

Fails = Callable[[Document], bool]


def shrunk(document: Document, fails: Fails, tries: int = MAX_TRIES) -> Document:
    """Return a smaller document for which ``fails`` is true, too."""
    budget = _Budget(fails, tries)
    graph = valid(document)
    if graph is not None and budget.takes(flat(graph)):
        document = flat(graph)
    progress = True
    while progress and budget.left:
        progress = False
        for change in CHANGES:
            for candidate in change(document):
                if budget.takes(candidate):
                    document, progress = candidate, True
                    break
            if progress:
                break
    return document


class _Budget:
    def __init__(self, fails: Fails, left: int) -> None:
        self.fails, self.left = fails, left
        self._tried: set[str] = set()

    def takes(self, candidate: Document) -> bool:
        """Return whether a document is valid, new, and fails as well."""
        text = repr(candidate)
        if self.left <= 0 or text in self._tried or valid(candidate) is None:
            return False
        self._tried.add(text)
        self.left -= 1
        return self.fails(candidate)


def _fewer_outputs(document: Document) -> Iterator[Document]:
    """Yield the document with one output alone: the layers that it does not need go with the others."""
    outputs: Any = document.get("outputs")
    if isinstance(outputs, dict):
        named = cast("dict[str, Any]", outputs)
        if len(named) > 1:
            yield from (pruned({**document, "outputs": {name: value}}) for name, value in named.items())


def _cut(document: Document) -> Iterator[Document]:
    """Yield the document that ends before its last layers, or that takes a layer's result as an input."""
    graph = valid(document)
    steps: list[dict[str, Any]] = document["layers"]
    if graph is None or any("name" not in step or "inputs" not in step for step in steps):
        return
    for step in steps[:-1]:
        yield pruned({**copy.deepcopy(document), "outputs": {"y": step["name"]}})
    types = {node.value: node.output for node in graph.nodes}
    for at in reversed(range(len(steps) - 1)):
        changed, name = copy.deepcopy(document), steps[at]["name"]
        del changed["layers"][at]
        changed["inputs"][name] = written(types[name])
        changed["outputs"] = {key: value for key, value in document["outputs"].items() if value != name}
        if changed["outputs"]:
            yield pruned(changed)


def _without(document: Document) -> Iterator[Document]:
    """Yield the document without one of its steps: what read it reads what it read."""
    for at, step in enumerate(document["layers"]):
        if len(document["layers"]) > 1:
            changed = copy.deepcopy(document)
            del changed["layers"][at]
            if read := step.get("inputs"):
                _reread(changed, step.get("name"), read[0])
            yield pruned(changed)


def _reread(document: Document, name: str | None, other: str) -> None:
    for step in document["layers"]:
        if isinstance(step.get("inputs"), list):
            step["inputs"] = [other if it == name else it for it in step["inputs"]]
    if isinstance(document.get("outputs"), dict):
        document["outputs"] = {key: other if it == name else it for key, it in document["outputs"].items()}


def pruned(document: Document) -> Document:
    """Return a flat document without the layers and inputs that nothing needs; any other as it is."""
    steps: list[dict[str, Any]] = document["layers"]
    outputs: Any = document.get("outputs")
    if not isinstance(outputs, dict) or any("name" not in step or "inputs" not in step for step in steps):
        return document
    needed: set[str] = set(outputs.values())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    kept: list[dict[str, Any]] = []
    for step in reversed(steps):
        if step["name"] in needed:
            kept.insert(0, step)
            needed.update(step["inputs"])
    inputs = {name: read for name, read in document["inputs"].items() if name in needed}
    return {**document, "layers": kept, "inputs": inputs}


def _simpler_fields(document: Document) -> Iterator[Document]:
    """Yield the document with a field left out, or with a smaller value in it."""
    for path in _paths(document["layers"], ("layers",)):
        if path[-1] not in ("type", "name", "inputs"):
            changed = copy.deepcopy(document)
            del _at(changed, path[:-1])[path[-1]]
            yield changed
            yield from _smaller(document, path)


def _smaller_inputs(document: Document) -> Iterator[Document]:
    """Yield the document with a smaller input, or one of the usual type."""
    for name, read in document["inputs"].items():
        if isinstance(read["shape"], list):
            for at in range(len(read["shape"])):  # pyright: ignore[reportUnknownArgumentType]
                yield from _smaller(document, ("inputs", name, "shape", at))
        if read.get("dtype") == "float64":
            changed = copy.deepcopy(document)
            changed["inputs"][name]["dtype"] = "float32"
            yield changed


def _smaller(document: Document, path: tuple[Any, ...]) -> Iterator[Document]:
    value = _at(document, path)
    tries: list[Any] = []
    if type(value) is int and value > 1:
        tries = [*dict.fromkeys((1, 2, value // 2, value - 1))]
    elif isinstance(value, str) and path[0] == "inputs":
        tries = [3]
    for smaller in tries:
        if smaller != value:
            changed = copy.deepcopy(document)
            _at(changed, path[:-1])[path[-1]] = smaller
            yield changed


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the paths to all members of objects, and to all numbers in lists."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    for key, inner in items:
        if isinstance(value, dict) or type(inner) is int:
            yield (*path, key)
        if isinstance(inner, dict | list):
            yield from _paths(inner, (*path, key))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


CHANGES: tuple[Callable[[Document], Iterator[Document]], ...] = (
    _fewer_outputs,
    _cut,
    _without,
    _smaller_inputs,
    _simpler_fields,
)
"""What makes a document smaller, the most effective first."""
