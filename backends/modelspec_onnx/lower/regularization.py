"""Regularization layers, which do nothing in inference."""

from __future__ import annotations

from modelspec.layers.base import Layer
from modelspec.layers.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules


def identity(_: Layer, site: Site) -> None:
    """Lower to Identity, so that the layer stays visible; ONNX Runtime removes it."""
    site.emit("Identity", [site.input])


RULES: Rules = {
    ActivityRegularization: identity,
    AlphaDropout: identity,
    Dropout: identity,
    GaussianDropout: identity,
    GaussianNoise: identity,
    SpatialDropout1D: identity,
    SpatialDropout2D: identity,
    SpatialDropout3D: identity,
}
