"""Pooling layers."""

from __future__ import annotations

from typing import Any

from modelspec.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D, Pooling2D
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def max_pooling2d(layer: MaxPooling2D, site: Site) -> Chain:
    """Lower to ``keras.layers.MaxPooling2D``."""
    return (keras.layers.MaxPooling2D(**_window(layer), **site.common),)


def average_pooling2d(layer: AveragePooling2D, site: Site) -> Chain:
    """Lower to ``keras.layers.AveragePooling2D``."""
    return (keras.layers.AveragePooling2D(**_window(layer), **site.common),)


def global_average_pooling2d(layer: GlobalAveragePooling2D, site: Site) -> Chain:
    """Lower to ``keras.layers.GlobalAveragePooling2D``."""
    return (keras.layers.GlobalAveragePooling2D(data_format=layer.data_format, keepdims=layer.keepdims, **site.common),)


def global_max_pooling2d(layer: GlobalMaxPooling2D, site: Site) -> Chain:
    """Lower to ``keras.layers.GlobalMaxPooling2D``."""
    return (keras.layers.GlobalMaxPooling2D(data_format=layer.data_format, keepdims=layer.keepdims, **site.common),)


def _window(layer: Pooling2D) -> dict[str, Any]:
    """Return the arguments that every pooling over windows takes."""
    return {
        "pool_size": layer.pool_size,
        "strides": layer.strides,
        "padding": layer.padding,
        "data_format": layer.data_format,
    }


RULES: Rules = {
    AveragePooling2D: average_pooling2d,
    GlobalAveragePooling2D: global_average_pooling2d,
    GlobalMaxPooling2D: global_max_pooling2d,
    MaxPooling2D: max_pooling2d,
}
