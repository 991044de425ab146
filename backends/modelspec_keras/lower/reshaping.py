"""Layers that move elements about."""

from __future__ import annotations

from modelspec.layers.reshaping import Flatten, Permute, ZeroPadding2D
from modelspec_keras.framework import keras
from modelspec_keras.lower.site import Chain, Site


def flatten(layer: Flatten, site: Site) -> Chain:
    """Lower to ``keras.layers.Flatten``, which brings channels-first inputs to channels-last itself."""
    return (keras.layers.Flatten(data_format=layer.data_format, **site.common),)


def permute(layer: Permute, site: Site) -> Chain:
    """Lower to ``keras.layers.Permute``."""
    return (keras.layers.Permute(layer.dims, **site.common),)


def zero_padding2d(layer: ZeroPadding2D, site: Site) -> Chain:
    """Lower to ``keras.layers.ZeroPadding2D``."""
    return (keras.layers.ZeroPadding2D(layer.padding, data_format=layer.data_format, **site.common),)
