"""What ONNX cannot do, with the reason; read without onnx."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.backend import Limit, Limits
from modelspec.geometry import padding_amounts
from modelspec.graph import Node
from modelspec.layers.base import Layer
from modelspec.layers.depthwise import SeparableConv2D
from modelspec.layers.pooling import AveragePooling2D, MaxPooling2D, Pooling2D


def _pads_below_zero(layer: Pooling2D, node: Node) -> bool:
    """Return whether ``SAME_UPPER``, which unknown sizes need, would compute a negative padding."""
    sizes = node.input_types[0].shape[1:]
    windows = list(zip(sizes, layer.pool_size, layer.steps, strict=True))
    unknown = any(padding_amounts(n, k, s, 1, layer.padding) is None for n, k, s in windows)
    return unknown and any(k < s for _, k, s in windows)


_WINDOW_BELOW_STRIDE = Limit(
    'padding is "same", the window is smaller than the stride, and a size is unknown until run time',
    _pads_below_zero,
    "give the input fixed sizes, or make the window as large as the stride",
)

LACKS: Mapping[type[Layer], str] = {
    SeparableConv2D: "ONNX has no separable convolution",
}
"""The layers that ``lower.RULES`` has no rule for."""

LIMITS: Limits = {
    AveragePooling2D: (_WINDOW_BELOW_STRIDE,),
    MaxPooling2D: (_WINDOW_BELOW_STRIDE,),
}
"""The uses of the others that are refused."""
