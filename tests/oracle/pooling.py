"""The oracle of pooling layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last, restored, windows


def max_pooling(layer: MaxPooling2D, inputs: list[Doubles], _: Weights) -> Doubles:
    x = channels_last(layer, inputs[0])
    strides = layer.strides or layer.pool_size
    seen = windows(x, layer.pool_size, strides, dilation=(1, 1), padding=layer.padding, fill=-np.inf)
    return restored(layer, seen.max(axis=(3, 4)))


def average_pooling(layer: AveragePooling2D, inputs: list[Doubles], _: Weights) -> Doubles:
    """Padding is not a number, and so does not count in the mean."""
    x = channels_last(layer, inputs[0])
    strides = layer.strides or layer.pool_size
    seen = windows(x, layer.pool_size, strides, dilation=(1, 1), padding=layer.padding, fill=np.nan)
    return restored(layer, np.nanmean(seen, axis=(3, 4)))


def global_average_pooling(layer: GlobalAveragePooling2D, inputs: list[Doubles], _: Weights) -> Doubles:
    made = channels_last(layer, inputs[0]).mean(axis=(1, 2), keepdims=layer.keepdims)
    return restored(layer, made) if layer.keepdims else made


def global_max_pooling(layer: GlobalMaxPooling2D, inputs: list[Doubles], _: Weights) -> Doubles:
    made = channels_last(layer, inputs[0]).max(axis=(1, 2), keepdims=layer.keepdims)
    return restored(layer, made) if layer.keepdims else made


def _symmetric(_: int, k: int, __: int, d: int) -> tuple[int, int]:
    return (k - 1) * d // 2, (k - 1) * d // 2


def _counting_padding(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    x = channels_last(layer, inputs[0])
    seen = windows(x, layer.pool_size, layer.strides or layer.pool_size, dilation=(1, 1), padding=layer.padding)
    return restored(layer, seen.mean(axis=(3, 4)))


def _padded_with_zeros(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    x = channels_last(layer, inputs[0])
    seen = windows(x, layer.pool_size, layer.strides or layer.pool_size, dilation=(1, 1), padding=layer.padding)
    return restored(layer, seen.max(axis=(3, 4)))


ORACLE: Oracle = {
    AveragePooling2D: average_pooling,
    GlobalAveragePooling2D: global_average_pooling,
    GlobalMaxPooling2D: global_max_pooling,
    MaxPooling2D: max_pooling,
}

MUTATIONS: Mutations = {
    "symmetric padding of pools": ("MaxPooling2D-same-3-stride2-even", "windows.same_padding", _symmetric),
    "maximum with zeros": ("MaxPooling2D-same-negative", MaxPooling2D, _padded_with_zeros),
    "average counts padding": ("AveragePooling2D-same-odd", AveragePooling2D, _counting_padding),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
