"""Layers that prepare data."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from modelspec.layers.fields import Numbers
from modelspec.layers.preprocessing import Cast, Normalization, Rescaling
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class Rescale(nn.Module):
    """``x * scale + offset``; integers become floating-point numbers first."""

    scale: Tensor | float
    offset: Tensor | float

    def __init__(self, scale: Numbers, offset: Numbers, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype
        for name, constant in (("scale", scale), ("offset", offset)):
            if isinstance(constant, tuple):
                self.register_buffer(name, torch.tensor(constant, dtype=dtype), persistent=False)
            else:
                setattr(self, name, constant)

    def forward(self, x: Tensor) -> Tensor:
        if not x.is_floating_point():
            x = x.to(self.dtype)
        return x * self.scale + self.offset

    def extra_repr(self) -> str:
        shown = {
            name: list(constant.shape) if isinstance(constant, Tensor) else constant
            for name, constant in (("scale", self.scale), ("offset", self.offset))
        }
        return ", ".join(f"{name}={value}" for name, value in shown.items())


class Normalize(nn.Module):
    """``(x - mean) / deviation`` with the root of the variance, 1e-7 at the least, for the deviation, or the inverse of it.

    ``shape`` is how the mean and the variance broadcast; ``count`` is Keras's number of adapted examples, and is not used.
    """

    mean: Tensor
    variance: Tensor

    def __init__(self, shape: tuple[int, ...], dtype: torch.dtype, *, invert: bool) -> None:
        super().__init__()
        self.shape, self.dtype, self.invert = shape, dtype, invert

    def forward(self, x: Tensor) -> Tensor:
        if not x.is_floating_point():
            x = x.to(self.dtype)
        mean, deviation = self.mean.view(self.shape), self.variance.view(self.shape).sqrt().clamp_min(1e-7)
        return x * deviation + mean if self.invert else (x - mean) / deviation

    def extra_repr(self) -> str:
        return f"shape={self.shape}, invert={self.invert}"


def normalization(layer: Normalization, ctx: Context) -> nn.Module:
    """The definition; a mean and a variance that the spec gives are not part of the state dict."""
    shape = layer.broadcast_shape(ctx.input)
    module = Normalize(shape, ctx.dtype, invert=layer.invert)
    if layer.mean is None or layer.variance is None:
        return ctx.bind(module)
    sizes = [shape[axis - 1] for axis in layer.axes_of(ctx.input)]
    for name, given in (("mean", layer.mean), ("variance", layer.variance)):
        values = np.broadcast_to(np.asarray(given, ctx.node.output.array_dtype), sizes)
        module.register_buffer(name, torch.from_numpy(values.copy()).to(ctx.dtype), persistent=False)
    return module


def rescaling(layer: Rescaling, ctx: Context) -> nn.Module:
    """The constants in the data type of the output; they are not part of the state dict."""
    return Rescale(layer.scale, layer.offset, ctx.dtype)


class Convert(nn.Module):
    """The input in another data type."""

    def __init__(self, dtype: torch.dtype) -> None:
        super().__init__()
        self.dtype = dtype

    def forward(self, x: Tensor) -> Tensor:
        return x.to(self.dtype)


def cast(layer: Cast, ctx: Context) -> nn.Module:
    """A conversion; it has no weights."""
    return Convert(ctx.dtype)


RULES: Rules = {
    Cast: cast,
    Normalization: normalization,
    Rescaling: rescaling,
}
