"""The oracle of transposed layers."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from modelspec.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose, Transposed
from oracle.activations import activate
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last, restored


def full(layer: Any, x: Doubles, kernel: Doubles) -> Doubles:
    """Return the sum of the kernel times each input, ``strides`` apart: (batch, positions..., filters)."""
    sizes = x.shape[1:-1]
    steps = list(zip(sizes, layer.kernel_size, layer.strides, layer.dilation_rate, strict=True))
    made = np.zeros((x.shape[0], *((n - 1) * s + (k - 1) * d + 1 for n, k, s, d in steps), layer.filters))
    for offset in product(*map(range, layer.kernel_size)):
        reached = [slice(at * d, at * d + (n - 1) * s + 1, s) for at, (n, _, s, d) in zip(offset, steps, strict=True)]
        made[:, *reached] += x @ kernel[offset].T
    return made


def output_size(n: int, k: int, s: int, d: int, padding: str, extra: int | None) -> int:
    """Return how many outputs Keras wants."""
    reach = (k - 1) * d + 1
    if padding == "same":
        return n * s if extra is None else (n - 1) * s + reach % 2 + extra
    return (n - 1) * s + (max(reach, s) if extra is None else reach + extra)


def cut_at_the_start(total: int) -> int:
    """Return how many of the outputs that are too many TensorFlow cuts off at the start: the smaller half."""
    return total // 2


def transposed(layer: Transposed, inputs: list[Doubles], weights: Weights) -> Doubles:
    x = channels_last(layer, inputs[0])
    made = full(layer, x, weights["kernel"])
    extras = layer.output_padding or (None,) * layer.spatial_rank
    windows = zip(x.shape[1:-1], layer.kernel_size, layer.strides, layer.dilation_rate, extras, strict=True)
    for axis, (n, k, s, d, extra) in enumerate(windows, start=1):
        size, reached = output_size(n, k, s, d, layer.padding, extra), made.shape[axis]
        start = cut_at_the_start(max(reached - size, 0))
        made = np.pad(made, [(0, max(size - reached, 0) if other == axis else 0) for other in range(made.ndim)])
        made = np.take(made, np.arange(start, start + size), axis=axis)
    return activate(layer.activation, restored(layer, made + weights.get("bias", 0.0)))


def _larger_half(total: int) -> int:
    return -(-total // 2)


def _without_short_kernels(n: int, k: int, s: int, d: int, padding: str, extra: int | None) -> int:
    reach = (k - 1) * d + 1
    if padding == "same":
        return n * s if extra is None else (n - 1) * s + reach % 2 + extra
    return (n - 1) * s + reach + (extra or 0)


def _swapped(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return transposed(layer, inputs, {**weights, "kernel": weights["kernel"].swapaxes(-1, -2)})


def _flipped(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return transposed(layer, inputs, {**weights, "kernel": np.flip(weights["kernel"], range(layer.spatial_rank))})


ORACLE: Oracle = {
    Conv1DTranspose: transposed,
    Conv2DTranspose: transposed,
    Conv3DTranspose: transposed,
}

MUTATIONS: Mutations = {
    "transposed: the larger half cut at the start": (
        "Conv2DTranspose-same-stride2",
        "transposed.cut_at_the_start",
        _larger_half,
    ),
    "transposed: size with a kernel below the stride": (
        "Conv1DTranspose-stride3-kernel2",
        "transposed.output_size",
        _without_short_kernels,
    ),
    "transposed: kernel axes swapped": ("Conv3DTranspose-square", Conv3DTranspose, _swapped),
    "transposed: kernel flipped": ("Conv2DTranspose-valid", Conv2DTranspose, _flipped),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
