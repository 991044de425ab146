"""Layers that join several inputs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modelspec.layers.merging import Add, Concatenate
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class Sum(nn.Module):
    """The sum of the inputs; sizes of 1 broadcast."""

    def forward(self, first: Tensor, *others: Tensor) -> Tensor:
        total = first
        for other in others:
            total = total + other
        return total


class Concatenation(nn.Module):
    """The inputs one after another along an axis."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


def add(layer: Add, ctx: Context) -> nn.Module:
    """The sum, from first to last."""
    return Sum()


def concatenate(layer: Concatenate, ctx: Context) -> nn.Module:
    """``torch.cat``."""
    return Concatenation(layer.axis_of(ctx.input))


RULES: Rules = {
    Add: add,
    Concatenate: concatenate,
}
