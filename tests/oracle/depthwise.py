"""The oracle of depthwise layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.depthwise import DepthwiseConv2D, SeparableConv2D
from oracle.activations import activate
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last, restored, same_padding, windows


def depthwise(layer: Any, x: Doubles, kernel: Doubles) -> Doubles:
    """Return channel ``i * multiplier + j`` = input channel ``i`` under its ``j``-th kernel; channels last."""
    seen = windows(x, layer.kernel_size, layer.strides, dilation=layer.dilation_rate, padding=layer.padding)
    made = np.einsum("bhwklc,klcm->bhwcm", seen, kernel)
    return made.reshape(*made.shape[:3], -1)


def depthwise_conv2d(layer: DepthwiseConv2D, inputs: list[Doubles], weights: Weights) -> Doubles:
    made = depthwise(layer, channels_last(layer, inputs[0]), weights["kernel"]) + weights.get("bias", 0.0)
    return activate(layer.activation, restored(layer, made))


def separable_conv2d(layer: SeparableConv2D, inputs: list[Doubles], weights: Weights) -> Doubles:
    made = depthwise(layer, channels_last(layer, inputs[0]), weights["depthwise_kernel"])
    mixed = made @ weights["pointwise_kernel"][0, 0] + weights.get("bias", 0.0)
    return activate(layer.activation, restored(layer, mixed))


def _multiplier_major(layer: Any, x: Doubles, kernel: Doubles) -> Doubles:
    seen = windows(x, layer.kernel_size, layer.strides, dilation=layer.dilation_rate, padding=layer.padding)
    made = np.einsum("bhwklc,klcm->bhwmc", seen, kernel)
    return made.reshape(*made.shape[:3], -1)


def _symmetric(_: int, k: int, __: int, d: int) -> tuple[int, int]:
    return (k - 1) * d // 2, (k - 1) * d // 2


def _at_the_start(n: int, k: int, s: int, d: int) -> tuple[int, int]:
    before, after = same_padding(n, k, s, d)
    return after, before


ORACLE: Oracle = {
    DepthwiseConv2D: depthwise_conv2d,
    SeparableConv2D: separable_conv2d,
}

MUTATIONS: Mutations = {
    "symmetric padding of depthwise": ("DepthwiseConv2D-same-stride2-even", "windows.same_padding", _symmetric),
    "the odd padding at the start": ("SeparableConv2D-same-stride2-even", "windows.same_padding", _at_the_start),
    "depthwise channels interleaved": ("DepthwiseConv2D-multiplier", "depthwise.depthwise", _multiplier_major),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
