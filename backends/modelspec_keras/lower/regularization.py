"""Regularization layers."""

from __future__ import annotations

from modelspec.layers.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def activity_regularization(layer: ActivityRegularization, site: Site) -> Chain:
    """Lower to ``keras.layers.ActivityRegularization``."""
    return (keras.layers.ActivityRegularization(layer.l1, layer.l2, **site.common),)


def alpha_dropout(layer: AlphaDropout, site: Site) -> Chain:
    """Lower to ``keras.layers.AlphaDropout``."""
    return (keras.layers.AlphaDropout(layer.rate, noise_shape=layer.noise_shape, seed=layer.seed, **site.common),)


def dropout(layer: Dropout, site: Site) -> Chain:
    """Lower to ``keras.layers.Dropout``."""
    return (keras.layers.Dropout(layer.rate, noise_shape=layer.noise_shape, seed=layer.seed, **site.common),)


def gaussian_dropout(layer: GaussianDropout, site: Site) -> Chain:
    """Lower to ``keras.layers.GaussianDropout``."""
    return (keras.layers.GaussianDropout(layer.rate, seed=layer.seed, **site.common),)


def gaussian_noise(layer: GaussianNoise, site: Site) -> Chain:
    """Lower to ``keras.layers.GaussianNoise``."""
    return (keras.layers.GaussianNoise(layer.stddev, seed=layer.seed, **site.common),)


def spatial_dropout1d(layer: SpatialDropout1D, site: Site) -> Chain:
    """Lower to ``keras.layers.SpatialDropout1D``, which takes the channels last, or to a Dropout with the same mask.

    Keras's three layers have no argument ``trainable``; there is nothing to train.
    """
    if layer.data_format == "channels_first":
        return (keras.layers.Dropout(layer.rate, noise_shape=layer.noise_shape, seed=layer.seed, **site.common),)
    return (keras.layers.SpatialDropout1D(layer.rate, seed=layer.seed, name=site.name, dtype=site.output.dtype),)


def spatial_dropout2d(layer: SpatialDropout2D, site: Site) -> Chain:
    """Lower to ``keras.layers.SpatialDropout2D``."""
    return (
        keras.layers.SpatialDropout2D(
            layer.rate, data_format=layer.data_format, seed=layer.seed, name=site.name, dtype=site.output.dtype
        ),
    )


def spatial_dropout3d(layer: SpatialDropout3D, site: Site) -> Chain:
    """Lower to ``keras.layers.SpatialDropout3D``."""
    return (
        keras.layers.SpatialDropout3D(
            layer.rate, data_format=layer.data_format, seed=layer.seed, name=site.name, dtype=site.output.dtype
        ),
    )


RULES: Rules = {
    ActivityRegularization: activity_regularization,
    AlphaDropout: alpha_dropout,
    Dropout: dropout,
    GaussianDropout: gaussian_dropout,
    GaussianNoise: gaussian_noise,
    SpatialDropout1D: spatial_dropout1d,
    SpatialDropout2D: spatial_dropout2d,
    SpatialDropout3D: spatial_dropout3d,
}
