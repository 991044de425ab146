"""Layers that move elements about."""

from __future__ import annotations

from torch import Tensor, nn

from modelspec.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class FlattenChannelsLast(nn.Module):
    """All axes but the batch in one, of an input with the channels first: the channels still vary fastest."""

    def forward(self, x: Tensor) -> Tensor:
        return x.movedim(1, -1).flatten(1)


class Permutation(nn.Module):
    """The axes in another order."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)

    def extra_repr(self) -> str:
        return f"dims={self.dims}"


class Reshaped(nn.Module):
    """The elements of each example in another shape, one size of which may be -1."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.reshape(x.shape[0], *self.shape)

    def extra_repr(self) -> str:
        return f"shape={self.shape}"


class RepeatedVector(nn.Module):
    """A vector several times, one below the other."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count

    def forward(self, x: Tensor) -> Tensor:
        return x.unsqueeze(1).repeat_interleave(self.count, 1)

    def extra_repr(self) -> str:
        return f"count={self.count}"


def flatten(layer: Flatten, ctx: Context) -> nn.Module:
    """Channels last, whatever the order of the input; native where there is nothing to reorder."""
    if ctx.input.rank == 1:
        return nn.Unflatten(0, (-1, 1))
    return FlattenChannelsLast() if layer.data_format == "channels_first" and ctx.input.rank > 2 else nn.Flatten()


def permute(layer: Permute, ctx: Context) -> nn.Module:
    """``Tensor.permute``."""
    return Permutation(layer.axes)


def repeat_vector(layer: RepeatVector, ctx: Context) -> nn.Module:
    """Repetition along a new axis."""
    return RepeatedVector(layer.n)


def reshape(layer: Reshape, ctx: Context) -> nn.Module:
    """``Tensor.reshape``."""
    return Reshaped(layer.target_shape)


RULES: Rules = {
    Flatten: flatten,
    Permute: permute,
    RepeatVector: repeat_vector,
    Reshape: reshape,
}
