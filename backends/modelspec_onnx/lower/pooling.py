"""Pooling layers."""

from __future__ import annotations

from collections.abc import Callable
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
from modelspec.weights import Array
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.convolution import window_attributes
from modelspec_onnx.lower.rules import Rules


def max_pooling(layer: Pooling, site: Site) -> None:
    """Lower to MaxPool."""
    site.emit("MaxPool", [site.input], **_window(layer, site))


def average_pooling(layer: Pooling, site: Site) -> None:
    """Lower to AveragePool, which leaves the padding out of the mean."""
    site.emit("AveragePool", [site.input], count_include_pad=0, **_window(layer, site))


def global_average_pooling(layer: GlobalPooling, site: Site) -> None:
    """Lower to GlobalAveragePool, and Flatten unless the dimensions stay."""
    _global(layer, site, "GlobalAveragePool")


def global_max_pooling(layer: GlobalPooling, site: Site) -> None:
    """Lower to GlobalMaxPool, and Flatten unless the dimensions stay."""
    _global(layer, site, "GlobalMaxPool")


def adaptive_average_pooling(layer: AdaptivePooling, site: Site) -> None:
    """Lower to AveragePool where all windows are equal and meet; else gather the windows along each axis, and sum what they
    hold by its share."""

    def mean(windows: str, members: Array, axis: int, step: str) -> str:
        first = np.concatenate([np.ones((len(members), 1), bool), members[:, 1:] != members[:, :-1]], axis=1)
        shares = (first / first.sum(axis=1, keepdims=True)).reshape(*members.shape, *[1] * (site.node.output.rank - 1 - axis))
        weighted = site.emit("Mul", [windows, site.constant(f"shares_{axis}", shares)], step=f"weighted_{axis}")
        return site.reduce("ReduceSum", weighted, [axis + 1], step=step, keepdims=False)

    _adaptive(layer, site, "AveragePool", mean)


def adaptive_max_pooling(layer: AdaptivePooling, site: Site) -> None:
    """Lower to MaxPool where all windows are equal and meet; else gather the windows along each axis, and take their maxima."""

    def largest(windows: str, members: Array, axis: int, step: str) -> str:
        return site.reduce("ReduceMax", windows, [axis + 1], step=step, keepdims=False)

    _adaptive(layer, site, "MaxPool", largest)


def _window(layer: Pooling, site: Site) -> dict[str, Any]:
    sizes = site.node.input_types[0].shape[1:]
    return window_attributes(sizes, layer.pool_size, layer.steps, (1,) * layer.spatial_rank, layer.padding)


def _global(layer: GlobalPooling, site: Site, op: str) -> None:
    if layer.keepdims:
        site.emit(op, [site.input])
    else:
        site.emit("Flatten", [site.emit(op, [site.input], step="pooled")], axis=1)


def _adaptive(layer: AdaptivePooling, site: Site, op: str, reduced: Callable[[str, Array, int, str], str]) -> None:
    """Emit adaptive pooling; ``reduced`` emits what is made of gathered windows (the tensor, the indices of their members,
    the axis before them, and the step)."""
    if set(layer.output_size) == {1}:
        site.emit(f"Global{op}", [site.input])
        return
    sizes = [size for size in site.node.input_types[0].shape[1:] if isinstance(size, int)]
    if all(n % m == 0 for n, m in zip(sizes, layer.output_size, strict=True)):
        window = [n // m for n, m in zip(sizes, layer.output_size, strict=True)]
        site.emit(op, [site.input], kernel_shape=window, strides=window)
        return
    value = site.input
    changed = [axis for axis, (n, m) in enumerate(zip(sizes, layer.output_size, strict=True), 2) if n != m]
    for axis in changed:
        members = _members(sizes[axis - 2], layer.output_size[axis - 2])
        indices = site.constant(f"members_{axis}", members, np.int64)
        windows = site.emit("Gather", [value, indices], step=f"windows_{axis}", axis=axis)
        value = reduced(windows, members, axis, f"pooled_{axis}" if axis != changed[-1] else "")


def _members(n: int, m: int) -> Array:
    """Return the indices of what each output sees, shaped (m, largest window); smaller windows repeat their last one."""
    starts = np.arange(m) * n // m
    ends = -(-(np.arange(m) + 1) * n // m)
    longest = int((ends - starts).max())
    return np.minimum(starts[:, None] + np.arange(longest), ends[:, None] - 1)


RULES: Rules = {
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
