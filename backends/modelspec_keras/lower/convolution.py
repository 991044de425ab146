"""Convolution layers."""

from __future__ import annotations

from typing import Any

from modelspec.layers.convolution import Conv2D, Window
from modelspec_keras.framework import keras
from modelspec_keras.lower.activations import fused
from modelspec_keras.lower.arguments import regularizer, weight_arguments
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def conv2d(layer: Conv2D, site: Site) -> Chain:
    """Lower to ``keras.layers.Conv2D``."""
    activation, after = fused(layer.activation, site)
    convolution = keras.layers.Conv2D(
        filters=layer.filters,
        kernel_size=layer.kernel_size,
        groups=layer.groups,
        **weight_arguments(layer, "kernel"),
        activation=activation,
        **window(layer),
        **site.common,
    )
    return convolution, *after


def window(layer: Window) -> dict[str, Any]:
    """Return the arguments that every convolution takes."""
    return {
        "strides": layer.strides,
        "padding": layer.padding,
        "data_format": layer.data_format,
        "dilation_rate": layer.dilation_rate,
        "use_bias": layer.use_bias,
        "activity_regularizer": regularizer(layer.activity_regularizer),
        **weight_arguments(layer, "bias"),
    }


RULES: Rules = {
    Conv2D: conv2d,
}
