"""Scaled and stochastic residual branches."""

from __future__ import annotations

from modelspec.layers.residual import LayerScale, ScaledAdd, StochasticDepth
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.merging import aligned
from modelspec_onnx.lower.regularization import identity
from modelspec_onnx.lower.rules import Rules


def layer_scale(layer: LayerScale, site: Site) -> None:
    """Lower to Mul."""
    after = site.node.output.rank - 1 - layer.axis_of(site.node.output)
    site.emit("Mul", [site.input, site.weight("gamma", site.required("gamma").reshape(-1, *[1] * after))])


def scaled_add(layer: ScaledAdd, site: Site) -> None:
    """Lower to Mul and Add."""
    first, second = aligned(site)
    site.emit("Add", [first, site.emit("Mul", [second, site.constant("scale", layer.scale)], step="scaled")])


RULES: Rules = {
    LayerScale: layer_scale,
    ScaledAdd: scaled_add,
    StochasticDepth: identity,
}
