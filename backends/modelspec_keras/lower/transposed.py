"""Transposed convolutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from modelspec.layers.base import Layer
from modelspec.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose, Transposed
from modelspec_keras.framework import keras
from modelspec_keras.lower.convolution import windowed
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site

NATIVE: Mapping[type[Layer], Callable[..., Any]] = {
    Conv1DTranspose: keras.layers.Conv1DTranspose,
    Conv2DTranspose: keras.layers.Conv2DTranspose,
    Conv3DTranspose: keras.layers.Conv3DTranspose,
}


def transposed(layer: Transposed, site: Site) -> Chain:
    """Lower to the Keras layer of the same name."""
    return windowed(NATIVE[type(layer)], layer, site, "kernel", filters=layer.filters, output_padding=layer.output_padding)


RULES: Rules = {
    Conv1DTranspose: transposed,
    Conv2DTranspose: transposed,
    Conv3DTranspose: transposed,
}
