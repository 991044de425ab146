"""Convolutions."""

from __future__ import annotations

from torch import Tensor, nn

from modelspec.layers.convolution import Conv2D, Window
from modelspec_torch.activations import fused
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules
from modelspec_torch.lower.windows import Pair, window_padding


class FusedConv2d(nn.Conv2d):
    """A convolution with a padding of its own before it, or an activation after it."""

    pad: nn.Module | None
    activation: nn.Module | None

    def forward(self, input: Tensor) -> Tensor:
        result = super().forward(input if self.pad is None else self.pad(input))
        return result if self.activation is None else self.activation(result)


def conv2d(layer: Conv2D, ctx: Context) -> nn.Module:
    """A native convolution; kernel ``(kh, kw, in / groups, out)`` becomes ``(out, in / groups, kh, kw)``."""
    return convolution(layer, ctx, layer.kernel_size, layer.filters, layer.groups)


def convolution(layer: Window, ctx: Context, kernel: Pair, filters: int, groups: int) -> nn.Module:
    """Return a native convolution with what it needs around it."""
    own, pad = window_padding(ctx.spatial, kernel, layer.strides, layer.dilation_rate, layer.padding)
    activation = fused(layer.activation)
    make = nn.Conv2d if pad is None and activation is None else FusedConv2d
    module = make(
        ctx.channels,
        filters,
        kernel,
        stride=layer.strides,
        padding=own,
        dilation=layer.dilation_rate,
        groups=groups,
        bias=layer.use_bias,
        device="meta",
        dtype=ctx.dtype,
    )
    if isinstance(module, FusedConv2d):
        module.pad, module.activation = pad, activation
    return ctx.bind(module)


RULES: Rules = {
    Conv2D: conv2d,
}
