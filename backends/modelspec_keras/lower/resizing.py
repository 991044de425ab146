"""Layers that change the size of images."""

from __future__ import annotations

from modelspec.layers.resizing import Resizing, UpSampling1D, UpSampling2D, UpSampling3D
from modelspec.tensors import FLOATS
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def resizing(layer: Resizing, site: Site) -> Chain:
    """Lower to ``keras.layers.Resizing``, which pads integers with an integer only."""
    resize = keras.layers.Resizing(
        layer.height,
        layer.width,
        interpolation=layer.interpolation,
        crop_to_aspect_ratio=layer.crop_to_aspect_ratio,
        pad_to_aspect_ratio=layer.pad_to_aspect_ratio,
        fill_mode=layer.fill_mode,
        fill_value=layer.fill_value if site.output.dtype in FLOATS else int(layer.fill_value),
        data_format=layer.data_format,
        **site.common,
    )
    return (resize,)


def up_sampling1d(layer: UpSampling1D, site: Site) -> Chain:
    """Lower to ``keras.layers.UpSampling1D``, which knows only channels last."""
    return (keras.layers.UpSampling1D(layer.size[0], **site.common),)


def up_sampling2d(layer: UpSampling2D, site: Site) -> Chain:
    """Lower to ``keras.layers.UpSampling2D``."""
    upsampling = keras.layers.UpSampling2D(
        layer.size, data_format=layer.data_format, interpolation=layer.interpolation, **site.common
    )
    return (upsampling,)


def up_sampling3d(layer: UpSampling3D, site: Site) -> Chain:
    """Lower to ``keras.layers.UpSampling3D``."""
    return (keras.layers.UpSampling3D(layer.size, data_format=layer.data_format, **site.common),)


RULES: Rules = {
    Resizing: resizing,
    UpSampling1D: up_sampling1d,
    UpSampling2D: up_sampling2d,
    UpSampling3D: up_sampling3d,
}
