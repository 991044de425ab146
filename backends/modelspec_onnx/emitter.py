"""Collects the nodes and initializers of an ONNX graph while layers are lowered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from modelspec.graph import Graph, Node
from modelspec.tensors import DType
from modelspec.weights import Array, Arrays

ELEMENT_TYPE: dict[DType, int] = {
    "float32": onnx.TensorProto.FLOAT,
    "float64": onnx.TensorProto.DOUBLE,
    "uint8": onnx.TensorProto.UINT8,
    "int32": onnx.TensorProto.INT32,
    "int64": onnx.TensorProto.INT64,
}


class Emitter:
    """What rules write to. Tensors are named after the values of the graph, nodes after its layers."""

    def __init__(self, graph: Graph, weights: Arrays, opset: int) -> None:
        self.weights, self.opset = weights, opset
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._renamed = {name: f"{name}/value" for name, value in graph.outputs.items() if name != value}

    def tensor(self, value: str) -> str:
        """Return the name of a value's tensor; it gives way to an output of the same name."""
        return self._renamed.get(value, value)

    def at(self, node: Node) -> Site:
        """Return where the rule for a layer writes."""
        return Site(self, node)

    def add(
        self, op: str, inputs: Sequence[str], output: str, name: str, attributes: Mapping[str, Any], node: Node | None = None
    ) -> None:
        """Append an operator; attributes that are None are left out."""
        given = {key: value for key, value in attributes.items() if value is not None}
        made = helper.make_node(op, inputs, [output], name, **given)
        if node is not None:
            made.metadata_props.add(key="modelspec.layer", value=node.name)
            made.metadata_props.add(key="modelspec.type", value=node.layer.kind)
            made.metadata_props.add(key="modelspec.pointer", value=node.origin.pointer)
        self.nodes.append(made)


class Site:
    """One layer's part of the graph."""

    def __init__(self, emitter: Emitter, node: Node) -> None:
        self.node, self._emitter = node, emitter
        self.opset = emitter.opset
        self.inputs = [emitter.tensor(value) for value in node.inputs]
        self.output = emitter.tensor(node.value)
        self.dtype = np.dtype(node.output.dtype)
        self._keys = {bound.weight.name: bound.key for bound in node.weights}

    @property
    def input(self) -> str:
        """The tensor that a layer with one input reads."""
        return self.inputs[0]

    def emit(self, op: str, inputs: Sequence[str], *, step: str = "", **attributes: Any) -> str:
        """Append an operator and return the tensor that it makes.

        The one that makes the layer's own value has no ``step`` and the layer's name; the others are named below it.
        """
        output = f"{self.output}/{step}" if step else self.output
        name = f"{self.node.name}/{step}" if step else self.node.name
        self._emitter.add(op, inputs, output, name, attributes, self.node)
        return output

    def array(self, name: str) -> Array | None:
        """Return the array of one of the layer's weights, in the layer's data type; None where it has no such weight."""
        key = self._keys.get(name)
        return None if key is None else self._emitter.weights[key].astype(self.dtype, copy=False)

    def weight(self, name: str, array: Array) -> str:
        """Add a weight, in ONNX's layout, under its canonical key."""
        return self._initializer(self._keys[name], array)

    def constant(self, name: str, array: Any, dtype: Any = None) -> str:
        """Add a constant, in the layer's data type unless told otherwise."""
        return self._initializer(f"{self.node.name}/{name}", np.asarray(array, dtype=dtype or self.dtype))

    def _initializer(self, name: str, array: Array) -> str:
        self._emitter.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name
