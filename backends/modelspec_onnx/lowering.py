"""Graph to the bytes of a ModelProto, which are made as they are written: no weight is held twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import NamedTuple

import numpy as np

import modelspec
from modelspec.backend import rule_of
from modelspec.files import Chunk
from modelspec.graph import Graph, Node
from modelspec.weights import Array, Arrays
from modelspec_onnx import messages
from modelspec_onnx.emitter import Emitter, Operator
from modelspec_onnx.functions import DOMAIN, VERSION, Outline, outlined
from modelspec_onnx.lower import RULES
from modelspec_onnx.messages import dtype_of, value_info
from modelspec_onnx.targets import Versions
from modelspec_onnx.wire import integer, message, opening, text

MAX_MODEL_BYTES = 2**31 - 2**24
"""What Protocol Buffers hold in one message, less room for the nodes."""
EXTERNAL_FROM = 1024
"""Tensors of fewer bytes stay in the file of the model."""
ALIGNMENT = 4096
"""Where tensors may begin in the file beside it: a runtime maps pages."""


class Initializer(NamedTuple):
    """A constant tensor, but for its numbers."""

    name: str
    shape: tuple[int, ...]
    element_type: int
    size: int
    """In bytes."""


@dataclass(frozen=True)
class Part:
    """What a rule made of one layer; ``constants`` has the numbers of a layer without weights."""

    node: Node
    operators: tuple[Operator, ...]
    initializers: tuple[Initializer, ...]
    constants: Mapping[str, Array]


@dataclass(frozen=True)
class Lowered:
    """An ONNX model that is about to be written.

    Every tensor is named after the layer that makes it and every node after its layer, with the spec's JSON pointer in the
    node's metadata.
    """

    graph: Graph
    weights: Arrays
    versions: Versions
    parts: tuple[Part, ...]
    tensors: Mapping[str, str]
    """The name of the tensor of every value that can be asked for."""
    outline: Outline | None = None
    """How repeated blocks are functions; None where none is."""

    @cached_property
    def initializers(self) -> tuple[Initializer, ...]:
        """Every constant tensor."""
        return tuple(it for part in self.parts for it in part.initializers)

    @property
    def weight_bytes(self) -> int:
        """The bytes of all constant tensors."""
        return sum(it.size for it in self.initializers)

    @property
    def is_large(self) -> bool:
        """Whether the weights pass what one message of Protocol Buffers holds."""
        return self.weight_bytes > MAX_MODEL_BYTES

    def chunks(self, outputs: Sequence[str] | None = None) -> Iterator[Chunk]:
        """Yield the bytes of the model, a tensor at a time; ``outputs`` are values to return in place of the graph's."""
        ends = self._ends(outputs)
        fields: list[bytes] = []
        for it in self.initializers:
            before = messages.tensor(it.name, it.shape, it.element_type, it.size)
            fields.append(opening(5, len(before) + it.size) + before)
        total = len(self._operators) + sum(map(len, fields)) + self.weight_bytes + len(ends)
        yield self._front + opening(7, total) + self._operators
        for before, array in zip(fields, self.arrays(), strict=True):
            yield before
            yield _raw(array)
        yield ends + self._back

    def beside(self, location: str, outputs: Sequence[str] | None = None) -> tuple[bytes, Iterator[Chunk]]:
        """Return the bytes of the model with its large tensors in a file beside it, and the bytes of that file."""
        small = {it.name for it in self.initializers if it.size < EXTERNAL_FROM}
        kept = self.arrays(small)
        fields: list[bytes] = []
        place = 0
        for it in self.initializers:
            if it.name in small:
                content = messages.tensor(it.name, it.shape, it.element_type, it.size) + bytes(_raw(next(kept)))
            else:
                where = {"location": location, "offset": str(place), "length": str(it.size)}
                content = messages.outside(it.name, it.shape, it.element_type, where)
                place += it.size + _gap(it.size)
            fields.append(message(5, content))
        graph = b"".join([self._operators, *fields, self._ends(outputs)])

        def data() -> Iterator[Chunk]:
            for array in self.arrays({it.name for it in self.initializers} - small):
                yield _raw(array)
                yield bytes(_gap(array.nbytes))

        return self._front + message(7, graph) + self._back, data()

    def arrays(self, names: set[str] | None = None) -> Iterator[Array]:
        """Yield the numbers of constant tensors, of some or of all, one layer in memory at a time."""
        for part in self.parts:
            wanted = [it for it in part.initializers if names is None or it.name in names]
            if wanted:
                made = part.constants or _ruled(self.graph, part.node, self.weights, self.versions.opset).initializers
                for it in wanted:
                    array = made[it.name]
                    assert (array.shape, array.nbytes) == (it.shape, it.size), f"the shape of {it.name} follows from numbers"
                    yield array

    @cached_property
    def _operators(self) -> bytes:
        """The fields of all operators, with those that give outputs names of their own, and the name of the graph."""
        renamed = [
            messages.node("Identity", [self.tensors[value]], [name], f"{name}/output", {}, {})
            for name, value in self.graph.outputs.items()
            if name != value
        ]
        inline = (it for part in self.parts for it in part.operators)
        operators = [message(1, it.encoded) for it in (self.outline.operators if self.outline else inline)]
        return b"".join([*operators, *(message(1, it) for it in renamed), text(2, self.graph.name)])

    def _ends(self, outputs: Sequence[str] | None) -> bytes:
        """Return the fields of the inputs and outputs."""
        if outputs is None:
            ends = [value_info(name, kind) for name, kind in self.graph.output_types.items()]
        else:
            ends = [text(1, self.tensors[value]) for value in outputs]
        inputs = [value_info(name, kind) for name, kind in self.graph.inputs.items()]
        return b"".join([*(message(11, it) for it in inputs), *(message(12, it) for it in ends)])

    @property
    def _front(self) -> bytes:
        return b"".join([
            integer(1, self.versions.ir),
            text(2, "modelspec"),
            text(3, modelspec.__version__),
            text(6, self.graph.description),
        ])  # fmt: skip

    @property
    def _back(self) -> bytes:
        opset = self.versions.opset
        own = message(8, messages.operator_set("", opset))
        if not self.outline or not self.outline.functions:
            return own
        functions = b"".join(message(25, it.encoded(opset)) for it in self.outline.functions)
        return own + message(8, messages.operator_set(DOMAIN, VERSION)) + functions


def lower(graph: Graph, weights: Arrays, versions: Versions, *, functions: bool = False) -> Lowered:
    """Return the ONNX model of a graph as the passes left it, with ``functions`` for repeated blocks; no weight is read."""
    names = Emitter(graph, {}, versions.opset)
    parts = tuple(part_of(graph, node, versions.opset) for node in graph.nodes)
    tensors = {value: names.tensor(value) for value in graph.types}
    if not functions:
        return Lowered(graph, weights, versions, parts, tensors)
    outline = outlined(parts, {tensors[value] for value in graph.outputs.values()})
    visible = {value: tensor for value, tensor in tensors.items() if tensor not in outline.inside}
    return Lowered(graph, weights, versions, parts, visible, outline)


def part_of(graph: Graph, node: Node, opset: int) -> Part:
    """Return what the rule makes of a node, with ones in place of its weights, which take no memory."""
    dtype = dtype_of(node.output.dtype)
    ones = {bound.key: np.broadcast_to(np.ones((), dtype), bound.weight.shape) for bound in node.weights}
    made = _ruled(graph, node, ones, opset)
    initializers = tuple(
        Initializer(name, array.shape, messages.element_type(array), prod(array.shape) * array.itemsize)
        for name, array in made.initializers.items()
    )
    return Part(node, tuple(made.operators), initializers, {} if node.weights else made.initializers)


def _ruled(graph: Graph, node: Node, weights: Arrays, opset: int) -> Emitter:
    emitter = Emitter(graph, weights, opset)
    rule_of(node.layer, RULES, "onnx")(node.layer, emitter.at(node))
    return emitter


def _gap(size: int) -> int:
    """Return how many bytes lie between the end of a tensor and where the next may begin."""
    return -size % ALIGNMENT


def _raw(array: Array) -> Chunk:
    """Return the bytes of an array, the low ones of each number first."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False) if array.dtype.kind != "V" else array
    return np.ascontiguousarray(little).reshape(-1).view(np.uint8).data
