"""Activations that are layers of their own, with their parameters as fields."""

from __future__ import annotations

from modelspec.layers.activation_layers import ReLU
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def relu(layer: ReLU, site: Site) -> Chain:
    """Lower to ``keras.layers.ReLU``."""
    return (
        keras.layers.ReLU(
            max_value=layer.max_value, negative_slope=layer.negative_slope, threshold=layer.threshold, **site.common
        ),
    )


RULES: Rules = {
    ReLU: relu,
}
