"""Make products and sums with fixed numbers a part of the layer before or after them: batch normalization, rescaling.

What can be folded into what, the layers say themselves: ``Layer.affine`` is the product and the sum, ``Layer.followed_by`` and
``Layer.preceded_by`` return the layer that does both. Arrays are not touched here: the graph says how each new one follows from
the spec's (``Graph.derived``), in float64, and it is computed when a backend asks for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelspec.graph import Derived, Graph, Node
from modelspec.layers.base import LayerError
from modelspec.layers.folding import AffineMap, Array, Formula, Merged, Numbers
from modelspec.layers.preprocessing import Rescaling
from modelspec.passes.rewriting import Rewriting
from modelspec.passes.target import Target

if TYPE_CHECKING:
    from modelspec.weights import Arrays

MAX_OFFSET = 4.0
"""The largest known offset that goes into the weights after it. Without the layer, the inputs are that far from zero in the
products and cancel only in their sum, at the cost of as much accuracy."""


def fold(graph: Graph, _: Target) -> Graph:
    """Return the graph with every affine layer in the layer before or after it, where one takes it up and reads, or is read by,
    nothing else."""
    return _Folding(graph).run()


class _Folding:
    def __init__(self, graph: Graph) -> None:
        self.graph, self.work = graph, Rewriting(graph)
        self.derived: dict[str, Derived] = {}
        self.uses = Counter(bound.key for node in graph.nodes for bound in node.weights)

    def run(self) -> Graph:
        for it in self.graph.nodes:
            node = self.work.current(it)
            while made := self.joined(node):
                node = made
            self.work.put(node)
        used = {bound.key for node in self.work.nodes.values() for bound in node.weights}
        return self.work.done({key: formula for key, formula in self.derived.items() if key in used})

    def joined(self, node: Node) -> Node | None:
        """Return one node for a node and the one before it; None where they stay two."""
        before = self.work.alone_before(node)
        if before is None:
            return None
        made = self.followed(before, node) or self.preceded(before, node)
        if made:
            self.work.take(before)
        return made

    def followed(self, before: Node, node: Node) -> Node | None:
        """Return the node before with an affine one in it."""
        affine = node.layer.affine(node.input_types)
        merged = before.layer.followed_by(affine, before.input_types) if affine else None
        return self.made(before, node, merged, affine, stays=before, goes=node) if merged and affine else None

    def preceded(self, before: Node, node: Node) -> Node | None:
        """Return a node with the affine one before it in it."""
        affine = before.layer.affine(before.input_types)
        merged = node.layer.preceded_by(affine, node.input_types) if affine else None
        if affine is None or merged is None or (merged.arrays and _is_far(affine)):
            return None
        try:
            return self.made(before, node, merged, affine, stays=node, goes=before)
        except LayerError:  # it takes no integers, which the affine layer made floating-point numbers
            return (
                None if before.layer == _CAST else self.made(self.cast(before), node, merged, affine, stays=node, goes=before)
            )

    def cast(self, before: Node) -> Node:
        """Add a node that does to a data type what an affine layer did, and return it as one that hands that on."""
        cast = Node.of(f"{before.name}/float", _CAST, before.inputs, before.input_types, origin=before.origin, axes=before.axes)
        self.work.put(cast)
        self.work.reads[cast.value] = 1
        return Node.of(before.name, _CAST, (cast.value,), (cast.output,))

    def made(self, first: Node, last: Node, merged: Merged, affine: AffineMap, *, stays: Node, goes: Node) -> Node | None:
        """Return the node that reads what the first reads and makes what the last makes; None where others use its arrays."""
        if any(self.uses[bound.key] > 1 for bound in stays.weights):
            return None
        own, others = self.sources(stays), self.sources(goes)
        keys = {bound.weight.name: bound.key for bound in stays.weights}
        for name, formula in merged.arrays.items():
            keys[name] = self.key(last, name)
            self.derived[keys[name]] = _Array(formula, own, others, affine, merged.channels)
        return Node.of(
            last.name,
            merged.layer,
            first.inputs,
            first.input_types,
            value=last.value,
            key=keys.__getitem__,
            origin=stays.origin,
            axes=last.axes,
        )

    def key(self, node: Node, weight: str) -> str:
        """Return a key that no array of the spec has."""
        key = f"{node.name}/folded/{weight}"
        while key in self.uses:
            key += "_"
        return key

    def sources(self, node: Node) -> dict[str, str | Derived]:
        """Return where the arrays of a node come from: the key in the spec's, or what computes them."""
        return {bound.weight.name: self.derived.get(bound.key, bound.key) for bound in node.weights}


_CAST = Rescaling(scale=1.0)
"""What is left of an affine layer that turned integers into floating-point numbers."""


def _is_far(affine: AffineMap) -> bool:
    """Return whether known offsets are too large to be hidden in weights."""
    return affine.is_constant and affine.shifts and bool(abs(affine.numbers({}).offset).max() > MAX_OFFSET)


@dataclass(frozen=True)
class _Array:
    """An array of two layers made one."""

    formula: Formula
    own: Mapping[str, str | Derived]
    others: Mapping[str, str | Derived]
    affine: AffineMap
    channels: int

    def __call__(self, arrays: Arrays) -> Array:
        import numpy as np

        with np.errstate(divide="ignore", invalid="ignore"):  # of a negative variance, as where nothing is folded
            numbers = self.affine.numbers(_Sources(self.others, arrays))
            spread = Numbers(*(np.broadcast_to(each, (self.channels,)) for each in numbers))
            return self.formula(_Sources(self.own, arrays), spread)


class _Sources(Mapping[str, Array]):
    """The arrays of a node by the names of its weights, each read or computed when it is asked for, in float64."""

    def __init__(self, sources: Mapping[str, str | Derived], arrays: Arrays) -> None:
        self._sources, self._arrays = sources, arrays

    def __getitem__(self, name: str) -> Array:
        import numpy as np

        source = self._sources[name]
        return np.asarray(self._arrays[source] if isinstance(source, str) else source(self._arrays), np.float64)

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)
