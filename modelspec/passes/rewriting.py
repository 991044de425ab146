"""A graph while a pass goes through it from the first node to the last, leaves nodes out and puts others in their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from modelspec.graph import Derived, Graph, Node


class Rewriting:
    """What a pass has made so far, and who reads what."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.nodes: dict[str, Node] = {}
        """The nodes by the value that they make, in order."""
        self.reads = Counter(value for node in graph.nodes for value in node.inputs) + Counter(graph.outputs.values())
        """How often each value is read; an output is a read."""
        self._dropped: dict[str, tuple[str, Node]] = {}

    def current(self, node: Node) -> Node:
        """Return a node of the graph as it reads what stands for its inputs now."""
        return replace(node, inputs=tuple(self.standing_for(value) for value in node.inputs))

    def standing_for(self, value: str) -> str:
        """Return the value that stands for one: itself, unless the node that makes it was dropped."""
        while value in self._dropped:
            value = self._dropped[value][0]
        return value

    def put(self, node: Node) -> None:
        """Add a node."""
        self.nodes[node.value] = node

    def drop(self, node: Node, value: str) -> None:
        """Leave a node out, because another value of the same type is the same as what it makes."""
        self._dropped[node.value] = value, node
        self.reads[value] += self.reads[node.value]
        self.reads.subtract(node.inputs)

    def alone_before(self, node: Node) -> Node | None:
        """Return the node that makes what a node with one input reads, where nothing else reads that, and no output is it."""
        if len(node.inputs) != 1 or self.reads[node.inputs[0]] != 1:
            return None
        return self.nodes.get(node.inputs[0])

    def take(self, node: Node) -> None:
        """Remove a node that was added, because the one after it does its work."""
        del self.nodes[node.value]

    def done(self, derived: Mapping[str, Derived] | None = None) -> Graph:
        """Return the graph; what stands for an output gets the name of the output's own value, unless it is one as well."""
        outputs = {name: self.standing_for(value) for name, value in self._graph.outputs.items()}
        names: dict[str, str] = {}
        for value in self._graph.outputs.values():
            source = self.standing_for(value)
            if source != value and source in self.nodes and source not in (*self._graph.outputs.values(), *names):
                names[source] = value
                self.nodes[source] = replace(self.nodes[source], axes=self._dropped[value][1].axes)
        nodes = tuple(
            replace(
                node,
                value=names.get(node.value, node.value),
                inputs=tuple(names.get(value, value) for value in node.inputs),
            )
            for node in self.nodes.values()
        )
        return replace(
            self._graph,
            nodes=nodes,
            outputs={name: names.get(value, value) for name, value in outputs.items()},
            derived=self._graph.derived if derived is None else derived,
        )
