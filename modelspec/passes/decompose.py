"""Rewrite what a backend lacks in terms of simpler layers."""

from __future__ import annotations

from dataclasses import replace

from modelspec.graph import Graph, Node
from modelspec.passes.target import Target

MAX_DEPTH = 8
"""How deep decompositions go; a layer of a plug-in may be a part of itself."""


def decompose(graph: Graph, target: Target) -> Graph:
    """Return the graph with every layer that ``target`` lacks, but that says how it is composed, rewritten; its parts too.

    The parts are named below the layer (``sepconv/depthwise``); the last of them makes the layer's own value, and the
    canonical keys of the weights stay. A layer that ``target`` lacks and that has no decomposition stays.
    """
    return replace(graph, nodes=tuple(part for node in graph.nodes for part in _rewritten(node, target, MAX_DEPTH)))


def _rewritten(node: Node, target: Target, depth: int) -> list[Node]:
    """Return the nodes that stand for one, decomposed at most ``depth`` times."""
    parts = [] if target.has(node.layer) or not depth else _parts(node)
    return [made for part in parts for made in _rewritten(part, target, depth - 1)] or [node]


def _parts(node: Node) -> list[Node]:
    """Return what a node decomposes into; nothing where there is no decomposition."""
    keys = {bound.weight.name: bound.key for bound in node.weights}
    nodes: list[Node] = []
    inputs, input_types = node.inputs, node.input_types
    parts = node.layer.decompose(node.input_types)
    for part in parts:
        made = Node.of(
            f"{node.name}/{part.name}",
            part.layer,
            (*inputs, *node.inputs) if part.rereads else inputs,
            (*input_types, *node.input_types) if part.rereads else input_types,
            value=node.value if part is parts[-1] else None,
            key=lambda name, mapping=part.weights: keys[mapping[name]],
            origin=node.origin,
        )
        nodes.append(made)
        inputs, input_types = (made.value,), (made.output,)
    return nodes
