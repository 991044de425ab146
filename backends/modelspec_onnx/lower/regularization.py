"""Regularization layers, which do nothing in inference."""

from __future__ import annotations

from modelspec.layers.regularization import Dropout
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules


def dropout(_: Dropout, site: Site) -> None:
    """Lower to Identity, so that the layer stays visible; ONNX Runtime removes it."""
    site.emit("Identity", [site.input])


RULES: Rules = {
    Dropout: dropout,
}
