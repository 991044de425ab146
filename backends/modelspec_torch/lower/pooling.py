"""Pooling layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

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
from modelspec.tensors import Symbol
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules
from modelspec_torch.lower.windows import border, window_padding

_MAX: Mapping[int, Any] = {1: nn.MaxPool1d, 2: nn.MaxPool2d, 3: nn.MaxPool3d}
_AVERAGE: Mapping[int, Any] = {1: nn.AvgPool1d, 2: nn.AvgPool2d, 3: nn.AvgPool3d}
_ADAPTIVE_MAX: Mapping[int, Any] = {1: nn.AdaptiveMaxPool1d, 2: nn.AdaptiveMaxPool2d, 3: nn.AdaptiveMaxPool3d}
_ADAPTIVE_AVERAGE: Mapping[int, Any] = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d, 3: nn.AdaptiveAvgPool3d}
"""By the number of spatial axes."""


class MaxPoolOfAnyLength(nn.MaxPool2d):
    """Max pooling along one axis, as along the width of an image one pixel high.

    ``torch.export`` takes the length that it sees in ``nn.MaxPool1d`` for a constant.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.max_pool2d(input.unsqueeze(2), self.kernel_size, self.stride, self.padding).squeeze(2)


class PaddedAvgPool(nn.Module):
    """Average pooling with a padding of its own before it, which the averages leave out."""

    def __init__(self, pad: nn.Module, pool: nn.Module) -> None:
        super().__init__()
        self.pad, self.pool = pad, pool

    def forward(self, x: Tensor) -> Tensor:
        inside = x.new_ones((1, 1, *x.shape[2:]))
        return self.pool(self.pad(x)) / self.pool(self.pad(inside))


class _GlobalPool(nn.Module):
    def __init__(self, rank: int, keepdim: bool) -> None:
        super().__init__()
        self.dim, self.keepdim = tuple(range(2, 2 + rank)), keepdim

    def extra_repr(self) -> str:
        return f"dim={self.dim}, keepdim={self.keepdim}"


class GlobalAvgPool(_GlobalPool):
    """The mean over the spatial axes."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(self.dim, keepdim=self.keepdim)


class GlobalMaxPool(_GlobalPool):
    """The largest value over the spatial axes."""

    def forward(self, x: Tensor) -> Tensor:
        return x.amax(self.dim, keepdim=self.keepdim)


def max_pooling(layer: Pooling, ctx: Context) -> nn.Module:
    """Native pooling, which pads with minus infinity by itself where it may; else a padding before it."""
    own, pad = window_padding(
        ctx.spatial, layer.pool_size, layer.steps, (1,) * layer.spatial_rank, layer.padding, value=-math.inf, limit=True
    )
    if layer.spatial_rank == 1 and isinstance(ctx.spatial[0], Symbol):
        pool = MaxPoolOfAnyLength((1, *layer.pool_size), (1, *layer.steps), padding=(0, *own))
    else:
        pool = _MAX[layer.spatial_rank](layer.pool_size, layer.steps, padding=own)
    return pool if pad is None else nn.Sequential(pad, pool)


def average_pooling(layer: Pooling, ctx: Context) -> nn.Module:
    """Native pooling that does not count padding.

    In 3D the padding always stands before it, for PyTorch refuses volumes that are smaller than the window without it.
    """
    rank = layer.spatial_rank
    own, pad = window_padding(ctx.spatial, layer.pool_size, layer.steps, (1,) * rank, layer.padding, limit=True)
    if rank == 3 and any(own):
        own, pad = (0,) * rank, border([(amount, amount) for amount in own])
    pool = _AVERAGE[rank](layer.pool_size, layer.steps, padding=own, count_include_pad=False)
    return pool if pad is None else PaddedAvgPool(pad, pool)


def global_average_pooling(layer: GlobalPooling, ctx: Context) -> nn.Module:
    """The mean."""
    return GlobalAvgPool(layer.spatial_rank, layer.keepdims)


def global_max_pooling(layer: GlobalPooling, ctx: Context) -> nn.Module:
    """The maximum."""
    return GlobalMaxPool(layer.spatial_rank, layer.keepdims)


def adaptive_average_pooling(layer: AdaptivePooling, ctx: Context) -> nn.Module:
    """Native pooling, whose windows are Keras's."""
    return _ADAPTIVE_AVERAGE[layer.spatial_rank](layer.output_size)


def adaptive_max_pooling(layer: AdaptivePooling, ctx: Context) -> nn.Module:
    """Native pooling, whose windows are Keras's; the maximum where the output is of size 1, as Keras's is lowered too."""
    if max(layer.output_size) == 1:
        return GlobalMaxPool(layer.spatial_rank, keepdim=True)
    return _ADAPTIVE_MAX[layer.spatial_rank](layer.output_size)


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
