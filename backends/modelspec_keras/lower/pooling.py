"""Pooling layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelspec.layers.base import Layer
from modelspec.layers.pooling import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
    AdaptivePooling,
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    GlobalPooling,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    Pooling,
)
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site
from modelspec_keras.volumes import padding_of

_NATIVE: Mapping[type[Layer], Any] = {
    AdaptiveAveragePooling1D: keras.layers.AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D: keras.layers.AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D: keras.layers.AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D: keras.layers.AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D: keras.layers.AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D: keras.layers.AdaptiveMaxPooling3D,
    AveragePooling1D: keras.layers.AveragePooling1D,
    AveragePooling2D: keras.layers.AveragePooling2D,
    AveragePooling3D: keras.layers.AveragePooling3D,
    GlobalAveragePooling1D: keras.layers.GlobalAveragePooling1D,
    GlobalAveragePooling2D: keras.layers.GlobalAveragePooling2D,
    GlobalAveragePooling3D: keras.layers.GlobalAveragePooling3D,
    GlobalMaxPooling1D: keras.layers.GlobalMaxPooling1D,
    GlobalMaxPooling2D: keras.layers.GlobalMaxPooling2D,
    GlobalMaxPooling3D: keras.layers.GlobalMaxPooling3D,
    MaxPooling1D: keras.layers.MaxPooling1D,
    MaxPooling2D: keras.layers.MaxPooling2D,
    MaxPooling3D: keras.layers.MaxPooling3D,
}
_OF_PLANES: Mapping[type[Layer], Any] = {
    AdaptiveAveragePooling3D: keras.layers.AdaptiveAveragePooling2D,
    AdaptiveMaxPooling3D: keras.layers.AdaptiveMaxPooling2D,
    AveragePooling3D: keras.layers.AveragePooling2D,
    MaxPooling3D: keras.layers.MaxPooling2D,
}
"""What pools the planes of a volume likewise."""
_OF_ALL: Mapping[type[Layer], Any] = {
    AdaptiveAveragePooling1D: keras.layers.GlobalAveragePooling1D,
    AdaptiveAveragePooling2D: keras.layers.GlobalAveragePooling2D,
    AdaptiveAveragePooling3D: keras.layers.GlobalAveragePooling3D,
    AdaptiveMaxPooling1D: keras.layers.GlobalMaxPooling1D,
    AdaptiveMaxPooling2D: keras.layers.GlobalMaxPooling2D,
    AdaptiveMaxPooling3D: keras.layers.GlobalMaxPooling3D,
}
"""What pools to size 1 likewise."""


def pooling(layer: Pooling, site: Site) -> Chain:
    """Lower to the Keras layer of the same name."""
    if _needs_planes(layer, site):
        (depth, *plane), (step, *steps) = layer.pool_size, layer.steps
        return _plane_by_plane(
            layer,
            site,
            {"pool_size": plane, "strides": steps, "padding": layer.padding},
            {"pool_size": (depth, 1), "strides": (step, 1), "padding": layer.padding},
        )
    padding = padding_of(layer, site.input_types[0].shape)
    window = {"pool_size": layer.pool_size, "strides": layer.strides, "padding": padding}
    return (_NATIVE[type(layer)](**window, data_format=layer.data_format, **site.common),)


def global_pooling(layer: GlobalPooling, site: Site) -> Chain:
    """Lower to the Keras layer of the same name."""
    return (_NATIVE[type(layer)](data_format=layer.data_format, keepdims=layer.keepdims, **site.common),)


def adaptive_pooling(layer: AdaptivePooling, site: Site) -> Chain:
    """Lower to the Keras layer of the same name, which needs known sizes, or to a global one where the output is of size 1."""
    sizes = layer.output_size
    if max(sizes) == 1:
        return (_OF_ALL[type(layer)](data_format=layer.data_format, keepdims=True, **site.common),)
    if _needs_planes(layer, site):
        depth, *plane = sizes
        return _plane_by_plane(layer, site, {"output_size": plane}, {"output_size": (depth, plane[1])})
    return (_NATIVE[type(layer)](sizes, data_format=layer.data_format, **site.common),)


def _needs_planes(layer: Layer, site: Site) -> bool:
    """Return whether TensorFlow lacks the kernel: on a CPU it pools volumes in float32 only."""
    return type(layer) in _OF_PLANES and site.output.dtype != "float32"


def _plane_by_plane(layer: Layer, site: Site, height_width: dict[str, Any], depth: dict[str, Any]) -> Chain:
    """Return pooling of every plane (height, width), and then of every plane (depth, width) along the depth alone: means and
    maxima of a volume are those along one axis after another."""

    def planes(arguments: dict[str, Any], suffix: str, place: Site) -> Callable[..., Any]:
        inner = site.beside(suffix).common
        return keras.layers.TimeDistributed(
            _OF_PLANES[type(layer)](**arguments, data_format="channels_last", **inner), **place.common
        )

    def swap(suffix: str) -> Callable[..., Any]:
        return keras.layers.Permute((2, 1, 3, 4), **site.beside(suffix).common)

    return (
        planes(height_width, "height_width", site),
        swap("to_depth_width"),
        planes(depth, "depth", site.beside("depths")),
        swap("from_depth_width"),
    )


RULES: Rules = {
    AdaptiveAveragePooling1D: adaptive_pooling,
    AdaptiveAveragePooling2D: adaptive_pooling,
    AdaptiveAveragePooling3D: adaptive_pooling,
    AdaptiveMaxPooling1D: adaptive_pooling,
    AdaptiveMaxPooling2D: adaptive_pooling,
    AdaptiveMaxPooling3D: adaptive_pooling,
    AveragePooling1D: pooling,
    AveragePooling2D: pooling,
    AveragePooling3D: pooling,
    GlobalAveragePooling1D: global_pooling,
    GlobalAveragePooling2D: global_pooling,
    GlobalAveragePooling3D: global_pooling,
    GlobalMaxPooling1D: global_pooling,
    GlobalMaxPooling2D: global_pooling,
    GlobalMaxPooling3D: global_pooling,
    MaxPooling1D: pooling,
    MaxPooling2D: pooling,
    MaxPooling3D: pooling,
}
