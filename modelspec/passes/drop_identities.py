"""Leave out the layers that do nothing in inference."""

from __future__ import annotations

from modelspec.graph import Graph
from modelspec.passes.rewriting import Rewriting
from modelspec.passes.target import Target


def drop_identities(graph: Graph, _: Target) -> Graph:
    """Return the graph without dropout, noise, linear activations, borders of nothing, and whatever else a layer says of itself
    (``Layer.is_identity``). One that changes the data type stays."""
    work = Rewriting(graph)
    for it in graph.nodes:
        node = work.current(it)
        if node.input_types == (node.output,) and node.layer.is_identity(node.input_types):
            work.drop(node, node.inputs[0])
        else:
            work.put(node)
    return work.done()
