"""Normalization layers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from modelspec.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class BatchNorm(nn.Module):
    """Batch normalization as Keras defines it, along any axis.

    ``nn.BatchNorm2d`` differs: its running variance is unbiased, its momentum is 1 minus Keras's, and it refuses a batch
    with one value for each channel, for which this gives ``bias``. A frozen one also uses its running statistics in
    training.
    """

    weight: nn.Parameter | None
    bias: nn.Parameter | None
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, size: int, axis: int, momentum: float, eps: float, *, frozen: bool) -> None:
        super().__init__()
        self.size, self.axis, self.momentum, self.eps, self.frozen = size, axis, momentum, eps, frozen
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)

    def forward(self, x: Tensor) -> Tensor:
        channels_first = x if self.axis == 1 else x.movedim(self.axis, 1)
        if self.training and not self.frozen:
            result = self._train(channels_first)
        else:
            result = self._normalize(channels_first, self.running_mean, self.running_var, training=False)
        return result if self.axis == 1 else result.movedim(1, self.axis)

    def _train(self, x: Tensor) -> Tensor:
        mean, variance = torch.zeros_like(self.running_mean), torch.zeros_like(self.running_var)
        result = self._normalize(x, mean, variance, training=True)
        count = x.numel() // self.size
        with torch.no_grad():
            biased = variance * ((count - 1) / count) if count > 1 else torch.zeros_like(variance)
            self.running_mean.mul_(self.momentum).add_(mean, alpha=1 - self.momentum)
            self.running_var.mul_(self.momentum).add_(biased, alpha=1 - self.momentum)
        return result

    def _normalize(self, x: Tensor, mean: Tensor, variance: Tensor, *, training: bool) -> Tensor:
        """Call the native operator; in training it leaves the batch's mean and unbiased variance (momentum 1)."""
        return torch.batch_norm(
            x, self.weight, self.bias, mean, variance, training, 1.0, self.eps, torch.backends.cudnn.enabled
        )

    def extra_repr(self) -> str:
        frozen = ", frozen" if self.frozen else ""
        return f"{self.size}, axis={self.axis}, momentum={self.momentum:g}, eps={self.eps:g}{frozen}"


class GroupNorm(nn.Module):
    """Group normalization along any axis; ``nn.GroupNorm`` has axis 1, both weights or neither, and refuses a batch with one
    value in each group, for which this gives ``bias``.

    PyTorch 2.13 cannot differentiate its operator with a bias alone, so that is added after it; and its backward pass crashes
    for an input that needs no gradient and is not contiguous."""

    weight: nn.Parameter | None
    bias: nn.Parameter | None

    def __init__(self, groups: int, axis: int, eps: float) -> None:
        super().__init__()
        self.groups, self.axis, self.eps = groups, axis, eps
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)

    def forward(self, x: Tensor) -> Tensor:
        channels_first = x if self.axis == 1 else x.movedim(self.axis, 1)
        if torch.is_grad_enabled():
            channels_first = channels_first.contiguous()
        bias = None if self.weight is None else self.bias
        result = torch.group_norm(channels_first, self.groups, self.weight, bias, self.eps)
        if self.weight is None and self.bias is not None:
            result = result + self.bias.view(-1, *[1] * (x.ndim - 2))
        return result if self.axis == 1 else result.movedim(1, self.axis)

    def extra_repr(self) -> str:
        return f"{self.groups}, axis={self.axis}, eps={self.eps:g}"


class LayerNorm(nn.Module):
    """Layer normalization along any axes, with any weights."""

    weight: nn.Parameter | None
    bias: nn.Parameter | None

    def __init__(self, shape: Sequence[int], axes: Sequence[int], eps: float) -> None:
        super().__init__()
        self.shape, self.axes, self.eps = tuple(shape), tuple(axes), eps
        self.register_parameter("weight", None)
        self.register_parameter("bias", None)

    def forward(self, x: Tensor) -> Tensor:
        last = tuple(range(-len(self.axes), 0))
        result = torch.layer_norm(x.movedim(self.axes, last), self.shape, self.weight, self.bias, self.eps)
        return result.movedim(last, self.axes)

    def extra_repr(self) -> str:
        return f"{self.shape}, axes={self.axes}, eps={self.eps:g}"


class RMSNorm(nn.Module):
    """Normalization by the root of the mean square along any axes; ``shape`` is how the weight broadcasts."""

    weight: nn.Parameter

    def __init__(self, shape: Sequence[int], axes: Sequence[int], eps: float) -> None:
        super().__init__()
        self.shape, self.axes, self.eps = tuple(shape), tuple(axes), eps

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(self.axes, keepdim=True) + self.eps) * self.weight.view(self.shape)

    def extra_repr(self) -> str:
        return f"axes={self.axes}, eps={self.eps:g}"


class UnitNorm(nn.Module):
    """Division by the L2 norm along axes."""

    def __init__(self, axes: Sequence[int]) -> None:
        super().__init__()
        self.axes = tuple(axes)

    def forward(self, x: Tensor) -> Tensor:
        return unit(x, self.axes, 1e-12)

    def extra_repr(self) -> str:
        return f"axes={self.axes}"


def unit(x: Tensor, axes: tuple[int, ...], least: float) -> Tensor:
    """Return a tensor over its L2 norm along axes, which counts as ``least`` where it is smaller."""
    return x / torch.linalg.vector_norm(x, dim=axes, keepdim=True).clamp_min(least)


def batch_normalization(layer: BatchNormalization, ctx: Context) -> nn.Module:
    """Batch normalization; one that is not trainable is frozen, as in Keras."""
    axis = layer.axis_of(ctx.input)
    size = ctx.input.shape[axis - 1]
    assert isinstance(size, int)
    return ctx.bind(BatchNorm(size, axis, layer.momentum, layer.epsilon, frozen=not layer.trainable))


def group_normalization(layer: GroupNormalization, ctx: Context) -> nn.Module:
    """``torch.group_norm``, along any axis."""
    return ctx.bind(GroupNorm(layer.groups_of(ctx.input), layer.axis_of(ctx.input), layer.epsilon))


def layer_normalization(layer: LayerNormalization, ctx: Context) -> nn.Module:
    """Native layer normalization, where the axes are the last ones and the weights those that it can have."""
    axes = layer.axes_of(ctx.input)
    shape = _sizes(ctx, axes)
    if axes[-1] - axes[0] == len(axes) - 1 and axes[-1] == ctx.input.rank - 1 and (layer.scale or not layer.center):
        native = nn.LayerNorm(shape, layer.epsilon, layer.scale, layer.center, device="meta")
        return ctx.bind(native)
    return ctx.bind(LayerNorm(shape, axes, layer.epsilon))


def rms_normalization(layer: RMSNormalization, ctx: Context) -> nn.Module:
    """The definition, along any axes."""
    axes = layer.axes_of(ctx.input)
    sizes = dict(zip(axes, _sizes(ctx, axes), strict=True))
    return ctx.bind(RMSNorm([sizes.get(axis, 1) for axis in range(ctx.input.rank)], axes, layer.epsilon))


def unit_normalization(layer: UnitNormalization, ctx: Context) -> nn.Module:
    """The definition; where the norm is 0 the gradient is finite, as ``nn.functional.normalize`` has it."""
    return UnitNorm(layer.axes_of(ctx.input))


def _sizes(ctx: Context, axes: Sequence[int]) -> list[int]:
    sizes = [ctx.input.shape[axis - 1] for axis in axes]
    return [size for size in sizes if isinstance(size, int)]


RULES: Rules = {
    BatchNormalization: batch_normalization,
    GroupNormalization: group_normalization,
    LayerNormalization: layer_normalization,
    RMSNormalization: rms_normalization,
    UnitNormalization: unit_normalization,
}
