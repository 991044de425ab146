"""Layers that prepare data."""

from __future__ import annotations

from modelspec.layers.preprocessing import Rescaling
from modelspec_onnx.emitter import ELEMENT_TYPE, Site
from modelspec_onnx.lower.rules import Rules


def rescaling(layer: Rescaling, site: Site) -> None:
    """Lower to Mul and Add, after a Cast where the input is not of the output's type."""
    value, output = site.input, site.node.output
    if site.node.input_types[0].dtype != output.dtype:
        value = site.emit("Cast", [value], step="cast", to=ELEMENT_TYPE[output.dtype])
    scale = site.constant("scale", layer.scale)
    if layer.offset == 0:
        site.emit("Mul", [value, scale])
    else:
        site.emit("Add", [site.emit("Mul", [value, scale], step="scaled"), site.constant("offset", layer.offset)])


RULES: Rules = {
    Rescaling: rescaling,
}
