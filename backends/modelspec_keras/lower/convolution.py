"""Convolution layers."""

from __future__ import annotations

from typing import Any

from modelspec.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D, Window
from modelspec_keras.framework import keras
from modelspec_keras.lower.activations import fused
from modelspec_keras.lower.initializers import initializer
from modelspec_keras.lower.site import Chain, Site


def conv2d(layer: Conv2D, site: Site) -> Chain:
    """Lower to ``keras.layers.Conv2D``."""
    activation, after = fused(layer.activation, site)
    convolution = keras.layers.Conv2D(
        filters=layer.filters,
        kernel_size=layer.kernel_size,
        groups=layer.groups,
        kernel_initializer=initializer(layer.kernel_initializer),
        activation=activation,
        **_window(layer),
        **site.common,
    )
    return convolution, *after


def depthwise_conv2d(layer: DepthwiseConv2D, site: Site) -> Chain:
    """Lower to ``keras.layers.DepthwiseConv2D``."""
    activation, after = fused(layer.activation, site)
    convolution = keras.layers.DepthwiseConv2D(
        kernel_size=layer.kernel_size,
        depth_multiplier=layer.depth_multiplier,
        depthwise_initializer=initializer(layer.depthwise_initializer),
        activation=activation,
        **_window(layer),
        **site.common,
    )
    return convolution, *after


def separable_conv2d(layer: SeparableConv2D, site: Site) -> Chain:
    """Lower to ``keras.layers.SeparableConv2D``."""
    activation, after = fused(layer.activation, site)
    convolution = keras.layers.SeparableConv2D(
        filters=layer.filters,
        kernel_size=layer.kernel_size,
        depth_multiplier=layer.depth_multiplier,
        depthwise_initializer=initializer(layer.depthwise_initializer),
        pointwise_initializer=initializer(layer.pointwise_initializer),
        activation=activation,
        **_window(layer),
        **site.common,
    )
    return convolution, *after


def _window(layer: Window) -> dict[str, Any]:
    """Return the arguments that every convolution takes."""
    return {
        "strides": layer.strides,
        "padding": layer.padding,
        "data_format": layer.data_format,
        "dilation_rate": layer.dilation_rate,
        "use_bias": layer.use_bias,
        "bias_initializer": initializer(layer.bias_initializer),
    }
