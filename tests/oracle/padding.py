"""The oracle of layers that add or remove what stands at the borders."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.padding import (
    CenterCrop,
    Cropping,
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.resizing import bilinear
from oracle.windows import channels_last, restored


def zero_padding(layer: ZeroPadding, inputs: list[Doubles], _: Weights) -> Doubles:
    return restored(layer, np.pad(channels_last(layer, inputs[0]), [(0, 0), *layer.padding, (0, 0)]))


def cropping(layer: Cropping, inputs: list[Doubles], _: Weights) -> Doubles:
    x = channels_last(layer, inputs[0])
    kept = [slice(before, n - after) for n, (before, after) in zip(x.shape[1:-1], layer.cropping, strict=True)]
    return restored(layer, x[(slice(None), *kept)])


def middle(x: Doubles, sizes: tuple[int, int]) -> Doubles:
    """Return the middle of channels-last images; the odd row and column are cut off at the end."""
    top, left = ((n - m) // 2 for n, m in zip(x.shape[1:3], sizes, strict=True))
    return x[:, top : top + sizes[0], left : left + sizes[1]]


def center_crop(layer: CenterCrop, inputs: list[Doubles], _: Weights) -> Doubles:
    """Keras crops images that are large enough, and crops others to the aspect ratio and resizes them."""
    x = channels_last(layer, inputs[0])
    height, width = x.shape[1:3]
    if height >= layer.height and width >= layer.width:
        return restored(layer, middle(x, (layer.height, layer.width)))
    part = (
        max(min(height, width * layer.height // layer.width), 1),
        max(min(width, height * layer.width // layer.height), 1),
    )
    return restored(layer, bilinear(middle(x, part), (layer.height, layer.width)))


def _middle_with_the_odd_one_first(x: Doubles, sizes: tuple[int, int]) -> Doubles:
    top, left = ((n - m + 1) // 2 for n, m in zip(x.shape[1:3], sizes, strict=True))
    return x[:, top : top + sizes[0], left : left + sizes[1]]


def _padded(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    """As torchvision's CenterCrop: zeros around what is too small."""
    x = channels_last(layer, inputs[0])
    missing = [max(m - n, 0) for n, m in zip(x.shape[1:3], (layer.height, layer.width), strict=True)]
    x = np.pad(x, [(0, 0), *((m // 2, m - m // 2) for m in missing), (0, 0)])
    return restored(layer, middle(x, (layer.height, layer.width)))


def _stretched(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    return restored(layer, bilinear(channels_last(layer, inputs[0]), (layer.height, layer.width)))


def _sides_swapped(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    sides = [side[::-1] for side in layer.padding]
    return restored(layer, np.pad(channels_last(layer, inputs[0]), [(0, 0), *sides, (0, 0)]))


ORACLE: Oracle = {
    CenterCrop: center_crop,
    Cropping1D: cropping,
    Cropping2D: cropping,
    Cropping3D: cropping,
    ZeroPadding1D: zero_padding,
    ZeroPadding2D: zero_padding,
    ZeroPadding3D: zero_padding,
}

MUTATIONS: Mutations = {
    "the odd row of a crop first": ("CenterCrop-odd", "padding.middle", _middle_with_the_odd_one_first),
    "a small image padded": ("CenterCrop-smaller", CenterCrop, _padded),
    "a small image stretched": ("CenterCrop-smaller", CenterCrop, _stretched),
    "padding from the wrong end": ("ZeroPadding3D-sides", ZeroPadding3D, _sides_swapped),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
