"""Activations that are layers of their own, with their parameters as fields."""

from __future__ import annotations

from modelspec.layers.activation_layers import ReLU
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules


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


RULES: Rules = {
    ReLU: relu,
}
