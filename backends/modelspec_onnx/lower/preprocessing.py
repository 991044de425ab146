"""Layers that prepare data."""

from __future__ import annotations

import numpy as np

from modelspec.layers.preprocessing import Cast, Normalization, Rescaling
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules
from modelspec_onnx.messages import ELEMENT_TYPE


def rescaling(layer: Rescaling, site: Site) -> None:
    """Lower to Mul and Add, after a Cast where the input is not of the output's type."""
    value = _floating(site)
    scale = site.constant("scale", layer.scale)
    if layer.offset == 0:
        site.emit("Mul", [value, scale])
    else:
        site.emit("Add", [site.emit("Mul", [value, scale], step="scaled"), site.constant("offset", layer.offset)])


def normalization(layer: Normalization, site: Site) -> None:
    """Lower to a difference and a quotient (a product and a sum where it is inverted), after a Cast where the input is not of
    the output's type."""
    kind = site.node.input_types[0]
    shape = layer.broadcast_shape(kind)
    sizes = [size for axis, size in enumerate(shape, 1) if axis in layer.axes_of(kind)]
    mean, variance = (
        np.broadcast_to(np.asarray(given, np.float64), sizes).reshape(shape)
        for given in ((layer.mean, layer.variance) if layer.mean is not None else (site.array("mean"), site.array("variance")))
    )
    parts = [site.constant("mean", mean), site.constant("deviation", np.maximum(np.sqrt(variance), 1e-7))]
    value = _floating(site)
    if layer.invert:
        site.emit("Add", [site.emit("Mul", [value, parts[1]], step="scaled"), parts[0]])
    else:
        site.emit("Div", [site.emit("Sub", [value, parts[0]], step="centred"), parts[1]])


def cast(layer: Cast, site: Site) -> None:
    """Lower to Cast."""
    site.emit("Cast", [site.input], to=ELEMENT_TYPE[layer.to])


def _floating(site: Site) -> str:
    """Return the input in the output's type."""
    output = site.node.output
    if site.node.input_types[0].dtype == output.dtype:
        return site.input
    return site.emit("Cast", [site.input], step="cast", to=ELEMENT_TYPE[output.dtype])


RULES: Rules = {
    Cast: cast,
    Normalization: normalization,
    Rescaling: rescaling,
}
