"""Regularization layers."""

from __future__ import annotations

from modelspec.layers.regularization import Dropout
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def dropout(layer: Dropout, site: Site) -> Chain:
    """Lower to ``keras.layers.Dropout``."""
    return (keras.layers.Dropout(layer.rate, noise_shape=layer.noise_shape, seed=layer.seed, **site.common),)


RULES: Rules = {
    Dropout: dropout,
}
