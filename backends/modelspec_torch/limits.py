"""What PyTorch cannot do, with the reason; read without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.backend import Limit, Limits
from modelspec.layers.base import Layer
from modelspec.layers.depthwise import SeparableConv2D
from modelspec.layers.normalization import BatchNormalization

LACKS: Mapping[type[Layer], str] = {
    SeparableConv2D: "PyTorch has no separable convolution",
}
"""The layers that ``lower.RULES`` has no rule for."""

LIMITS: Limits = {
    BatchNormalization: (
        Limit(
            "synchronized is true, but PyTorch's synchronized batch normalization keeps an unbiased moving variance, so that"
            " training would give other weights than the spec says",
            lambda layer, _: layer.synchronized,
            "set synchronized to false (inference is the same), or compile for Keras to train on several devices",
        ),
    ),
}
"""The uses of the others that are refused."""
