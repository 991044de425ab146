"""The oracle of resizing layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.resizing import Resizing, UpSampling, UpSampling1D, UpSampling2D, UpSampling3D
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last, restored


def nearest(x: Doubles, sizes: tuple[int, int]) -> Doubles:
    """Return resized channels-last images: the pixel that holds the place, computed in float32 as TensorFlow does."""
    for axis, m in enumerate(sizes, 1):
        n = x.shape[axis]
        places = (np.arange(m, dtype=np.float32) + np.float32(0.5)) * (np.float32(n) / np.float32(m))
        x = np.take(x, np.minimum(np.floor(places).astype(int), n - 1), axis=axis)
    return x


def bilinear(x: Doubles, sizes: tuple[int, int]) -> Doubles:
    """Return resized channels-last images: straight lines between the middles of pixels, which stand at halves; outside of the
    outermost ones, what they hold."""
    for axis, m in enumerate(sizes, 1):
        n = x.shape[axis]
        places = np.clip((np.arange(m) + 0.5) * n / m - 0.5, 0, n - 1)
        below = np.floor(places).astype(int)
        above = np.minimum(below + 1, n - 1)
        share = (places - below).reshape(-1, *[1] * (x.ndim - 1 - axis))
        x = np.take(x, below, axis=axis) * (1 - share) + np.take(x, above, axis=axis) * share
    return x


def resizing(layer: Resizing, inputs: list[Doubles], _: Weights) -> Doubles:
    """Cropping and padding to the aspect ratio round to whole pixels, towards zero."""
    x = channels_last(layer, inputs[0])
    height, width = x.shape[1:3]
    at_width, at_height = int(width * layer.height / layer.width), int(height * layer.width / layer.height)
    if layer.crop_to_aspect_ratio:
        rows, columns = max(min(height, at_width), 1), max(min(width, at_height), 1)
        top, left = (height - rows) // 2, (width - columns) // 2
        x = x[:, top : top + rows, left : left + columns]
    if layer.pad_to_aspect_ratio:
        rows, columns = max(at_width - height, 0) // 2, max(at_height - width, 0) // 2
        x = np.pad(x, [(0, 0), (rows, rows), (columns, columns), (0, 0)], constant_values=layer.fill_value)
    made = nearest if layer.interpolation == "nearest" else bilinear
    return restored(layer, made(x, (layer.height, layer.width)))


def up_sampling(layer: UpSampling, inputs: list[Doubles], _: Weights) -> Doubles:
    x = channels_last(layer, inputs[0])
    if layer.method == "bilinear":
        height, width = (n * factor for n, factor in zip(x.shape[1:3], layer.size, strict=True))
        return restored(layer, bilinear(x, (height, width)))
    for axis, factor in enumerate(layer.size, 1):
        x = np.repeat(x, factor, axis=axis)
    return restored(layer, x)


def _asymmetric(x: Doubles, sizes: tuple[int, int]) -> Doubles:
    """As PyTorch's mode "nearest": from the corner of each pixel and not from its middle."""
    for axis, m in enumerate(sizes, 1):
        x = np.take(x, np.arange(m) * x.shape[axis] // m, axis=axis)
    return x


def _aligned_corners(x: Doubles, sizes: tuple[int, int]) -> Doubles:
    for axis, m in enumerate(sizes, 1):
        n = x.shape[axis]
        places = np.arange(m) * (n - 1) / max(m - 1, 1)
        below = np.floor(places).astype(int)
        share = (places - below).reshape(-1, *[1] * (x.ndim - 1 - axis))
        x = np.take(x, below, axis=axis) * (1 - share) + np.take(x, np.minimum(below + 1, n - 1), axis=axis) * share
    return x


def _tiled(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    return np.tile(inputs[0], (1, *layer.size, 1))


def _stretched(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    return restored(layer, bilinear(channels_last(layer, inputs[0]), (layer.height, layer.width)))


ORACLE: Oracle = {
    Resizing: resizing,
    UpSampling1D: up_sampling,
    UpSampling2D: up_sampling,
    UpSampling3D: up_sampling,
}

MUTATIONS: Mutations = {
    "nearest from the corners": ("Resizing-nearest-down", "resizing.nearest", _asymmetric),
    "bilinear with aligned corners": ("Resizing-up", "resizing.bilinear", _aligned_corners),
    "bilinear upsampling with aligned corners": ("UpSampling2D-bilinear", "resizing.bilinear", _aligned_corners),
    "upsampling as a tile": ("UpSampling1D-plain", UpSampling1D, _tiled),
    "stretched and not cropped": ("Resizing-crop-wide", Resizing, _stretched),
    "stretched and not padded": ("Resizing-pad-wide", Resizing, _stretched),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
