"""The oracle of depthwise layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.depthwise import (
    Depthwise,
    DepthwiseConv1D,
    DepthwiseConv2D,
    DepthwiseConv3D,
    Separable,
    SeparableConv1D,
    SeparableConv2D,
    SeparableConv3D,
)
from oracle.activations import activate
from oracle.convolution import seen_by_kernel
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last, restored, same_padding


def by_channel(layer: Any, x: Doubles, kernel: Doubles) -> Doubles:
    """Return every input channel under each of its kernels: (batch, positions..., channels, multiplier)."""
    seen = seen_by_kernel(layer, x)
    rank = layer.spatial_rank
    positions, sides = "xyz"[:rank], "klm"[:rank]
    return np.einsum(f"b{positions}{sides}c,{sides}cn->b{positions}cn", seen, kernel)


def depthwise(layer: Any, x: Doubles, kernel: Doubles) -> Doubles:
    """Return channel ``i * multiplier + j`` = input channel ``i`` under its ``j``-th kernel; channels last."""
    made = by_channel(layer, x, kernel)
    return made.reshape(*made.shape[:-2], -1)


def depthwise_convolution(layer: Depthwise, inputs: list[Doubles], weights: Weights) -> Doubles:
    made = depthwise(layer, channels_last(layer, inputs[0]), weights["kernel"]) + weights.get("bias", 0.0)
    return activate(layer.activation, restored(layer, made))


def separable_convolution(layer: Separable, inputs: list[Doubles], weights: Weights) -> Doubles:
    made = depthwise(layer, channels_last(layer, inputs[0]), weights["depthwise_kernel"])
    pointwise = weights["pointwise_kernel"]
    mixed = made @ pointwise.reshape(pointwise.shape[-2:]) + weights.get("bias", 0.0)
    return activate(layer.activation, restored(layer, mixed))


def _multiplier_major(layer: Any, x: Doubles, kernel: Doubles) -> Doubles:
    made = by_channel(layer, x, kernel).swapaxes(-1, -2)
    return made.reshape(*made.shape[:-2], -1)


def _symmetric(_: int, k: int, __: int, d: int) -> tuple[int, int]:
    return (k - 1) * d // 2, (k - 1) * d // 2


def _at_the_start(n: int, k: int, s: int, d: int) -> tuple[int, int]:
    before, after = same_padding(n, k, s, d)
    return after, before


ORACLE: Oracle = {
    DepthwiseConv1D: depthwise_convolution,
    DepthwiseConv2D: depthwise_convolution,
    DepthwiseConv3D: depthwise_convolution,
    SeparableConv1D: separable_convolution,
    SeparableConv2D: separable_convolution,
    SeparableConv3D: separable_convolution,
}

MUTATIONS: Mutations = {
    "symmetric padding of depthwise": ("DepthwiseConv2D-same-stride2-even", "windows.same_padding", _symmetric),
    "the odd padding at the start": ("SeparableConv2D-same-stride2-even", "windows.same_padding", _at_the_start),
    "the odd padding at the start in 1D": ("SeparableConv1D-same-stride2-even", "windows.same_padding", _at_the_start),
    "the odd padding at the start in 3D": ("SeparableConv3D-same-stride2-even", "windows.same_padding", _at_the_start),
    "depthwise channels interleaved": ("DepthwiseConv2D-multiplier", "depthwise.depthwise", _multiplier_major),
    "depthwise channels interleaved in 1D": ("DepthwiseConv1D-multiplier", "depthwise.depthwise", _multiplier_major),
    "depthwise channels interleaved in 3D": ("DepthwiseConv3D-multiplier", "depthwise.depthwise", _multiplier_major),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
