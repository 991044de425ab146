"""Layers that add or remove what stands at the borders."""

from __future__ import annotations

from modelspec.layers.padding import ZeroPadding2D
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def zero_padding2d(layer: ZeroPadding2D, site: Site) -> Chain:
    """Lower to ``keras.layers.ZeroPadding2D``."""
    return (keras.layers.ZeroPadding2D(layer.padding, data_format=layer.data_format, **site.common),)


RULES: Rules = {
    ZeroPadding2D: zero_padding2d,
}
