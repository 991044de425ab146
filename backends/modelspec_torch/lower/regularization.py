"""Regularization layers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from modelspec.layers.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules

NoiseShape = Sequence[int | None] | None


class Random(nn.Module):
    """A layer that draws numbers, from a generator of its own where there is a seed.

    The generator belongs to the device of the input: it starts from the seed at the first call on a device, and a copy of
    the module goes on where the original stood.
    """

    def __init__(self, seed: int | None) -> None:
        super().__init__()
        self.seed = seed
        self._generator: torch.Generator | None = None

    def generator_on(self, device: torch.device) -> torch.Generator | None:
        """Return the generator for a device; None, PyTorch's own, where there is no seed."""
        if self.seed is not None and (self._generator is None or self._generator.device != device):
            self._generator = torch.Generator(device).manual_seed(self.seed)
        return self._generator


class Noise(Random):
    """A layer that changes its input at random in training alone."""

    def forward(self, x: Tensor) -> Tensor:
        return self.disturb(x, self.generator_on(x.device)) if self.training else x

    def disturb(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """Return the input as it is changed in training."""
        raise NotImplementedError


class MaskDropout(Noise):
    """Dropout with a mask shared along axes, or drawn from a generator of its own."""

    def __init__(self, p: float, noise_shape: NoiseShape, seed: int | None) -> None:
        super().__init__(seed)
        self.p, self.noise_shape = p, noise_shape

    def disturb(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        if self.p == 0:
            return x
        return x * _kept(x, self.p, self.noise_shape, generator) * (1 / (1 - self.p) if self.p < 1 else 0.0)

    def extra_repr(self) -> str:
        return f"p={self.p}, noise_shape={self.noise_shape}, seed={self.seed}"


class AlphaMaskDropout(MaskDropout):
    """Alpha dropout with a mask of any shape; ``nn.AlphaDropout`` has neither a shape nor a seed."""

    limit = -1.6732632423543772848170429916717 * 1.0507009873554804934193349852946
    """The limit of ``selu`` for large negative values."""

    def disturb(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        if self.p == 0:
            return x
        factor = ((1 - self.p) * (1 + self.p * self.limit**2)) ** -0.5
        kept = _kept(x, self.p, self.noise_shape, generator).to(x.dtype)
        return factor * (x * kept + self.limit * (1 - kept)) - factor * self.limit * self.p


class _Gaussian(Noise):
    def __init__(self, stddev: float, seed: int | None) -> None:
        super().__init__(seed)
        self.stddev = stddev

    def extra_repr(self) -> str:
        return f"stddev={self.stddev:g}, seed={self.seed}"


class GaussianProduct(_Gaussian):
    """Multiplication by normal noise of mean 1."""

    def disturb(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return x * (1 + self.stddev * _normal(x, generator))


class GaussianSum(_Gaussian):
    """Addition of normal noise of mean 0."""

    def disturb(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        return x + self.stddev * _normal(x, generator)


def _kept(x: Tensor, p: float, noise_shape: NoiseShape, generator: torch.Generator | None) -> Tensor:
    """Return a mask that is true with the probability ``1 - p``, of the input's sizes where ``noise_shape`` has none."""
    wanted = noise_shape or [None] * x.ndim
    shape = [size if own is None else own for size, own in zip(x.shape, wanted, strict=True)]
    return torch.rand(shape, generator=generator, dtype=x.dtype, device=x.device) >= p


def _normal(x: Tensor, generator: torch.Generator | None) -> Tensor:
    return torch.randn(x.shape, generator=generator, dtype=x.dtype, device=x.device)


def dropout(layer: Dropout, ctx: Context) -> nn.Module:
    """Native dropout, where the mask is neither shared nor seeded."""
    if layer.noise_shape is None and layer.seed is None:
        return nn.Dropout(layer.rate)
    return MaskDropout(layer.rate, layer.noise_shape, layer.seed)


def alpha_dropout(layer: AlphaDropout, ctx: Context) -> nn.Module:
    """Native alpha dropout, where the mask is neither shared nor seeded."""
    if layer.noise_shape is None and layer.seed is None:
        return nn.AlphaDropout(layer.rate)
    return AlphaMaskDropout(layer.rate, layer.noise_shape, layer.seed)


def spatial_dropout(layer: SpatialDropout, ctx: Context) -> nn.Module:
    """Dropout with one mask for all places; ``nn.Dropout1d`` takes a sequence without a batch for one with it."""
    return MaskDropout(layer.rate, layer.noise_shape, layer.seed)


def gaussian_dropout(layer: GaussianDropout, ctx: Context) -> nn.Module:
    """Normal noise as a factor."""
    return GaussianProduct((layer.rate / (1 - layer.rate)) ** 0.5, layer.seed)


def gaussian_noise(layer: GaussianNoise, ctx: Context) -> nn.Module:
    """Normal noise as a summand."""
    return GaussianSum(layer.stddev, layer.seed)


def activity_regularization(layer: ActivityRegularization, ctx: Context) -> nn.Module:
    """Nothing: the penalty is the training loop's to add."""
    return nn.Identity()


RULES: Rules = {
    ActivityRegularization: activity_regularization,
    AlphaDropout: alpha_dropout,
    Dropout: dropout,
    GaussianDropout: gaussian_dropout,
    GaussianNoise: gaussian_noise,
    SpatialDropout1D: spatial_dropout,
    SpatialDropout2D: spatial_dropout,
    SpatialDropout3D: spatial_dropout,
}
