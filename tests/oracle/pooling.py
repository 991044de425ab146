"""The oracle of pooling layers."""

from __future__ import annotations

from math import ceil, floor, nan
from typing import Any

import numpy as np

from modelspec.layers.pooling import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
    AdaptivePooling,
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    GlobalPooling,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
    Pooling,
)
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last, restored, windows


def _seen(layer: Pooling, x: Doubles, fill: float) -> tuple[Doubles, tuple[int, ...]]:
    """Return all windows of an input with padding of a value, and the axes of what each of them holds."""
    strides = layer.strides or layer.pool_size
    rank = layer.spatial_rank
    seen = windows(channels_last(layer, x), layer.pool_size, strides, dilation=(1,) * rank, padding=layer.padding, fill=fill)
    return seen, tuple(range(1 + rank, 1 + 2 * rank))


def max_pooling(layer: Pooling, inputs: list[Doubles], _: Weights) -> Doubles:
    seen, held = _seen(layer, inputs[0], -np.inf)
    return restored(layer, seen.max(axis=held))


def average_pooling(layer: Pooling, inputs: list[Doubles], _: Weights) -> Doubles:
    """Padding is not a number, and so does not count in the mean."""
    seen, held = _seen(layer, inputs[0], nan)
    return restored(layer, np.nanmean(seen, axis=held))


def _global(layer: GlobalPooling, x: Doubles, reduced: Any) -> Doubles:
    made = reduced(channels_last(layer, x), axis=tuple(range(1, 1 + layer.spatial_rank)), keepdims=layer.keepdims)
    return restored(layer, made) if layer.keepdims else made


def global_average_pooling(layer: GlobalPooling, inputs: list[Doubles], _: Weights) -> Doubles:
    return _global(layer, inputs[0], np.mean)


def global_max_pooling(layer: GlobalPooling, inputs: list[Doubles], _: Weights) -> Doubles:
    return _global(layer, inputs[0], np.max)


def adaptive_window(i: int, n: int, m: int) -> slice:
    """Return what output ``i`` of ``m`` sees of ``n`` elements."""
    return slice(floor(i * n / m), ceil((i + 1) * n / m))


def _adaptive(layer: AdaptivePooling, x: Doubles, reduced: Any) -> Doubles:
    x = channels_last(layer, x)
    sizes, wanted = x.shape[1:-1], layer.output_size
    made = np.empty((len(x), *wanted, x.shape[-1]))
    for place in np.ndindex(*wanted):
        window = tuple(adaptive_window(i, n, m) for i, n, m in zip(place, sizes, wanted, strict=True))
        made[(slice(None), *place)] = reduced(x[(slice(None), *window)], axis=tuple(range(1, 1 + layer.spatial_rank)))
    return restored(layer, made)


def adaptive_average_pooling(layer: AdaptivePooling, inputs: list[Doubles], _: Weights) -> Doubles:
    return _adaptive(layer, inputs[0], np.mean)


def adaptive_max_pooling(layer: AdaptivePooling, inputs: list[Doubles], _: Weights) -> Doubles:
    return _adaptive(layer, inputs[0], np.max)


def _symmetric(_: int, k: int, __: int, d: int) -> tuple[int, int]:
    return (k - 1) * d // 2, (k - 1) * d // 2


def _counting_padding(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    seen, held = _seen(layer, inputs[0], 0.0)
    return restored(layer, seen.mean(axis=held))


def _padded_with_zeros(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    seen, held = _seen(layer, inputs[0], 0.0)
    return restored(layer, seen.max(axis=held))


def _equal_windows(i: int, n: int, m: int) -> slice:
    return slice(i * (n // m), i * (n // m) + n - (m - 1) * (n // m))


def _windows_that_meet(i: int, n: int, m: int) -> slice:
    return slice(floor(i * n / m), floor((i + 1) * n / m))


ORACLE: Oracle = {
    AdaptiveAveragePooling1D: adaptive_average_pooling,
    AdaptiveAveragePooling2D: adaptive_average_pooling,
    AdaptiveAveragePooling3D: adaptive_average_pooling,
    AdaptiveMaxPooling1D: adaptive_max_pooling,
    AdaptiveMaxPooling2D: adaptive_max_pooling,
    AdaptiveMaxPooling3D: adaptive_max_pooling,
    AveragePooling1D: average_pooling,
    AveragePooling2D: average_pooling,
    AveragePooling3D: average_pooling,
    GlobalAveragePooling1D: global_average_pooling,
    GlobalAveragePooling2D: global_average_pooling,
    GlobalAveragePooling3D: global_average_pooling,
    GlobalMaxPooling1D: global_max_pooling,
    GlobalMaxPooling2D: global_max_pooling,
    GlobalMaxPooling3D: global_max_pooling,
    MaxPooling1D: max_pooling,
    MaxPooling2D: max_pooling,
    MaxPooling3D: max_pooling,
}

MUTATIONS: Mutations = {
    "symmetric padding of pools": ("MaxPooling2D-same-3-stride2-even", "windows.same_padding", _symmetric),
    "maximum with zeros": ("MaxPooling2D-same-negative", MaxPooling2D, _padded_with_zeros),
    "maximum with zeros in 1D": ("MaxPooling1D-same-negative", MaxPooling1D, _padded_with_zeros),
    "average counts padding": ("AveragePooling2D-same-odd", AveragePooling2D, _counting_padding),
    "average counts padding in 3D": ("AveragePooling3D-same-stride2", AveragePooling3D, _counting_padding),
    "adaptive pooling as windows of one size": ("AdaptiveAveragePooling2D-uneven", "pooling.adaptive_window", _equal_windows),
    "adaptive windows that only meet": ("AdaptiveMaxPooling1D-uneven", "pooling.adaptive_window", _windows_that_meet),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
