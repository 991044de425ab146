"""Layers that add or remove what stands at the borders."""

from __future__ import annotations

from torch import nn

from modelspec.layers.padding import (
    Cropping,
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules
from modelspec_torch.lower.windows import border


def zero_padding(layer: ZeroPadding, ctx: Context) -> nn.Module:
    """Native padding."""
    return border(list(layer.padding))


def cropping(layer: Cropping, ctx: Context) -> nn.Module:
    """Native padding by negative amounts."""
    return border([(-before, -after) for before, after in layer.cropping])


RULES: Rules = {
    Cropping1D: cropping,
    Cropping2D: cropping,
    Cropping3D: cropping,
    ZeroPadding1D: zero_padding,
    ZeroPadding2D: zero_padding,
    ZeroPadding3D: zero_padding,
}
