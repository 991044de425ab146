"""Dense, and the activations that are layers of their own."""

from __future__ import annotations

from modelspec.layers import Activation, Dense, ReLU
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.activations import activate, finish


def dense(layer: Dense, site: Site) -> None:
    """Lower to Gemm for a matrix, to MatMul and Add for more axes."""
    kernel, bias = site.array("kernel"), site.array("bias")
    assert kernel is not None
    weights = [site.weight("kernel", kernel)]
    if bias is not None:
        weights.append(site.weight("bias", bias))
    if site.node.output.rank == 2:
        finish(layer.activation, site, "Gemm", [site.input, *weights])
    elif bias is None:
        finish(layer.activation, site, "MatMul", [site.input, *weights])
    else:
        product = site.emit("MatMul", [site.input, weights[0]], step="product")
        finish(layer.activation, site, "Add", [product, weights[1]])


def activation(layer: Activation, site: Site) -> None:
    """Lower to the function's operator."""
    activate(layer.activation, site, site.input)


def relu(layer: ReLU, site: Site) -> None:
    """Lower to Relu, Clip or LeakyRelu where one of them says it all, else to a comparison."""
    value = site.input
    if layer.threshold == 0 and layer.negative_slope == 0:
        if layer.max_value is None:
            site.emit("Relu", [value])
        else:
            site.emit("Clip", [value, site.constant("least", 0), site.constant("most", layer.max_value)])
        return
    if layer.threshold == 0 and layer.max_value is None:
        site.emit("LeakyRelu", [value], alpha=layer.negative_slope)
        return
    threshold = site.constant("threshold", layer.threshold)
    above = site.emit("Greater", [value, threshold], step="above")
    upper = value
    if layer.max_value is not None:
        upper = site.emit("Min", [value, site.constant("most", layer.max_value)], step="upper")
    distance = site.emit("Sub", [value, threshold], step="distance")
    lower = site.emit("Mul", [distance, site.constant("slope", layer.negative_slope)], step="lower")
    site.emit("Where", [above, upper, lower])
