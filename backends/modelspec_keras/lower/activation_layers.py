"""Activations that are layers of their own, with their parameters as fields."""

from __future__ import annotations

from typing import Any

from modelspec.layers.activation_layers import ELU, LeakyReLU, PReLU, ReLU, Softmax
from modelspec_keras.framework import keras
from modelspec_keras.lower.arguments import weight_arguments
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def relu(layer: ReLU, site: Site) -> Chain:
    """Lower to ``keras.layers.ReLU``."""
    return (
        keras.layers.ReLU(
            max_value=layer.max_value, negative_slope=layer.negative_slope, threshold=layer.threshold, **site.common
        ),
    )


def leaky_relu(layer: LeakyReLU, site: Site) -> Chain:
    """Lower to ``keras.layers.LeakyReLU``."""
    return (keras.layers.LeakyReLU(negative_slope=layer.negative_slope, **site.common),)


def elu(layer: ELU, site: Site) -> Chain:
    """Lower to ``keras.layers.ELU``."""
    return (keras.layers.ELU(alpha=layer.alpha, **site.common),)


def prelu(layer: PReLU, site: Site) -> Chain:
    """Lower to ``keras.layers.PReLU``."""
    return (keras.layers.PReLU(shared_axes=list(layer.shared) or None, **weight_arguments(layer, "alpha"), **site.common),)


def softmax(layer: Softmax, site: Site) -> Chain:
    """Lower to ``keras.layers.Softmax``."""
    axis: Any = layer.axis  # annotated as an integer, it takes a list as well
    return (keras.layers.Softmax(axis=axis, **site.common),)


RULES: Rules = {
    ELU: elu,
    LeakyReLU: leaky_relu,
    PReLU: prelu,
    ReLU: relu,
    Softmax: softmax,
}
