"""Depthwise and separable convolutions."""

from __future__ import annotations

from torch import nn

from modelspec.layers.depthwise import DepthwiseConv2D
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.convolution import convolution
from modelspec_torch.lower.rules import Rules


def depthwise_conv2d(layer: DepthwiseConv2D, ctx: Context) -> nn.Module:
    """A convolution with one group for each channel; kernel ``(kh, kw, in, m)`` becomes ``(in * m, 1, kh, kw)``."""
    return convolution(layer, ctx, layer.kernel_size, ctx.channels * layer.depth_multiplier, ctx.channels)


RULES: Rules = {
    DepthwiseConv2D: depthwise_conv2d,
}
