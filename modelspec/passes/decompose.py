"""Rewrite what a backend lacks in terms of simpler layers."""

from __future__ import annotations

from dataclasses import replace

from modelspec.graph import Graph, Node
from modelspec.passes.target import Target


def decompose(graph: Graph, target: Target) -> Graph:
    """Return the graph with every layer that ``target`` lacks, but that says how it is composed, rewritten.

    The parts are named below the layer (``sepconv/depthwise``); the last of them makes the layer's own value, and the
    canonical keys of the weights stay.
    """
    nodes: list[Node] = []
    for node in graph.nodes:
        nodes += [node] if target.has(node.layer) else _parts(node)
    return replace(graph, nodes=tuple(nodes))


def _parts(node: Node) -> list[Node]:
    keys = {bound.weight.name: bound.key for bound in node.weights}
    nodes: list[Node] = []
    inputs, input_types = node.inputs, node.input_types
    parts = node.layer.decompose(node.input_types)
    for part in parts:
        last = part is parts[-1]
        made = Node.of(
            f"{node.name}/{part.name}",
            part.layer,
            inputs,
            input_types,
            value=node.value if last else None,
            key=lambda name, mapping=part.weights: keys[mapping[name]],
            origin=node.origin,
        )
        nodes.append(made)
        inputs, input_types = (made.value,), (made.output,)
    return nodes or [node]
