"""Depthwise and separable convolutions."""

from __future__ import annotations

from torch import nn

from modelspec.layers.depthwise import Depthwise, DepthwiseConv1D, DepthwiseConv2D, DepthwiseConv3D
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.convolution import convolved
from modelspec_torch.lower.rules import Rules


def depthwise(layer: Depthwise, ctx: Context) -> nn.Module:
    """A convolution with one group for each channel; kernel ``(k..., in, m)`` becomes ``(in * m, 1, k...)``."""
    return convolved(layer, ctx, ctx.channels * layer.depth_multiplier, ctx.channels)


RULES: Rules = {
    DepthwiseConv1D: depthwise,
    DepthwiseConv2D: depthwise,
    DepthwiseConv3D: depthwise,
}
