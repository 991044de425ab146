"""Make one Permute of several in a row, and none of those that undo one another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from modelspec.graph import Graph, Node
from modelspec.layers.reshaping import Permute
from modelspec.passes.rewriting import Rewriting
from modelspec.passes.target import Target

Axes = tuple[int, ...]


def cancel_permutes(graph: Graph, _: Target) -> Graph:
    """Return the graph with fewer Permutes: those in a row are made one, and one is moved up through layers that do not care
    (``Layer.permuted``) where it meets others and fewer are left."""
    work = Rewriting(graph)
    for it in graph.nodes:
        node = work.current(it)
        if not isinstance(node.layer, Permute):
            work.put(node)
            continue
        node = _joined(work, node)
        moved = _Region.above(work, node)
        if _is_identity(_axes(node)):
            work.drop(node, node.inputs[0])
        elif moved is not None and moved.gain > 0:
            moved.move(node)
        else:
            work.put(node)
    return work.done().pruned()


def _joined(work: Rewriting, node: Node) -> Node:
    """Return a Permute that reads what the Permute before it reads, if there is one; that stays for its other readers."""
    before = work.nodes.get(node.inputs[0])
    if before is None or not isinstance(before.layer, Permute):
        return node
    work.reads.subtract(node.inputs)
    work.reads.update(before.inputs)
    layer = Permute(dims=_after(_axes(before), _axes(node))[1:])
    return replace(node, layer=layer, inputs=before.inputs, input_types=before.input_types)


@dataclass
class _Region:
    """The layers above a Permute that do not care about the order of axes, up to other Permutes."""

    work: Rewriting
    axes: Axes
    inside: list[Node] = field(default_factory=list[Node])
    """The layers, in order; each is read once, inside or by the Permute."""
    edges: dict[str, Node] = field(default_factory=dict[str, Node])
    """The Permutes that they read, by value."""

    @classmethod
    def above(cls, work: Rewriting, node: Node) -> _Region | None:
        """Return the region above a Permute; None where something in it cares, or is read elsewhere too."""
        region = cls(work, _axes(node))
        return region if region.includes(node.inputs[0]) and region.inside else None

    def includes(self, value: str) -> bool:
        """Take up what makes a value, and return whether that is possible."""
        node = self.work.nodes.get(value)
        if node is not None and isinstance(node.layer, Permute):
            self.edges[value] = node
            return True
        if node is None or self.work.reads[value] != 1 or not self.is_free(node):
            return False
        possible = all(self.includes(read) for read in node.inputs)
        self.inside.append(node)
        return possible

    def is_free(self, node: Node) -> bool:
        """Return whether a node does not care about the order of axes."""
        ranks = {value.rank for value in (node.output, *node.input_types)}
        return len(ranks) == 1 and node.layer.computed_in is None and node.layer.permuted(self.axes) is not None

    @property
    def gain(self) -> int:
        """How many Permutes fewer there are when the one below is moved up to these."""
        reads = [read for node in self.inside for read in node.inputs]
        gone = sum(self.work.reads[value] == reads.count(value) for value in self.edges)
        return 1 + gone - sum(not _is_identity(self.whole(edge)) for edge in self.edges.values())

    def whole(self, edge: Node) -> Axes:
        """Return the order of what a Permute reads in which it is wanted."""
        return _after(_axes(edge), self.axes)

    def move(self, permute: Node) -> None:
        """Put the layers in the order of axes that the Permute below makes, in its place."""
        made = {value: self.edge(edge) for value, edge in self.edges.items()}
        for node in self.inside:
            del self.work.nodes[node.value]
            layer = node.layer.permuted(self.axes)
            assert layer is not None
            keys = {bound.weight.name: bound.key for bound in node.weights}
            moved = Node.of(
                node.name,
                layer,
                tuple(made[value] for value in node.inputs),
                tuple(value.permuted(self.axes) for value in node.input_types),
                value=node.value,
                key=keys.__getitem__,
                origin=node.origin,
                axes=_marked(node.axes, self.axes),
            )
            self.work.reads.subtract(node.inputs)
            self.work.reads.update(moved.inputs)
            self.work.put(moved)
            made[node.value] = moved.value
        self.work.drop(permute, permute.inputs[0])

    def edge(self, edge: Node) -> str:
        """Return the value that is what a Permute reads, in the wanted order."""
        whole = self.whole(edge)
        if _is_identity(whole):
            return edge.inputs[0]
        name = f"{edge.name}_{''.join(map(str, whole[1:]))}"
        while name in self.work.nodes:
            name += "_"
        axes = _marked(edge.axes, self.axes)
        made = Node.of(name, Permute(dims=whole[1:]), edge.inputs, edge.input_types, origin=edge.origin, axes=axes)
        self.work.reads.update(made.inputs)
        self.work.put(made)
        return made.value


def _axes(node: Node) -> Axes:
    assert isinstance(node.layer, Permute)
    return node.layer.axes


def _after(first: Axes, second: Axes) -> Axes:
    """Return the order that one reordering after another makes."""
    return tuple(first[axis] for axis in second)


def _is_identity(axes: Axes) -> bool:
    return axes == tuple(range(len(axes)))


def _marked(before: Axes | None, axes: Axes) -> Axes | None:
    """Return how a value is reordered (``Node.axes``) after one more reordering."""
    whole = _after(before or tuple(range(len(axes))), axes)
    return None if _is_identity(whole) else whole
