"""What PyTorch cannot do, with the reason; read without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.backend import Inexact, Limit, Limits
from modelspec.tensors import Symbol

LACKS: Mapping[str, str] = {
    "CenterCrop": "PyTorch has no layer that crops large images and resizes small ones",
    "SeparableConv1D": "PyTorch has no separable convolution",
    "SeparableConv2D": "PyTorch has no separable convolution",
    "SeparableConv3D": "PyTorch has no separable convolution",
    "TimeDistributed": "PyTorch takes the time steps as a part of the batch",
}
"""The layers that ``lower.RULES`` has no rule for."""

LIMITS: Limits = {
    "BatchNormalization": (
        Limit(
            "synchronized is true, but PyTorch's synchronized batch normalization keeps an unbiased moving variance, so that"
            " training would give other weights than the spec says",
            lambda layer, _: layer.synchronized,
            "set synchronized to false (inference is the same), or compile for Keras to train on several devices",
        ),
    ),
    "Resizing": (
        Limit(
            "crop_to_aspect_ratio or pad_to_aspect_ratio is true, and a size is unknown until run time",
            lambda layer, node: (
                (layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio)
                and any(isinstance(size, Symbol) for size in node.input_types[0].shape[1:])
            ),
            "give the input fixed sizes, or compile for Keras",
        ),
    ),
}
"""The uses of the others that are refused."""

INEXACT: Inexact = {}
"""What is computed less exactly than float64 allows: nothing."""
