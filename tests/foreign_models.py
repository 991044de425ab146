"""ONNX models that modelspec need not have written: of a few nodes, changed, optimised, rounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import ModelProto, TensorProto, helper, numpy_helper

import modelspec
from modelspec.verify import Verification
from modelspec.verify.foreign import FileVerifier

SMALL: dict[str, Any] = {
    "format_version": 1,
    "name": "small",
    "inputs": {"image": {"shape": ["height", "width", 3]}},
    "layers": [
        {"type": "Rescaling", "scale": "${1 / 255}"},
        {"type": "Conv2D", "name": "entry", "filters": 8, "kernel_size": 3, "strides": 2},
        {"type": "BatchNormalization"},
        {"type": "ReLU", "name": "start"},
        {"type": "SeparableConv2D", "filters": 8, "kernel_size": 3, "padding": "same"},
        {"type": "BatchNormalization"},
        {"type": "Add", "inputs": ["start", "previous"]},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "name": "scores", "units": 4, "activation": "softmax"},
    ],
}


def small(document: dict[str, Any] = SMALL) -> ModelProto:
    if "previous" in document["layers"][6].get("inputs", ()):
        document = {**document, "layers": [*document["layers"]]}
        document["layers"][5] = {**document["layers"][5], "name": "block"}
        document["layers"][6] = {**document["layers"][6], "inputs": ["start", "block"]}
    return modelspec.compile(document, "onnx").native


def copied(model: ModelProto) -> ModelProto:
    made = ModelProto()
    made.CopyFrom(model)
    return made


def changed(model: ModelProto, name: str, change: Callable[[Any], Any]) -> ModelProto:
    """A model with another weight."""
    made = copied(model)
    (tensor,) = (it for it in made.graph.initializer if it.name == name)
    tensor.CopyFrom(numpy_helper.from_array(change(numpy_helper.to_array(tensor).copy()), name))
    return made


def optimised(model: ModelProto) -> ModelProto:
    """What ONNX Runtime makes of a model, saved."""
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = "optimised.onnx"
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return onnx.load("optimised.onnx")


def rounded(model: ModelProto, bits: int = 127) -> ModelProto:
    """A model whose weights are rounded to as many steps as 8 bits have, as a quantised one's are."""
    made = copied(model)
    for tensor in made.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype == np.float32 and array.ndim > 1 and np.abs(array).max() > 0:
            step = np.abs(array).max() / bits
            tensor.CopyFrom(numpy_helper.from_array((np.round(array / step) * step).astype(np.float32), tensor.name))
    return made


def value(name: str, kind: int, shape: Any) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def of(
    *nodes: tuple[str, list[str], list[str]] | onnx.NodeProto,
    inputs: dict[str, tuple[int, list[Any]]] | None = None,
    outputs: dict[str, tuple[int, Any]] | None = None,
    weights: dict[str, Any] | None = None,
) -> ModelProto:
    """A model of a few nodes; x is float32 [n, 3] and y is an output, unless it is said otherwise."""
    made = [it if isinstance(it, onnx.NodeProto) else helper.make_node(*it) for it in nodes]
    graph = helper.make_graph(
        made,
        "g",
        [value(name, *it) for name, it in (inputs or {"x": (TensorProto.FLOAT, ["n", 3])}).items()],
        [value(name, *it) for name, it in (outputs or {"y": (TensorProto.FLOAT, None)}).items()],
        [numpy_helper.from_array(np.asarray(array), name) for name, array in (weights or {}).items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


RELU = of(("Relu", ["x"], ["y"]))


Compare = Callable[..., Verification]


def held(verifier: FileVerifier) -> Compare:
    """Return what holds a model against another, each in its file in the working folder."""

    def verified(model: ModelProto, other: ModelProto, **keywords: Any) -> Verification:
        onnx.save(model, "model.onnx")
        onnx.save(other, "other.onnx")
        return verifier.verify("model.onnx", "other.onnx", **keywords)

    return verified
