"""Depthwise and separable convolutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelspec.layers.base import Layer
from modelspec.layers.depthwise import (
    Depthwise,
    DepthwiseConv1D,
    DepthwiseConv2D,
    DepthwiseConv3D,
    Separable,
    SeparableConv1D,
    SeparableConv2D,
)
from modelspec_keras.framework import keras
from modelspec_keras.lower.arguments import weight_arguments
from modelspec_keras.lower.convolution import windowed
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site

NATIVE: Mapping[type[Layer], Callable[..., Any]] = {
    DepthwiseConv1D: keras.layers.DepthwiseConv1D,
    DepthwiseConv2D: keras.layers.DepthwiseConv2D,
    SeparableConv1D: keras.layers.SeparableConv1D,
    SeparableConv2D: keras.layers.SeparableConv2D,
}


def depthwise(layer: Depthwise, site: Site) -> Chain:
    """Lower to the Keras layer of the same name."""
    return windowed(NATIVE[type(layer)], layer, site, "depthwise", depth_multiplier=layer.depth_multiplier)


def separable(layer: Separable, site: Site) -> Chain:
    """Lower to the Keras layer of the same name."""
    return windowed(
        NATIVE[type(layer)],
        layer,
        site,
        "depthwise",
        "pointwise",
        filters=layer.filters,
        depth_multiplier=layer.depth_multiplier,
    )


def depthwise_conv3d(layer: DepthwiseConv3D, site: Site) -> Chain:
    """Lower to ``keras.layers.Conv3D`` with a group for each channel: its kernel is ours with the last two axes merged."""
    channels = layer.channels(site.input_types[0])
    filters = channels * layer.depth_multiplier
    kernel = weight_arguments(layer, kernel="depthwise")
    return windowed(keras.layers.Conv3D, layer, site, filters=filters, groups=channels, **kernel)


RULES: Rules = {
    DepthwiseConv1D: depthwise,
    DepthwiseConv2D: depthwise,
    DepthwiseConv3D: depthwise_conv3d,
    SeparableConv1D: separable,
    SeparableConv2D: separable,
}
