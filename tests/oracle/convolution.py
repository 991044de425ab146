"""The oracle of convolution layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.convolution import Conv1D, Conv2D, Conv3D, Convolution
from oracle.activations import activate
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last, restored, windows


def seen_by_kernel(layer: Any, x: Doubles) -> Doubles:
    """Return what each position of the kernel sees: (batch, positions..., kernel..., channels)."""
    padding = layer.padding
    if padding == "causal":
        x, padding = causally_padded(layer, x), "valid"
    return windows(x, layer.kernel_size, layer.strides, dilation=layer.dilation_rate, padding=padding)


def causally_padded(layer: Any, x: Doubles) -> Doubles:
    """Return the input with as many zeros before it as the kernel reaches back from its last element."""
    return np.pad(x, [(0, 0), ((layer.kernel_size[0] - 1) * layer.dilation_rate[0], 0), (0, 0)])


def convolution(layer: Convolution, inputs: list[Doubles], weights: Weights) -> Doubles:
    kernel = weights["kernel"]
    seen = seen_by_kernel(layer, channels_last(layer, inputs[0]))
    ins, outs = kernel.shape[-2], layer.filters // layer.groups
    rank = layer.spatial_rank
    groups = [
        np.tensordot(seen[..., g * ins : (g + 1) * ins], kernel[..., g * outs : (g + 1) * outs], axes=rank + 1)
        for g in range(layer.groups)
    ]
    return activate(layer.activation, restored(layer, np.concatenate(groups, axis=-1) + weights.get("bias", 0.0)))


def _symmetric(_: int, k: int, __: int, d: int) -> tuple[int, int]:
    return (k - 1) * d // 2, (k - 1) * d // 2


def _flipped(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return convolution(layer, inputs, {**weights, "kernel": np.flip(weights["kernel"], range(layer.spatial_rank))})


def _undilated(layer: Any, x: Doubles) -> Doubles:
    reach = layer.kernel_size[0] - 1
    return np.pad(x, [(0, 0), (reach, reach * (layer.dilation_rate[0] - 1)), (0, 0)])


def _at_the_end(layer: Any, x: Doubles) -> Doubles:
    return np.pad(x, [(0, 0), (0, (layer.kernel_size[0] - 1) * layer.dilation_rate[0]), (0, 0)])


def _interleaved(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    x = channels_last(layer, inputs[0])
    mixed = x.reshape(*x.shape[:-1], -1, layer.groups).swapaxes(-1, -2).reshape(x.shape)
    return convolution(layer, [restored(layer, mixed)], weights)


ORACLE: Oracle = {
    Conv1D: convolution,
    Conv2D: convolution,
    Conv3D: convolution,
}

MUTATIONS: Mutations = {
    "symmetric padding": ("Conv2D-same-stride2-even", "windows.same_padding", _symmetric),
    "symmetric padding in 1D": ("Conv1D-same-stride2-even", "windows.same_padding", _symmetric),
    "symmetric padding in 3D": ("Conv3D-same-stride2-even", "windows.same_padding", _symmetric),
    "kernel flipped": ("Conv2D-valid", Conv2D, _flipped),
    "kernel flipped in 1D": ("Conv1D-valid", Conv1D, _flipped),
    "kernel flipped in 3D": ("Conv3D-valid", Conv3D, _flipped),
    "causal padding at the end": ("Conv1D-causal", "convolution.causally_padded", _at_the_end),
    "causal padding of an undilated kernel": ("Conv1D-causal-dilated", "convolution.causally_padded", _undilated),
    "groups interleaved": ("Conv3D-groups", Conv3D, _interleaved),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
