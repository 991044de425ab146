"""What changed in meaning between two specs: interface, parameters, layers, cost, and which trained weights still fit."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from modelspec.document import Spec
from modelspec.graph import Graph, Node
from modelspec.tensors import TensorType, format_shape

LayerKind = Literal["added", "removed", "changed", "renamed", "reshaped"]

_SMALL = 2_000
"""The most layers between two equal ones that are compared by what they are; in longer stretches only names are."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise: its name, and what it was and is as JSON has it; None where there was or is none."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class LayerChange:
    """What became of a layer; a reshaped one only makes another shape, because of what stands before it."""

    kind: LayerKind
    old: Node | None
    new: Node | None
    fields: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class WeightChanges:
    """What a weights file of the old spec is for the new one, by canonical keys."""

    fit: tuple[str, ...]
    reshaped: tuple[Change, ...]
    renamed: Mapping[str, str]
    """Old keys by new ones, where a layer has another name and its weight the same shape."""
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Return whether a file of the old spec is one of the new spec."""
        return not (self.reshaped or self.renamed or self.added or self.removed)


@dataclass(frozen=True, slots=True)
class Difference:
    """How a spec differs from an older one."""

    old: Graph
    new: Graph
    parameters: tuple[Change, ...]
    inputs: tuple[Change, ...]
    outputs: tuple[Change, ...]
    layers: tuple[LayerChange, ...]
    weights: WeightChanges
    totals: tuple[Change, ...]

    @property
    def any(self) -> bool:
        """Whether anything of the meaning changed; names of layers are a part of it, since weights go by them."""
        return bool(self.parameters or self.inputs or self.outputs or self.layers) or not self.weights.same


def compare(old: tuple[Spec, Graph], new: tuple[Spec, Graph]) -> Difference:
    """Return how a spec differs from an older one, for the parameter values that their graphs were made with."""
    (old_spec, before), (new_spec, after) = old, new
    pairs = _aligned(before.nodes, after.nodes)
    return Difference(
        before,
        after,
        _changes(_declared(old_spec), _declared(new_spec)),
        _changes(_types(before.inputs), _types(after.inputs)),
        _changes(_types(before.output_types), _types(after.output_types)),
        tuple(_layer_changes(pairs)),
        _weights(pairs),
        _changes(_totals(before), _totals(after)),
    )


def _types(values: Mapping[str, TensorType]) -> dict[str, str]:
    return {name: describe(kind) for name, kind in values.items()}


def describe(kind: TensorType) -> str:
    """Return a type in words: the shape without the batch, and the data type."""
    return f"{format_shape(kind.shape)} {kind.dtype}"


def _declared(spec: Spec) -> dict[str, Any]:
    unimportant = {"description", "lint"}
    return {name: it.model_dump(exclude_none=True, exclude=unimportant, mode="json") for name, it in spec.parameters.items()}


def _totals(graph: Graph) -> dict[str, int]:
    return {
        "layers": len(graph.nodes),
        "parameters": graph.parameters,
        "trainable parameters": graph.trainable_parameters,
        "multiply-adds": sum(node.multiply_adds for node in graph.nodes),
    }


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    names = dict.fromkeys((*old, *new))
    return tuple(Change(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))


def _layer_changes(pairs: Sequence[tuple[Node | None, Node | None]]) -> Iterator[LayerChange]:
    names = {old.value: new.value for old, new in pairs if old and new}
    removed = {old.value: old for old, new in pairs if old and not new}
    added = {new.value: new for old, new in pairs if new and not old}
    for old, new in pairs:
        if old is None or new is None:
            yield LayerChange("added" if old is None else "removed", old, new)
            continue
        read = [_before(name, removed) for name in old.inputs]
        fields = _changes(_fields(old), _fields(new))
        if [names.get(name, name) for name in read] != [_before(name, added) for name in new.inputs]:
            fields = (*fields, Change("inputs", list(old.inputs), list(new.inputs)))
        if fields:
            yield LayerChange("changed", old, new, fields)
        elif old.name != new.name:
            yield LayerChange("renamed", old, new)
        elif old.output != new.output:
            yield LayerChange("reshaped", old, new)


def _before(name: str, passed: Mapping[str, Node]) -> str:
    """Return what a value is made of, looking through layers of one input that were added or removed: that is their change."""
    while name in passed and len(passed[name].inputs) == 1:
        (name,) = passed[name].inputs
    return name


def _fields(node: Node) -> dict[str, Any]:
    return {"type": node.layer.kind, **node.layer.model_dump(mode="json")}


def _weights(pairs: Sequence[tuple[Node | None, Node | None]]) -> WeightChanges:
    fit: list[str] = []
    reshaped: list[Change] = []
    renamed: dict[str, str] = {}
    added: list[str] = []
    removed: list[str] = []
    for old, new in pairs:
        before = {it.weight.name: it for it in old.weights} if old else {}
        for here in new.weights if new else ():
            there = before.pop(here.weight.name, None)
            if there is None:
                added.append(here.key)
            elif there.weight.shape != here.weight.shape:
                reshaped.append(Change(here.key, list(there.weight.shape), list(here.weight.shape)))
            elif there.key != here.key:
                renamed[here.key] = there.key
            else:
                fit.append(here.key)
        removed += [it.key for it in before.values()]
    return WeightChanges(tuple(fit), tuple(reshaped), renamed, tuple(added), tuple(removed))


_KEYS: tuple[Callable[[Node], Hashable], ...] = (
    lambda node: (node.name, repr(node.layer)),
    lambda node: repr(node.layer),
    lambda node: (node.name, node.layer.kind),
    lambda node: node.name,
    lambda node: node.layer.kind,
)
"""What layers are taken to be the same by, each for those that the one before leaves: name and fields, fields, ..."""


def _aligned(
    old: Sequence[Node], new: Sequence[Node], keys: Sequence[Callable[[Node], Hashable]] = _KEYS
) -> list[tuple[Node | None, Node | None]]:
    """Return old and new layers in pairs, in order; a layer that has no counterpart stands alone."""
    if not old or not new or not keys:
        return [*((node, None) for node in old), *((None, node) for node in new)]
    key, *others = keys
    start = 0
    while start < min(len(old), len(new)) and key(old[start]) == key(new[start]):
        start += 1
    pairs: list[tuple[Node | None, Node | None]] = list(zip(old[:start], new[:start], strict=True))
    left, right = old[start:], new[start:]
    if max(len(left), len(right)) > _SMALL:
        return pairs + _by_name(left, right)
    at, to = 0, 0
    for block in SequenceMatcher(None, [*map(key, left)], [*map(key, right)], autojunk=False).get_matching_blocks():
        pairs += _aligned(left[at : block.a], right[to : block.b], others)
        at, to = block.a + block.size, block.b + block.size
        pairs += zip(left[block.a : at], right[block.b : to], strict=True)
    return pairs


def _by_name(old: Sequence[Node], new: Sequence[Node]) -> list[tuple[Node | None, Node | None]]:
    named = {node.name: node for node in old}
    kept = {node.name for node in new}
    return [*((node, None) for node in old if node.name not in kept), *((named.get(node.name), node) for node in new)]
