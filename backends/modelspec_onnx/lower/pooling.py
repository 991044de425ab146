"""Pooling layers."""

from __future__ import annotations

from typing import Any

from modelspec.layers.pooling import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    GlobalPooling2D,
    MaxPooling2D,
    Pooling2D,
)
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.convolution import window_attributes
from modelspec_onnx.lower.rules import Rules


def max_pooling(layer: MaxPooling2D, site: Site) -> None:
    """Lower to MaxPool."""
    site.emit("MaxPool", [site.input], **_window(layer, site))


def average_pooling(layer: AveragePooling2D, site: Site) -> None:
    """Lower to AveragePool, which leaves the padding out of the mean."""
    site.emit("AveragePool", [site.input], count_include_pad=0, **_window(layer, site))


def global_average_pooling(layer: GlobalAveragePooling2D, site: Site) -> None:
    """Lower to GlobalAveragePool, and Flatten unless the dimensions stay."""
    _global(layer, site, "GlobalAveragePool")


def global_max_pooling(layer: GlobalMaxPooling2D, site: Site) -> None:
    """Lower to GlobalMaxPool, and Flatten unless the dimensions stay."""
    _global(layer, site, "GlobalMaxPool")


def _window(layer: Pooling2D, site: Site) -> dict[str, Any]:
    return window_attributes(site.node.input_types[0].shape[1:], layer.pool_size, layer.steps, (1, 1), layer.padding)


def _global(layer: GlobalPooling2D, site: Site, op: str) -> None:
    if layer.keepdims:
        site.emit(op, [site.input])
    else:
        site.emit("Flatten", [site.emit(op, [site.input], step="pooled")], axis=1)


RULES: Rules = {
    AveragePooling2D: average_pooling,
    GlobalAveragePooling2D: global_average_pooling,
    GlobalMaxPooling2D: global_max_pooling,
    MaxPooling2D: max_pooling,
}
