"""Normalization layers."""

from __future__ import annotations

from modelspec.layers.normalization import BatchNormalization
from modelspec_keras.framework import keras
from modelspec_keras.lower.arguments import weight_arguments
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def batch_normalization(layer: BatchNormalization, site: Site) -> Chain:
    """Lower to ``keras.layers.BatchNormalization``."""
    return (
        keras.layers.BatchNormalization(
            axis=-1 if layer.axis is None else layer.axis,
            momentum=layer.momentum,
            epsilon=layer.epsilon,
            center=layer.center,
            scale=layer.scale,
            **weight_arguments(layer, "beta", "gamma", "moving_mean", "moving_variance"),
            synchronized=layer.synchronized,
            **site.common,
        ),
    )


RULES: Rules = {
    BatchNormalization: batch_normalization,
}
