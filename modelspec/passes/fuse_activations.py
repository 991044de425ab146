"""Make activation layers the ``activation`` of the layer before, and leave out those that change nothing."""

from __future__ import annotations

from dataclasses import replace

from modelspec.graph import Graph, Node
from modelspec.layers.base import LayerError
from modelspec.passes.rewriting import Rewriting
from modelspec.passes.target import Target


def fuse_activations(graph: Graph, _: Target) -> Graph:
    """Return the graph with every activation layer in the ``activation`` of the layer before, where that has such a field,
    nothing in it, and no other reader. What an activation would not change (a ReLU of a sigmoid) is not activated again."""
    work = Rewriting(graph)
    for it in graph.nodes:
        node = work.current(it)
        function = node.layer.as_activation()
        before = work.nodes.get(node.inputs[0]) if function else None
        if function and before and before.layer.ending and function.keeps_all_of(before.layer.ending):
            work.drop(node, before.value)
            continue
        made = _ended(work.alone_before(node), node)
        if before and made:
            work.take(before)
        work.put(made or node)
    return work.done()


def _ended(before: Node | None, node: Node) -> Node | None:
    """Return the node before an activation with it in its ``activation``; None where that cannot be."""
    function = node.layer.as_activation()
    layer = before.layer.ended_by(function) if before and function else None
    if before is None or function is None or layer is None:
        return None
    try:
        function.check(before.output.rank)
    except LayerError:  # glu halves an axis, so that it only is a layer of its own
        return None
    return replace(before, name=node.name, value=node.value, layer=layer, axes=node.axes)
