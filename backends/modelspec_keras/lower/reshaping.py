"""Layers that move elements about."""

from __future__ import annotations

from modelspec.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def flatten(layer: Flatten, site: Site) -> Chain:
    """Lower to ``keras.layers.Flatten``, which brings channels-first inputs to channels-last itself."""
    return (keras.layers.Flatten(data_format=layer.data_format, **site.common),)


def permute(layer: Permute, site: Site) -> Chain:
    """Lower to ``keras.layers.Permute``."""
    return (keras.layers.Permute(layer.dims, **site.common),)


def repeat_vector(layer: RepeatVector, site: Site) -> Chain:
    """Lower to ``keras.layers.RepeatVector``."""
    return (keras.layers.RepeatVector(layer.n, **site.common),)


def reshape(layer: Reshape, site: Site) -> Chain:
    """Lower to ``keras.layers.Reshape``."""
    return (keras.layers.Reshape(layer.target_shape, **site.common),)


RULES: Rules = {
    Flatten: flatten,
    Permute: permute,
    RepeatVector: repeat_vector,
    Reshape: reshape,
}
