"""Depthwise and separable convolutions."""

from __future__ import annotations

from modelspec.layers.depthwise import DepthwiseConv2D
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.convolution import conv
from modelspec_onnx.lower.rules import Rules


def depthwise_conv2d(layer: DepthwiseConv2D, site: Site) -> None:
    """Lower to Conv with a group a channel: kernel ``kh kw in multiplier`` becomes ``(in multiplier) 1 kh kw``."""
    kernel = site.array("kernel")
    assert kernel is not None
    height, width, channels, multiplier = kernel.shape
    conv(layer, site, kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width), channels)


RULES: Rules = {
    DepthwiseConv2D: depthwise_conv2d,
}
