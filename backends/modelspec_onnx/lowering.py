"""Graph to ModelProto."""

from __future__ import annotations

import onnx
from onnx import helper

import modelspec
from modelspec.backend import rule_of
from modelspec.graph import Graph
from modelspec.tensors import TensorType
from modelspec.weights import Arrays
from modelspec_onnx.emitter import ELEMENT_TYPE, Emitter
from modelspec_onnx.lower import RULES
from modelspec_onnx.model import OnnxModel

BATCH = "batch"
"""The name of the batch dimension, which is free."""


def lower(graph: Graph, weights: Arrays, opset: int) -> OnnxModel:
    """Return the ONNX model of a graph as the passes left it.

    Every tensor is named after the layer that makes it and every node after its layer, with the spec's JSON pointer in the
    node's metadata. The IR version is the oldest that the operator set allows, and 9 at least, so that ONNX Runtime 1.17
    reads operator sets up to 20.
    """
    native = onnx.ModelProto(producer_name="modelspec", producer_version=modelspec.__version__, doc_string=graph.description)
    imported = native.opset_import.add(domain="", version=opset)
    native.ir_version = max(9, helper.find_min_ir_version_for([imported]))
    native.graph.name = graph.name
    native.graph.input.extend(_value_info(name, kind) for name, kind in graph.inputs.items())
    native.graph.output.extend(_value_info(name, kind) for name, kind in graph.output_types.items())
    emitter = Emitter(native.graph, graph, weights, opset)
    for node in graph.nodes:
        rule_of(node.layer, RULES, "onnx")(node.layer, emitter.at(node))
    for name, value in graph.outputs.items():
        if name != value:
            emitter.node("Identity", [emitter.tensor(value)], name, f"{name}/output", {})
    return OnnxModel(graph, native, weights, {value: emitter.tensor(value) for value in graph.types})


def _value_info(name: str, kind: TensorType) -> onnx.ValueInfoProto:
    dims = [BATCH, *(dim if isinstance(dim, int) else str(dim) for dim in kind.shape)]
    return helper.make_tensor_value_info(name, ELEMENT_TYPE[kind.dtype], dims)
