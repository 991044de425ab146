"""Layers that join several inputs."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import torch
from torch import Tensor, nn

from modelspec.layers.merging import Add, Average, Concatenate, Dot, Maximum, Merge, Minimum, Multiply, Subtract
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.normalization import unit
from modelspec_torch.lower.rules import Rules


class Elementwise(nn.Module):
    """A function of two tensors, from the first input to the last; sizes of 1 broadcast.

    An input with fewer than ``rank`` axes gets sizes of 1 after the batch.
    """

    def __init__(self, rank: int) -> None:
        super().__init__()
        self.rank = rank

    def forward(self, *inputs: Tensor) -> Tensor:
        return reduce(self.join, [x if x.ndim == self.rank else self._expanded(x) for x in inputs])

    def join(self, a: Tensor, b: Tensor) -> Tensor:
        """Return the function of two tensors."""
        raise NotImplementedError

    def _expanded(self, x: Tensor) -> Tensor:
        return x[(slice(None), *[None] * (self.rank - x.ndim))]


class Sum(Elementwise):
    """The sum of the inputs."""

    def join(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


class Difference(Elementwise):
    """The first input minus the second."""

    def join(self, a: Tensor, b: Tensor) -> Tensor:
        return a - b


class Product(Elementwise):
    """The product of the inputs."""

    def join(self, a: Tensor, b: Tensor) -> Tensor:
        return a * b


class Mean(Sum):
    """The mean of the inputs."""

    def forward(self, *inputs: Tensor) -> Tensor:
        return super().forward(*inputs) / len(inputs)


class Largest(Elementwise):
    """The largest of the inputs. Of equal ones the gradient goes to the first, where ``torch.maximum`` would halve it."""

    def join(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.where((b > a) | b.isnan(), b, a)


class Smallest(Elementwise):
    """The smallest of the inputs. Of equal ones the gradient goes to the first, where ``torch.minimum`` would halve it."""

    def join(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.where((b < a) | b.isnan(), b, a)


class Concatenation(nn.Module):
    """The inputs one after another along an axis."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, *inputs: Tensor) -> Tensor:
        return torch.cat(inputs, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Contraction(nn.Module):
    """The sum of products along an axis of each input, which may be normalized along it first.

    A product of matrices for each example: ``torch.einsum`` and ``torch.matmul`` ask of each size whether it is 1, so that they
    cannot be exported for sizes that are open.
    """

    def __init__(self, axes: tuple[int, int], *, normalize: bool) -> None:
        super().__init__()
        self.axes, self.normalize = axes, normalize

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        if self.normalize:
            first, second = (unit(x, (axis,), 1e-7) for x, axis in zip((first, second), self.axes, strict=True))
        first, second = (self._last(x, axis) for x, axis in zip((first, second), self.axes, strict=True))
        sizes = [*first.shape[1:-1], *second.shape[1:-1]] or [1]
        rows, others = (x.flatten(1, -2) if x.ndim > 2 else x.unsqueeze(1) for x in (first, second))
        return torch.bmm(rows, others.transpose(1, 2)).reshape(first.shape[0], *sizes)

    @staticmethod
    def _last(x: Tensor, axis: int) -> Tensor:
        """Return a tensor with an axis moved to the end, laid out anew: to flatten a moved one asks for sizes of 1, too."""
        return x if axis == x.ndim - 1 else x.movedim(axis, -1).clone(memory_format=torch.contiguous_format)

    def extra_repr(self) -> str:
        return f"axes={self.axes}, normalize={self.normalize}"


_MODULES: dict[type[Merge], Callable[[int], Elementwise]] = {
    Add: Sum,
    Average: Mean,
    Maximum: Largest,
    Minimum: Smallest,
    Multiply: Product,
    Subtract: Difference,
}


def elementwise(layer: Merge, ctx: Context) -> nn.Module:
    """The layer's function, from the first input to the last."""
    return _MODULES[type(layer)](ctx.node.output.rank)


def concatenate(layer: Concatenate, ctx: Context) -> nn.Module:
    """``torch.cat``."""
    return Concatenation(layer.axis_of(ctx.input))


def dot(layer: Dot, ctx: Context) -> nn.Module:
    """``torch.bmm``."""
    return Contraction(layer.axes_of(ctx.node.input_types), normalize=layer.normalize)


RULES: Rules = {
    Add: elementwise,
    Average: elementwise,
    Concatenate: concatenate,
    Dot: dot,
    Maximum: elementwise,
    Minimum: elementwise,
    Multiply: elementwise,
    Subtract: elementwise,
}
