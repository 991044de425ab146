"""Compute once what several layers compute alike."""

from __future__ import annotations

from modelspec.graph import Graph, Node
from modelspec.passes.rewriting import Rewriting
from modelspec.passes.target import Target


def share(graph: Graph, _: Target) -> Graph:
    """Return the graph without the layers that are equal to an earlier one, on the same inputs and with the same arrays.

    Layers that draw numbers (those with a ``seed``) are never taken to be equal.
    """
    work = Rewriting(graph)
    known: dict[tuple[object, ...], list[Node]] = {}
    for it in graph.nodes:
        node = work.current(it)
        alike = known.setdefault((type(node.layer), node.inputs, *(bound.key for bound in node.weights)), [])
        same = next((other for other in alike if other.layer == node.layer), None)
        if same is None or hasattr(node.layer, "seed"):
            alike.append(node)
            work.put(node)
        else:
            work.drop(node, same.value)
    return work.done()
