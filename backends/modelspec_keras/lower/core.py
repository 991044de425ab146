"""Dense, and the activations that are layers of their own."""

from __future__ import annotations

from modelspec.layers.core import Activation, Dense, ReLU
from modelspec_keras.framework import keras
from modelspec_keras.lower import activations
from modelspec_keras.lower.initializers import initializer
from modelspec_keras.lower.site import Chain, Site


def dense(layer: Dense, site: Site) -> Chain:
    """Lower to ``keras.layers.Dense``."""
    activation, after = activations.fused(layer.activation, site)
    product = keras.layers.Dense(
        units=layer.units,
        activation=activation,
        use_bias=layer.use_bias,
        kernel_initializer=initializer(layer.kernel_initializer),
        bias_initializer=initializer(layer.bias_initializer),
        **site.common,
    )
    return product, *after


def activation(layer: Activation, site: Site) -> Chain:
    """Lower to ``keras.layers.Activation``, or to the layer that has the function's parameters."""
    return activations.layers(layer.activation, site)


def relu(layer: ReLU, site: Site) -> Chain:
    """Lower to ``keras.layers.ReLU``."""
    return (
        keras.layers.ReLU(
            max_value=layer.max_value, negative_slope=layer.negative_slope, threshold=layer.threshold, **site.common
        ),
    )
