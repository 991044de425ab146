"""Traps of normalization: epsilon, the estimate of the variance, groups and axes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod, sqrt

import numpy as np

from modelspec.layers.axes import positive_axes
from modelspec.layers.normalization import GroupNormalization, LayerNormalization, RMSNormalization
from modelspec.verify.traps.trap import Alone, Trap, Variant


def _epsilon(*values: float) -> Callable[[Alone], Iterator[Variant]]:
    def variants(it: Alone) -> Iterator[Variant]:
        own = getattr(it.layer, "epsilon", None)
        for value in values if own is not None else ():
            for written in {value, float(np.float32(value))} - {own}:
                yield it.but(epsilon=written)

    return variants


def _epsilon_of_type(it: Alone) -> Iterator[Variant]:
    if isinstance(it.layer, RMSNormalization) and it.inputs[0].dtype.kind == "f":
        yield it.but(epsilon=float(np.finfo(it.inputs[0].dtype).eps))


def _unbiased(it: Alone) -> Iterator[Variant]:
    """Yield what an unbiased variance gives: a biased one with less epsilon, and a smaller factor."""
    if not isinstance(it.layer, LayerNormalization | GroupNormalization) or "gamma" not in it.weights:
        return
    shape = it.inputs[0].shape
    if isinstance(it.layer, LayerNormalization):
        count = prod(shape[axis] for axis in positive_axes(it.layer.axis, len(shape)))
    else:
        groups = it.layer.groups if it.layer.groups > 0 else len(it.weights["gamma"])
        count = prod(shape[1:]) // groups
    if count > 1:
        share = (count - 1) / count
        gamma = it.weights["gamma"].astype(np.float64) * sqrt(share)
        yield it.but(weights={"gamma": gamma}, epsilon=it.layer.epsilon * share)


def _groups(groups: int) -> Callable[[Alone], Iterator[Variant]]:
    def variants(it: Alone) -> Iterator[Variant]:
        if isinstance(it.layer, GroupNormalization) and it.layer.groups != groups:
            yield it.but(groups=groups)

    return variants


def _last_axis(it: Alone) -> Iterator[Variant]:
    """Yield normalization along the last axis, where its size is that of the right one."""
    if isinstance(it.layer, LayerNormalization | RMSNormalization):
        shape = it.inputs[0].shape
        axes = positive_axes(it.layer.axis, len(shape))
        if axes != (len(shape) - 1,):
            yield it.but(axis=-1)


TRAPS: tuple[Trap, ...] = (
    Trap("epsilon is 1e-5, the default of PyTorch and ONNX", _epsilon(1e-5)),
    Trap("epsilon is 1e-3, the default of Keras", _epsilon(1e-3)),
    Trap("epsilon is 1e-6", _epsilon(1e-6)),
    Trap("epsilon is the smallest step of the data type, as PyTorch's RMSNorm takes None", _epsilon_of_type),
    Trap("the variance is unbiased", _unbiased),
    Trap("all channels are one group", _groups(1)),
    Trap("every channel is a group", _groups(-1)),
    Trap("the last axis is normalized", _last_axis),
)
