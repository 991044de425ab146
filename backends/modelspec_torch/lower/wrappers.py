"""Layers that hold another layer."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from modelspec.backend import rule_of
from modelspec.layers.base import Layer
from modelspec.layers.recurrent import Recurrent
from modelspec.layers.wrappers import Bidirectional, FoldTime, SpectralNormalization, UnfoldTime
from modelspec_torch import lower
from modelspec_torch.axes import reading
from modelspec_torch.layouts import layout
from modelspec_torch.lower import recurrent
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules
from modelspec_torch.penalties import EPSILON, penalize_activity


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


class UnfoldLike(nn.Module):
    """As many time steps out of the batch as a second input has, which is what was folded."""

    def forward(self, x: Tensor, whole: Tensor) -> Tensor:
        return x.unflatten(0, whole.shape[:2])


class SpectrallyNormalized(nn.Module):
    """A layer whose kernel every call in training divides by an estimate of its largest singular value.

    ``kernel`` is the parameter's name in ``layer``; ``axes`` is the way from Keras's layout, in which it has ``shape``, to its
    own.
    """

    vector_u: Tensor

    def __init__(self, layer: nn.Module, kernel: str, axes: str, shape: tuple[int, ...], power_iterations: int) -> None:
        super().__init__()
        self.layer, self.kernel, self.power_iterations = layer, kernel, power_iterations
        self.sizes, self.order = reading(axes, shape)

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            self.normalize()
        return self.layer(x)

    @torch.no_grad()
    def normalize(self) -> None:
        """Store the kernel over its spectral norm, and the vector to start from at the next call; zeros stay as they are."""
        kernel = self.layer.get_parameter(self.kernel).view(self.sizes).permute(self.order)
        matrix = kernel.flatten(0, -2)
        u = v = self.vector_u
        for _ in range(self.power_iterations):
            v = _unit(u @ matrix.T)
            u = _unit(v @ matrix)
        zero = (matrix == 0).all()
        norm = torch.where(zero, 1, (v @ matrix @ u.T).squeeze())
        self.vector_u.copy_(torch.where(zero, self.vector_u, u))
        kernel.div_(norm)

    def extra_repr(self) -> str:
        return f"power_iterations={self.power_iterations}"


def _unit(row: Tensor) -> Tensor:
    """Return a vector over its norm; one that is shorter than 1e-7 stays shorter than 1, as in Keras."""
    return row * row.square().sum().rsqrt().clamp(max=1 / EPSILON)


def bidirectional(layer: Bidirectional, ctx: Context) -> nn.Module:
    """A module with two recurrent ones."""
    forward, backward = (
        _penalized(it, recurrent.RULES[type(it)](it, _inside(ctx, it, prefix))) for prefix, it in layer.directions.items()
    )
    return BothDirections(forward, backward, layer.merge_mode, sequences=layer.layer.return_sequences)


def _penalized(layer: Layer, module: nn.Module) -> nn.Module:
    """Return a module that is inside of another with the penalty on its output, where it has one."""
    regularizer = getattr(layer, "activity_regularizer", None)
    return module if regularizer is None else penalize_activity(module, regularizer)


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
    return UnfoldLike() if layer.steps is None else Unfold(layer.steps)


def spectral_normalization(layer: SpectralNormalization, ctx: Context) -> nn.Module:
    """A module around that of the layer inside."""
    inner = layer.layer
    vectors = tuple(bound for bound in ctx.node.weights if bound.weight.name == "vector_u")
    weights = tuple(bound for bound in ctx.node.weights if bound not in vectors)
    module = rule_of(inner, lower.RULES, "torch")(inner, Context(replace(ctx.node, layer=inner, weights=weights), ctx.weights))
    kernel = next(bound.weight for bound in weights if bound.weight.name == layer.kernel)
    own = layout(inner, kernel)
    wrapped = SpectrallyNormalized(_penalized(inner, module), own.name, own.axes, kernel.shape, layer.power_iterations)
    return Context(replace(ctx.node, weights=vectors), ctx.weights).bind(wrapped)


RULES: Rules = {
    Bidirectional: bidirectional,
    FoldTime: fold_time,
    SpectralNormalization: spectral_normalization,
    UnfoldTime: unfold_time,
}
