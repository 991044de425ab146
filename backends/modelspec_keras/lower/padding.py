"""Layers that add or remove what stands at the borders."""

from __future__ import annotations

from typing import Any

from modelspec.layers.padding import (
    CenterCrop,
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def zero_padding1d(layer: ZeroPadding1D, site: Site) -> Chain:
    """Lower to ``keras.layers.ZeroPadding1D``."""
    both: Any = layer.padding[0]  # annotated with the type of its default alone
    return (keras.layers.ZeroPadding1D(both, data_format=layer.data_format, **site.common),)


def zero_padding2d(layer: ZeroPadding2D, site: Site) -> Chain:
    """Lower to ``keras.layers.ZeroPadding2D``."""
    return (keras.layers.ZeroPadding2D(layer.padding, data_format=layer.data_format, **site.common),)


def zero_padding3d(layer: ZeroPadding3D, site: Site) -> Chain:
    """Lower to ``keras.layers.ZeroPadding3D``."""
    return (keras.layers.ZeroPadding3D(layer.padding, data_format=layer.data_format, **site.common),)


def cropping1d(layer: Cropping1D, site: Site) -> Chain:
    """Lower to ``keras.layers.Cropping1D``, which knows only channels last."""
    return (keras.layers.Cropping1D(layer.cropping[0], **site.common),)


def cropping2d(layer: Cropping2D, site: Site) -> Chain:
    """Lower to ``keras.layers.Cropping2D``."""
    return (keras.layers.Cropping2D(layer.cropping, data_format=layer.data_format, **site.common),)


def cropping3d(layer: Cropping3D, site: Site) -> Chain:
    """Lower to ``keras.layers.Cropping3D``."""
    return (keras.layers.Cropping3D(layer.cropping, data_format=layer.data_format, **site.common),)


def center_crop(layer: CenterCrop, site: Site) -> Chain:
    """Lower to ``keras.layers.CenterCrop``, which gives float32 wherever it resizes."""
    crop = keras.layers.CenterCrop(layer.height, layer.width, data_format=layer.data_format, **site.common)
    if site.output.dtype == "float32" or layer.crops(site.input_types[0]):
        return (crop,)
    return crop, keras.layers.Identity(**site.beside(site.output.dtype).common)


RULES: Rules = {
    CenterCrop: center_crop,
    Cropping1D: cropping1d,
    Cropping2D: cropping2d,
    Cropping3D: cropping3d,
    ZeroPadding1D: zero_padding1d,
    ZeroPadding2D: zero_padding2d,
    ZeroPadding3D: zero_padding3d,
}
