"""Writes the nodes and initializers of an ONNX graph while layers are lowered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ml_dtypes  # which onnx brings: NumPy has no bfloat16 of its own
import numpy as np
import onnx
from onnx import helper

from modelspec.graph import Graph, Node
from modelspec.tensors import DType
from modelspec.weights import Array, Arrays

ELEMENT_TYPE: dict[DType, int] = {
    "float16": onnx.TensorProto.FLOAT16,
    "bfloat16": onnx.TensorProto.BFLOAT16,
    "float32": onnx.TensorProto.FLOAT,
    "float64": onnx.TensorProto.DOUBLE,
    "uint8": onnx.TensorProto.UINT8,
    "int32": onnx.TensorProto.INT32,
    "int64": onnx.TensorProto.INT64,
    "bool": onnx.TensorProto.BOOL,
}


def dtype_of(name: str) -> np.dtype[Any]:
    """Return the NumPy type that holds a data type's bytes."""
    return np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)


class Emitter:
    """What rules write to. Tensors are named after the values of the graph, nodes after its layers."""

    def __init__(self, target: onnx.GraphProto, graph: Graph, weights: Arrays, opset: int) -> None:
        self.weights, self.opset = weights, opset
        self._target = target
        self._renamed = {name: f"{name}/value" for name, value in graph.outputs.items() if name != value}

    def tensor(self, value: str) -> str:
        """Return the name of a value's tensor; it gives way to an output of the same name."""
        return self._renamed.get(value, value)

    def at(self, node: Node) -> Site:
        """Return where the rule for a layer writes."""
        return Site(self, node)

    def node(
        self,
        op: str,
        inputs: Sequence[str],
        output: str,
        name: str,
        attributes: Mapping[str, Any],
        unused: Sequence[str] = (),
    ) -> onnx.NodeProto:
        """Append an operator, with outputs after the first where it must have them; attributes that are None are left out."""
        node = self._target.node.add(op_type=op, name=name, input=inputs, output=[output, *unused])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items() if value is not None)
        return node

    def initializer(self, name: str, array: Array) -> str:
        """Append a constant tensor; its bytes are held once."""
        element_type = ELEMENT_TYPE[np.dtype(array.dtype).name]  # pyright: ignore[reportArgumentType]
        self._target.initializer.add(name=name, dims=array.shape, data_type=element_type, raw_data=array.tobytes())
        return name


class Site:
    """One layer's part of the graph."""

    def __init__(self, emitter: Emitter, node: Node) -> None:
        self.node, self._emitter = node, emitter
        self.opset = emitter.opset
        self.inputs = [emitter.tensor(value) for value in node.inputs]
        self.output = emitter.tensor(node.value)
        self.dtype = dtype_of(node.output.dtype)
        self._keys = {bound.weight.name: bound.key for bound in node.weights}

    @property
    def input(self) -> str:
        """The tensor that a layer with one input reads."""
        return self.inputs[0]

    def emit(self, op: str, inputs: Sequence[str], *, step: str = "", unused: Sequence[str] = (), **attributes: Any) -> str:
        """Append an operator and return the tensor that it makes, the first one where it makes several.

        The one that makes the layer's own value has no ``step`` and the layer's name; the others are named below it, and so are
        those that the operator must make but nothing reads (``unused``).
        """
        output = f"{self.output}/{step}" if step else self.output
        name = f"{self.node.name}/{step}" if step else self.node.name
        made = self._emitter.node(op, inputs, output, name, attributes, [f"{self.output}/{other}" for other in unused])
        made.metadata_props.add(key="modelspec.layer", value=self.node.name)
        made.metadata_props.add(key="modelspec.type", value=self.node.layer.kind)
        made.metadata_props.add(key="modelspec.pointer", value=self.node.origin.pointer)
        return output

    def reduce(self, op: str, value: str, axes: Sequence[int], *, step: str = "", keepdims: bool = True) -> str:
        """Append a reduction along axes; they are an input from operator set 18 on, and of ReduceSum always."""
        if self.opset < 18 and op != "ReduceSum":
            return self.emit(op, [value], step=step, axes=axes, keepdims=int(keepdims))
        along = self.constant(f"{step}_axes" if step else "axes", axes, np.int64)
        return self.emit(op, [value, along], step=step, keepdims=int(keepdims))

    def array(self, name: str) -> Array | None:
        """Return the array of one of the layer's weights, in the layer's data type; None where it has no such weight."""
        return self.required(name) if name in self._keys else None

    def required(self, name: str) -> Array:
        """Return the array of a weight that the layer always has, in the layer's data type."""
        return self._emitter.weights[self._keys[name]].astype(self.dtype, copy=False)

    def weight(self, name: str, array: Array) -> str:
        """Add a weight, in ONNX's layout, under its canonical key."""
        return self._emitter.initializer(self._keys[name], array)

    def constant(self, name: str, array: Any, dtype: Any = None) -> str:
        """Add a constant, in the layer's data type unless told otherwise."""
        return self._emitter.initializer(f"{self.node.name}/{name}", np.asarray(array, dtype=dtype or self.dtype))
