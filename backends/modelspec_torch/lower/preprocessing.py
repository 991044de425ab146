"""Layers that prepare data."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modelspec.layers.preprocessing import Constant, Rescaling
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class Rescale(nn.Module):
    """``x * scale + offset``; integers become floating-point numbers first."""

    scale: Tensor | float
    offset: Tensor | float

    def __init__(self, scale: Constant, offset: Constant, dtype: torch.dtype) -> None:
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


def rescaling(layer: Rescaling, ctx: Context) -> nn.Module:
    """The constants in the data type of the output; they are not part of the state dict."""
    return Rescale(layer.scale, layer.offset, ctx.dtype)


RULES: Rules = {
    Rescaling: rescaling,
}
