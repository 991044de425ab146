"""Dense, Embedding, and the activations that are layers of their own."""

from __future__ import annotations

from modelspec.layers.core import Activation, Dense, Embedding
from modelspec_keras.framework import keras
from modelspec_keras.lower import activations
from modelspec_keras.lower.arguments import regularizer, weight_arguments
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def dense(layer: Dense, site: Site) -> Chain:
    """Lower to ``keras.layers.Dense``."""
    activation, after = activations.fused(layer.activation, site)
    product = keras.layers.Dense(
        units=layer.units,
        activation=activation,
        use_bias=layer.use_bias,
        activity_regularizer=regularizer(layer.activity_regularizer),
        **weight_arguments(layer, "kernel", "bias"),
        **site.common,
    )
    return product, *after


def activation(layer: Activation, site: Site) -> Chain:
    """Lower to ``keras.layers.Activation``, or to the layer that has the function's parameters."""
    return activations.layers(layer.activation, site)


def embedding(layer: Embedding, site: Site) -> Chain:
    """Lower to ``keras.layers.Embedding``."""
    return (
        keras.layers.Embedding(
            input_dim=layer.input_dim,
            output_dim=layer.output_dim,
            **weight_arguments(layer, "embeddings"),
            **site.common,
        ),
    )


RULES: Rules = {
    Activation: activation,
    Dense: dense,
    Embedding: embedding,
}
