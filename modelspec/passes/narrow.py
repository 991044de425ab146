"""Compute a graph in another floating-point type, between inputs and outputs of the spec's own types.

This is no pass of ``passes.PASSES``: what layers make of a graph in another type is not what ``Layer.infer`` says of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from modelspec.graph import Graph, Node
from modelspec.layers.preprocessing import Cast
from modelspec.tensors import DType, TensorType


def narrow(graph: Graph, dtype: DType) -> Graph:
    """Return a graph (as the passes left it) computed in another type, with a Cast after each input and before each output that
    has a floating-point type; values that are both read and returned have the name of the type after theirs inside."""
    typed = graph.with_dtype(dtype)
    before, after = graph.types, typed.types
    ends = {*graph.inputs, *graph.outputs.values()}
    changed = [name for name in before if before[name] != after[name] and name in ends]
    inner = {name: _free(f"{name}_{dtype}", before) for name in changed}
    axes = graph.axes
    nodes = [
        _cast(inner[name], inner[name], name, graph.inputs[name], dtype, axes[name]) for name in changed if name in graph.inputs
    ]
    for node in typed.nodes:
        inputs = tuple(inner.get(name, name) for name in node.inputs)
        value = inner.get(node.value, node.value)
        nodes.append(replace(node, inputs=inputs, value=value))
        if node.value in inner:
            name = _free(f"{node.value}_{before[node.value].dtype}", before)
            back = _cast(name, node.value, value, node.output, before[node.value].dtype, axes[node.value])
            nodes.append(replace(back, origin=node.origin))
    return replace(typed, inputs=graph.inputs, nodes=tuple(nodes))


def _cast(name: str, value: str, read: str, kind: TensorType, to: DType, axes: tuple[int, ...] | None) -> Node:
    return Node.of(name, Cast(to=to), (read,), (kind,), value=value, axes=axes)


def _free(name: str, taken: Mapping[str, TensorType]) -> str:
    while name in taken:
        name += "_"
    return name
