"""Dense, and the activations that are layers of their own."""

from __future__ import annotations

from modelspec.layers.core import Activation, Dense
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.activations import activate, finish
from modelspec_onnx.lower.rules import Rules


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


RULES: Rules = {
    Activation: activation,
    Dense: dense,
}
