"""Convolution layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelspec.layers.base import Layer
from modelspec.layers.convolution import Conv1D, Conv2D, Conv3D, Convolution, Window
from modelspec_keras.framework import keras
from modelspec_keras.lower.activations import fused
from modelspec_keras.lower.arguments import regularizer, weight_arguments
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site
from modelspec_keras.volumes import padding_of

NATIVE: Mapping[type[Layer], Callable[..., Any]] = {
    Conv1D: keras.layers.Conv1D,
    Conv2D: keras.layers.Conv2D,
    Conv3D: keras.layers.Conv3D,
}


def convolution(layer: Convolution, site: Site) -> Chain:
    """Lower to the Keras layer of the same name."""
    return windowed(NATIVE[type(layer)], layer, site, "kernel", filters=layer.filters, groups=layer.groups)


def windowed(make: Callable[..., Any], layer: Window, site: Site, *kernels: str, **arguments: Any) -> Chain:
    """Return a Keras layer with the arguments that every window takes, those for its kernels (``depthwise``) and its own."""
    activation, after = fused(layer.activation, site)
    made = make(
        **arguments,
        kernel_size=layer.kernel_size,
        strides=layer.strides,
        padding=padding_of(layer, site.input_types[0].shape),
        data_format=layer.data_format,
        dilation_rate=layer.dilation_rate,
        activation=activation,
        activity_regularizer=regularizer(layer.activity_regularizer),
        use_bias=layer.use_bias,
        **weight_arguments(layer, *kernels, "bias"),
        **site.common,
    )
    return made, *after


RULES: Rules = {
    Conv1D: convolution,
    Conv2D: convolution,
    Conv3D: convolution,
}
