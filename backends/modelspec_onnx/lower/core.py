"""Dense, Embedding, and the activations that are layers of their own."""

from __future__ import annotations

from modelspec.layers.core import Activation, Dense, Embedding
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.activations import activate, finish
from modelspec_onnx.lower.rules import Rules
from modelspec_onnx.messages import ELEMENT_TYPE


def dense(layer: Dense, site: Site) -> None:
    """Lower to Gemm for a matrix, to MatMul and Add for more axes."""
    bias = site.array("bias")
    weights = [site.weight("kernel", site.required("kernel"))]
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


def embedding(layer: Embedding, site: Site) -> None:
    """Lower to Gather, whose negative indices count from the end, as Keras's do."""
    table = site.required("embeddings")
    index = site.input
    if site.node.input_types[0].dtype not in ("int32", "int64"):
        index = site.emit("Cast", [index], step="index", to=ELEMENT_TYPE["int32"])
    site.emit("Gather", [site.weight("embeddings", table), index], axis=0)


RULES: Rules = {
    Activation: activation,
    Dense: dense,
    Embedding: embedding,
}
