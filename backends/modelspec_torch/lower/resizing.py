"""Layers that change the size of images."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from modelspec.layers.fields import Sizes
from modelspec.layers.resizing import Resizing, UpSampling, UpSampling1D, UpSampling2D, UpSampling3D
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules
from modelspec_torch.lower.windows import border


class Repeat(nn.Module):
    """Every element several times along each spatial axis.

    ``nn.Upsample`` computes where an element comes from in floating point, and so misses by one for some factors.
    """

    def __init__(self, counts: Sizes) -> None:
        super().__init__()
        self.counts = counts

    def forward(self, x: Tensor) -> Tensor:
        for dim, count in enumerate(self.counts, 2):
            x = x.repeat_interleave(count, dim)
        return x

    def extra_repr(self) -> str:
        return f"counts={self.counts}"


class ResizeNearest(nn.Module):
    """The pixel that holds the place ``(i + 0.5) * n / m``, in float32 for every type, as TensorFlow computes it."""

    def __init__(self, size: Sizes) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        for dim, size in enumerate(self.size, 2):
            x = x.index_select(dim, self._nearest(x, dim, size))
        return x

    def _nearest(self, x: Tensor, dim: int, size: int) -> Tensor:
        count = x.shape[dim]
        # A size that is known only when an exported program runs is no number yet: a range has it as its one element.
        scale = torch.arange(count, count + 1, dtype=torch.float32, device=x.device) / size
        middles = torch.arange(size, dtype=torch.float32, device=x.device) + 0.5
        return (middles * scale).floor().long().clamp(max=count - 1)

    def extra_repr(self) -> str:
        return f"size={self.size}"


class ResizeBilinear(nn.Module):
    """Straight lines between the middles of pixels; None keeps the size of the input, which may be known only at run time."""

    def __init__(self, size: tuple[int | None, ...]) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        size = [x.shape[dim] if made is None else made for dim, made in enumerate(self.size, 2)]
        return F.interpolate(x, size=size, mode="bilinear", align_corners=False)

    def extra_repr(self) -> str:
        return f"size={self.size}"


def resizing(layer: Resizing, ctx: Context) -> nn.Module:
    """A padding or a cropping before it, where the aspect ratio is to stay."""
    make = ResizeNearest if layer.interpolation == "nearest" else ResizeBilinear
    resize = make((layer.height, layer.width))
    if not (layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio):
        return resize
    height, width = ctx.spatial
    assert isinstance(height, int)
    assert isinstance(width, int)
    return nn.Sequential(border(list(layer.borders((height, width))), layer.fill_value), resize)


def up_sampling(layer: UpSampling, ctx: Context) -> nn.Module:
    """Repetition, or bilinear resizing to the sizes that the factors make."""
    if layer.method == "nearest":
        return Repeat(layer.size)
    return ResizeBilinear(tuple(size if isinstance(size, int) else None for size in ctx.node.output.shape[1:]))


RULES: Rules = {
    Resizing: resizing,
    UpSampling1D: up_sampling,
    UpSampling2D: up_sampling,
    UpSampling3D: up_sampling,
}
