"""Transposed convolutions."""

from __future__ import annotations

from torch import Tensor, nn

from modelspec.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose, Transposed
from modelspec_torch.activations import fused
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules
from modelspec_torch.lower.windows import border


class _Fused(nn.Module):
    """A transposed convolution of which more is cut off at the end than at the start, or with an activation after it."""

    crop: nn.Module | None
    activation: nn.Module | None

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        result = super().forward(input, output_size)
        if self.crop is not None:
            result = self.crop(result)
        return result if self.activation is None else self.activation(result)


class FusedConvTranspose1d(_Fused, nn.ConvTranspose1d):
    """A transposed 1D convolution with a crop or an activation after it."""


class FusedConvTranspose2d(_Fused, nn.ConvTranspose2d):
    """A transposed 2D convolution with a crop or an activation after it."""


class FusedConvTranspose3d(_Fused, nn.ConvTranspose3d):
    """A transposed 3D convolution with a crop or an activation after it."""


PLAIN = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
FUSED = {1: FusedConvTranspose1d, 2: FusedConvTranspose2d, 3: FusedConvTranspose3d}
"""By the number of spatial axes."""


def transposed(layer: Transposed, ctx: Context) -> nn.Module:
    """A native transposed convolution; kernel ``(k..., out, in)`` becomes ``(in, out, k...)``.

    PyTorch's own padding cuts off as much at both ends, and its output padding adds to the end; the one element that Keras
    cuts off beyond that is cut off afterwards.
    """
    rest = [(0, -max(after - before, 0)) for before, after in layer.crops]
    crop = border(rest) if any(after for _, after in rest) else None
    activation = fused(layer.activation)
    plain = crop is None and activation is None
    module = (PLAIN if plain else FUSED)[layer.spatial_rank](
        ctx.channels,
        layer.filters,
        layer.kernel_size,  # pyright: ignore[reportArgumentType]
        stride=layer.strides,  # pyright: ignore[reportArgumentType]
        padding=tuple(before for before, _ in layer.crops),  # pyright: ignore[reportArgumentType]
        output_padding=tuple(max(before - after, 0) for before, after in layer.crops),  # pyright: ignore[reportArgumentType]
        dilation=layer.dilation_rate,  # pyright: ignore[reportArgumentType]
        bias=layer.use_bias,
        device="meta",
        dtype=ctx.dtype,
    )
    if isinstance(module, _Fused):
        module.crop, module.activation = crop, activation
    return ctx.bind(module)


RULES: Rules = {
    Conv1DTranspose: transposed,
    Conv2DTranspose: transposed,
    Conv3DTranspose: transposed,
}
