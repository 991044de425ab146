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
        first, second = first.movedim(self.axes[0], -1), second.movedim(self.axes[1], 1)
        sizes = [*first.shape[1:-1], *second.shape[2:]] or [1]
        rows = first.flatten(1, -2) if first.ndim > 2 else first.unsqueeze(1)
        columns = second.flatten(2) if second.ndim > 2 else second.unsqueeze(2)
        return torch.bmm(rows, columns).reshape(first.shape[0], *sizes)

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
