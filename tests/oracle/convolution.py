"""The oracle of convolution layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.convolution import Conv2D
from oracle.activations import activate
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last, restored, windows


def conv2d(layer: Conv2D, inputs: list[Doubles], weights: Weights) -> Doubles:
    kernel = weights["kernel"]
    x = channels_last(layer, inputs[0])
    seen = windows(x, layer.kernel_size, layer.strides, dilation=layer.dilation_rate, padding=layer.padding)
    outs = layer.filters // layer.groups
    size = kernel.shape[2]
    groups = [
        np.einsum("bhwklc,klco->bhwo", seen[..., g * size : (g + 1) * size], kernel[..., g * outs : (g + 1) * outs])
        for g in range(layer.groups)
    ]
    return activate(layer.activation, restored(layer, np.concatenate(groups, axis=-1) + weights.get("bias", 0.0)))


def _symmetric(_: int, k: int, __: int, d: int) -> tuple[int, int]:
    return (k - 1) * d // 2, (k - 1) * d // 2


def _flipped(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return conv2d(layer, inputs, {**weights, "kernel": weights["kernel"][::-1, ::-1]})


ORACLE: Oracle = {
    Conv2D: conv2d,
}

MUTATIONS: Mutations = {
    "symmetric padding": ("Conv2D-same-stride2-even", "windows.same_padding", _symmetric),
    "kernel flipped": ("Conv2D-valid", Conv2D, _flipped),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
