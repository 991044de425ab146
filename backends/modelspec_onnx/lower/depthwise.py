"""Depthwise and separable convolutions."""

from __future__ import annotations

from modelspec.layers.depthwise import Depthwise, DepthwiseConv1D, DepthwiseConv2D, DepthwiseConv3D
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.convolution import conv
from modelspec_onnx.lower.rules import Rules


def depthwise(layer: Depthwise, site: Site) -> None:
    """Lower to Conv with a group a channel: kernel ``k... in multiplier`` becomes ``(in multiplier) 1 k...``."""
    kernel = site.required("kernel")
    *sizes, channels, multiplier = kernel.shape
    rank = len(sizes)
    moved = kernel.transpose(rank, rank + 1, *range(rank))
    conv(layer, site, moved.reshape(channels * multiplier, 1, *sizes), channels)


RULES: Rules = {
    DepthwiseConv1D: depthwise,
    DepthwiseConv2D: depthwise,
    DepthwiseConv3D: depthwise,
}
