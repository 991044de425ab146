"""Writes the nodes and initializers of an ONNX graph while layers are lowered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from modelspec.graph import Graph, Node
from modelspec.weights import Array, Arrays
from modelspec_onnx import messages
from modelspec_onnx.messages import dtype_of

LAYER = "modelspec.layer"
"""The key in the metadata of an operator of the layer that it belongs to."""


class Operator(NamedTuple):
    """An operator of ONNX, on tensors by their names."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    name: str
    attributes: Mapping[str, Any]
    metadata: Mapping[str, str]
    domain: str = ""
    """Where it is defined; empty for ONNX's own."""

    @property
    def encoded(self) -> bytes:
        """The operator as a NodeProto."""
        return messages.node(
            self.kind, self.inputs, self.outputs, self.name, self.attributes, self.metadata, domain=self.domain
        )

    def with_parameters(self, names: Mapping[str, str]) -> Operator:
        """Return the operator with attributes of the function that it stands in, by their names, for some of its own."""
        taken = {key: messages.Parameter(name, messages.kind_of(self.attributes[key])) for key, name in names.items()}
        return self._replace(attributes={**self.attributes, **taken})

    def renamed(self, tensors: Mapping[str, str], layer: Callable[[str], str]) -> Operator:
        """Return the operator on tensors of other names, with what ``layer`` makes of its name and of its layer's."""
        return self._replace(
            inputs=tuple(name and tensors[name] for name in self.inputs),
            outputs=tuple(name and tensors[name] for name in self.outputs),
            name=layer(self.name),
            metadata={**self.metadata, LAYER: layer(self.metadata[LAYER])},
        )


class Emitter:
    """What rules write to. Tensors are named after the values of the graph, nodes after its layers."""

    def __init__(self, graph: Graph, weights: Arrays, opset: int) -> None:
        self.weights, self.opset = weights, opset
        self.operators: list[Operator] = []
        """The operators so far."""
        self.initializers: dict[str, Array] = {}
        """The constant tensors so far, by name."""
        self._renamed = {name: f"{name}/value" for name, value in graph.outputs.items() if name != value}

    def tensor(self, value: str) -> str:
        """Return the name of a value's tensor; it gives way to an output of the same name."""
        return self._renamed.get(value, value)

    def at(self, node: Node) -> Site:
        """Return where the rule for a layer writes."""
        return Site(self, node)


class Site:
    """One layer's part of the graph."""

    def __init__(self, emitter: Emitter, node: Node) -> None:
        self.node, self._emitter = node, emitter
        self.opset = emitter.opset
        self.inputs = [emitter.tensor(value) for value in node.inputs]
        self.output = emitter.tensor(node.value)
        self.dtype = dtype_of(node.output.dtype)
        self._keys = {bound.weight.name: bound.key for bound in node.weights}
        self._metadata = {
            LAYER: node.name,
            "modelspec.type": node.layer.kind,
            "modelspec.pointer": node.origin.pointer,
        }

    @property
    def input(self) -> str:
        """The tensor that a layer with one input reads."""
        return self.inputs[0]

    def emit(self, op: str, inputs: Sequence[str], *, step: str = "", unused: Sequence[str] = (), **attributes: Any) -> str:
        """Append an operator and return the tensor that it makes, the first one where it makes several.

        The one that makes the layer's own value has no ``step`` and the layer's name; the others are named below it, and so are
        those that the operator must make but nothing reads (``unused``). Attributes that are None are left out.
        """
        output = f"{self.output}/{step}" if step else self.output
        name = f"{self.node.name}/{step}" if step else self.node.name
        outputs = (output, *(f"{self.output}/{other}" for other in unused))
        given = {key: value for key, value in attributes.items() if value is not None}
        self._emitter.operators.append(Operator(op, tuple(inputs), outputs, name, given, self._metadata))
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
        """Return the array of a weight that the layer always has, in the layer's data type.

        Rules run twice: for the shapes of what they make, with numbers that stand in for the weights, and for the numbers.
        What a rule emits depends on the layer and on the shapes of its weights only.
        """
        return self._emitter.weights[self._keys[name]].astype(self.dtype, copy=False)

    def weight(self, name: str, array: Array) -> str:
        """Add a weight, in ONNX's layout, under its canonical key."""
        return self._add(self._keys[name], array)

    def constant(self, name: str, array: Any, dtype: Any = None) -> str:
        """Add a constant, in the layer's data type unless told otherwise."""
        return self._add(f"{self.node.name}/{name}", np.asarray(array, dtype=dtype or self.dtype))

    def _add(self, name: str, array: Array) -> str:
        self._emitter.initializers[name] = array
        return name
