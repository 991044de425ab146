"""The rules for Keras: layers and operations of Keras's own, so that a saved model loads without this package."""

from __future__ import annotations

from modelspec.layers.activations import Glu
from modelspec_gated import GatedUnit
from modelspec_keras.framework import keras
from modelspec_keras.lower import activations
from modelspec_keras.lower.arguments import weight_arguments
from modelspec_keras.lower.site import Chain, Site


def gated_unit(layer: GatedUnit, site: Site) -> Chain:
    """A Dense twice as wide, which holds the weights, and Keras's ``glu``."""
    weights = weight_arguments(layer, "kernel", "bias")
    product = keras.layers.Dense(2 * layer.units, use_bias=layer.use_bias, **weights, **site.common)
    return product, *activations.layers(Glu(), site.beside("gate"))
