"""Depthwise and separable convolutions."""

from __future__ import annotations

from modelspec.layers.depthwise import DepthwiseConv2D, SeparableConv2D
from modelspec_keras.framework import keras
from modelspec_keras.lower.activations import fused
from modelspec_keras.lower.arguments import weight_arguments
from modelspec_keras.lower.convolution import window
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def depthwise_conv2d(layer: DepthwiseConv2D, site: Site) -> Chain:
    """Lower to ``keras.layers.DepthwiseConv2D``."""
    activation, after = fused(layer.activation, site)
    convolution = keras.layers.DepthwiseConv2D(
        kernel_size=layer.kernel_size,
        depth_multiplier=layer.depth_multiplier,
        **weight_arguments(layer, "depthwise"),
        activation=activation,
        **window(layer),
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
        **weight_arguments(layer, "depthwise", "pointwise"),
        activation=activation,
        **window(layer),
        **site.common,
    )
    return convolution, *after


RULES: Rules = {
    DepthwiseConv2D: depthwise_conv2d,
    SeparableConv2D: separable_conv2d,
}
