"""Regularization layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modelspec.layers.regularization import Dropout
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class MaskDropout(nn.Module):
    """Dropout with a mask shared along axes, or drawn from a generator of its own.

    The generator belongs to the device of the input: it starts from the seed at the first call on a device, and a copy of
    the module goes on where the original stood.
    """

    def __init__(self, p: float, noise_shape: tuple[int | None, ...] | None, seed: int | None) -> None:
        super().__init__()
        self.p, self.noise_shape, self.seed = p, noise_shape, seed
        self._generator: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        if self.seed is not None and (self._generator is None or self._generator.device != x.device):
            self._generator = torch.Generator(x.device).manual_seed(self.seed)
        shape = [
            size if wanted is None else wanted
            for size, wanted in zip(x.shape, self.noise_shape or (None,) * x.ndim, strict=True)
        ]
        kept = torch.rand(shape, generator=self._generator, dtype=x.dtype, device=x.device) >= self.p
        return x * kept * (1 / (1 - self.p) if self.p < 1 else 0.0)

    def extra_repr(self) -> str:
        return f"p={self.p}, noise_shape={self.noise_shape}, seed={self.seed}"


def dropout(layer: Dropout, ctx: Context) -> nn.Module:
    """Native dropout, where the mask is neither shared nor seeded."""
    if layer.noise_shape is None and layer.seed is None:
        return nn.Dropout(layer.rate)
    return MaskDropout(layer.rate, layer.noise_shape, layer.seed)


RULES: Rules = {
    Dropout: dropout,
}
