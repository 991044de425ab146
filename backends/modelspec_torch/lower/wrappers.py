"""Layers that hold another layer."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from modelspec.layers.recurrent import Recurrent
from modelspec.layers.wrappers import Bidirectional, FoldTime, UnfoldTime
from modelspec_torch.lower import recurrent
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class BothDirections(nn.Module):
    """Two recurrent layers, one of which reads backwards, and how their outputs are merged."""

    def __init__(self, forward_layer: nn.Module, backward_layer: nn.Module, merge_mode: str, *, sequences: bool) -> None:
        super().__init__()
        self.forward_layer, self.backward_layer = forward_layer, backward_layer
        self.merge_mode, self.sequences = merge_mode, sequences

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.forward_layer(x), self.backward_layer(x)
        if self.sequences:
            second = second.flip(1)
        match self.merge_mode:
            case "concat":
                return torch.cat([first, second], -1)
            case "mul":
                return first * second
            case "ave":
                return (first + second) / 2
            case _:
                return first + second

    def extra_repr(self) -> str:
        return f"merge_mode={self.merge_mode}"


class Fold(nn.Module):
    """The time axis as a part of the batch."""

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(0, 1)


class Unfold(nn.Module):
    """A number of time steps out of the batch."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps

    def forward(self, x: Tensor) -> Tensor:
        return x.unflatten(0, (-1, self.steps))

    def extra_repr(self) -> str:
        return f"steps={self.steps}"


def bidirectional(layer: Bidirectional, ctx: Context) -> nn.Module:
    """A module with two recurrent ones."""
    forward, backward = (recurrent.RULES[type(it)](it, _inside(ctx, it, prefix)) for prefix, it in layer.directions.items())
    return BothDirections(forward, backward, layer.merge_mode, sequences=layer.layer.return_sequences)


def _inside(ctx: Context, layer: Recurrent, prefix: str) -> Context:
    """Return the context of a layer that is inside of the node's, and whose weights' names have a prefix there."""
    weights = tuple(
        replace(bound, weight=replace(bound.weight, name=bound.weight.name.removeprefix(prefix)))
        for bound in ctx.node.weights
        if bound.weight.name.startswith(prefix)
    )
    arrays = {name.removeprefix(prefix): array for name, array in ctx.weights.items() if name.startswith(prefix)}
    return Context(replace(ctx.node, layer=layer, weights=weights), arrays)


def fold_time(layer: FoldTime, ctx: Context) -> nn.Module:
    """``Tensor.flatten``."""
    return Fold()


def unfold_time(layer: UnfoldTime, ctx: Context) -> nn.Module:
    """``Tensor.unflatten``."""
    assert isinstance(layer.steps, int)
    return Unfold(layer.steps)


RULES: Rules = {
    Bidirectional: bidirectional,
    FoldTime: fold_time,
    UnfoldTime: unfold_time,
}
