"""Convolutions."""

from __future__ import annotations

from torch import Tensor, nn

from modelspec.layers.convolution import Conv1D, Conv2D, Conv3D, Convolution, Window
from modelspec_torch.activations import fused
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules
from modelspec_torch.lower.windows import window_padding


class _Fused(nn.Module):
    """A convolution with a padding of its own before it, or an activation after it."""

    pad: nn.Module | None
    activation: nn.Module | None

    def forward(self, input: Tensor) -> Tensor:
        result = super().forward(input if self.pad is None else self.pad(input))
        return result if self.activation is None else self.activation(result)


class FusedConv1d(_Fused, nn.Conv1d):
    """A 1D convolution with a padding of its own before it, or an activation after it."""


class FusedConv2d(_Fused, nn.Conv2d):
    """A 2D convolution with a padding of its own before it, or an activation after it."""


class FusedConv3d(_Fused, nn.Conv3d):
    """A 3D convolution with a padding of its own before it, or an activation after it."""


PLAIN = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
FUSED = {1: FusedConv1d, 2: FusedConv2d, 3: FusedConv3d}
"""By the number of spatial axes."""


def convolution(layer: Convolution, ctx: Context) -> nn.Module:
    """A native convolution; kernel ``(k..., in / groups, out)`` becomes ``(out, in / groups, k...)``."""
    return convolved(layer, ctx, layer.filters, layer.groups)


def convolved(layer: Window, ctx: Context, filters: int, groups: int) -> nn.Module:
    """Return a native convolution with what it needs around it."""
    own, pad = window_padding(ctx.spatial, layer.kernel_size, layer.strides, layer.dilation_rate, layer.padding)
    activation = fused(layer.activation)
    plain = pad is None and activation is None
    module = (PLAIN if plain else FUSED)[layer.spatial_rank](
        ctx.channels,
        filters,
        layer.kernel_size,  # pyright: ignore[reportArgumentType]
        stride=layer.strides,  # pyright: ignore[reportArgumentType]
        padding=own,  # pyright: ignore[reportArgumentType]
        dilation=layer.dilation_rate,  # pyright: ignore[reportArgumentType]
        groups=groups,
        bias=layer.use_bias,
        device="meta",
        dtype=ctx.dtype,
    )
    if isinstance(module, _Fused):
        module.pad, module.activation = pad, activation
    return ctx.bind(module)


RULES: Rules = {
    Conv1D: convolution,
    Conv2D: convolution,
    Conv3D: convolution,
}
