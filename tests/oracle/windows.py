"""Windows, gathered one axis at a time; a channels-first layer is computed in channels-last order."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np

from oracle.kinds import Doubles


def channels_last(layer: Any, x: Doubles) -> Doubles:
    """Return an array of the layer's data format in channels-last order."""
    return np.moveaxis(x, 1, -1) if layer.data_format == "channels_first" else x


def restored(layer: Any, x: Doubles) -> Doubles:
    """Return a channels-last array in the layer's data format."""
    return np.moveaxis(x, -1, 1) if layer.data_format == "channels_first" else x


def same_padding(n: int, k: int, s: int, d: int) -> tuple[int, int]:
    """Return Keras's padding: as much as ``ceil(n / s)`` windows need, the larger half at the end."""
    needed = max((ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0)
    return needed // 2, needed - needed // 2


def windows(
    x: Doubles, kernel: Sequence[int], strides: Sequence[int], *, dilation: Sequence[int], padding: str, fill: float = 0.0
) -> Doubles:
    """Return all windows of a channels-last array: (batch, positions..., kernel..., channels)."""
    rank = len(kernel)
    if padding == "same":
        sizes = zip(x.shape[1:-1], kernel, strides, dilation, strict=True)
        x = np.pad(x, [(0, 0), *(same_padding(n, k, s, d) for n, k, s, d in sizes), (0, 0)], constant_values=fill)
    for axis, (k, s, d) in enumerate(zip(kernel, strides, dilation, strict=True)):
        starts = np.arange(0, x.shape[1 + axis] - (k - 1) * d, s)
        seen = starts[:, None] + d * np.arange(k)
        x = np.moveaxis(np.take(x, seen, axis=1 + axis), 2 + axis, 1 + rank + axis)
    return x
