"""Pooling layers."""

from __future__ import annotations

import math

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from modelspec.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D, Pooling2D
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules
from modelspec_torch.lower.windows import Pair, window_padding


class PaddedMaxPool2d(nn.MaxPool2d):
    """Max pooling with a padding of its own before it, of minus infinity."""

    pad: nn.Module

    def forward(self, input: Tensor) -> Tensor:
        return F.max_pool2d(self.pad(input), self.kernel_size, self.stride)


class PaddedAvgPool2d(nn.AvgPool2d):
    """Average pooling with a padding of its own before it, which the averages leave out."""

    pad: nn.Module

    def forward(self, input: Tensor) -> Tensor:
        inside = input.new_ones((1, 1, *input.shape[2:]))
        return super().forward(self.pad(input)) / super().forward(self.pad(inside))


class _GlobalPool2d(nn.Module):
    def __init__(self, keepdim: bool) -> None:
        super().__init__()
        self.keepdim = keepdim

    def extra_repr(self) -> str:
        return f"keepdim={self.keepdim}"


class GlobalAvgPool2d(_GlobalPool2d):
    """The mean over height and width."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3), keepdim=self.keepdim)


class GlobalMaxPool2d(_GlobalPool2d):
    """The largest value over height and width."""

    def forward(self, x: Tensor) -> Tensor:
        return x.amax((2, 3), keepdim=self.keepdim)


def max_pooling2d(layer: MaxPooling2D, ctx: Context) -> nn.Module:
    """Native pooling, which pads with minus infinity by itself where it may."""
    own, pad = _padding(layer, ctx, -math.inf)
    if pad is None:
        return nn.MaxPool2d(layer.pool_size, layer.steps, padding=own)
    module = PaddedMaxPool2d(layer.pool_size, layer.steps)
    module.pad = pad
    return module


def average_pooling2d(layer: AveragePooling2D, ctx: Context) -> nn.Module:
    """Native pooling that does not count padding."""
    own, pad = _padding(layer, ctx, 0.0)
    if pad is None:
        return nn.AvgPool2d(layer.pool_size, layer.steps, padding=own, count_include_pad=False)
    module = PaddedAvgPool2d(layer.pool_size, layer.steps)
    module.pad = pad
    return module


def global_average_pooling2d(layer: GlobalAveragePooling2D, ctx: Context) -> nn.Module:
    """The mean."""
    return GlobalAvgPool2d(layer.keepdims)


def global_max_pooling2d(layer: GlobalMaxPooling2D, ctx: Context) -> nn.Module:
    """The maximum."""
    return GlobalMaxPool2d(layer.keepdims)


def _padding(layer: Pooling2D, ctx: Context, value: float) -> tuple[Pair, nn.Module | None]:
    return window_padding(ctx.spatial, layer.pool_size, layer.steps, (1, 1), layer.padding, value=value, limit=True)


RULES: Rules = {
    AveragePooling2D: average_pooling2d,
    GlobalAveragePooling2D: global_average_pooling2d,
    GlobalMaxPooling2D: global_max_pooling2d,
    MaxPooling2D: max_pooling2d,
}
