"""Normalization layers."""

from __future__ import annotations

from modelspec.layers.normalization import BatchNormalization
from modelspec_keras.framework import keras
from modelspec_keras.lower.initializers import initializer
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
            beta_initializer=initializer(layer.beta_initializer),
            gamma_initializer=initializer(layer.gamma_initializer),
            moving_mean_initializer=initializer(layer.moving_mean_initializer),
            moving_variance_initializer=initializer(layer.moving_variance_initializer),
            synchronized=layer.synchronized,
            **site.common,
        ),
    )
