"""Layers that join several inputs."""

from __future__ import annotations

from modelspec.layers.merging import Add, Concatenate
from modelspec_keras.framework import keras
from modelspec_keras.lower.site import Chain, Site


def add(_: Add, site: Site) -> Chain:
    """Lower to ``keras.layers.Add``."""
    return (keras.layers.Add(**site.common),)


def concatenate(layer: Concatenate, site: Site) -> Chain:
    """Lower to ``keras.layers.Concatenate``."""
    return (keras.layers.Concatenate(axis=-1 if layer.axis is None else layer.axis, **site.common),)
