"""Layers that add or remove what stands at the borders."""

from __future__ import annotations

from torch import nn

from modelspec.layers.padding import ZeroPadding2D
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


def zero_padding2d(layer: ZeroPadding2D, ctx: Context) -> nn.Module:
    """Native padding, whose sides are left, right, top, bottom."""
    height, width = layer.padding
    return nn.ZeroPad2d((*width, *height))


RULES: Rules = {
    ZeroPadding2D: zero_padding2d,
}
