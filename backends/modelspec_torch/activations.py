"""Activation functions as modules; parameters that PyTorch's defaults differ in are always explicit.

Where PyTorch's own module has another derivative at a kink than Keras's function (SELU at 0, Hardtanh at its bounds), a module
stands here that has Keras's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from modelspec.layers import activations


class Exponential(nn.Module):
    """``exp(x)``"""

    def forward(self, x: Tensor) -> Tensor:
        return torch.exp(x)


class SELU(nn.Module):
    """``scale * elu(x, alpha)``; the derivative at 0 is ``scale``, where that of ``nn.SELU`` is ``scale * alpha``."""

    scale = 1.0507009873554805
    alpha = 1.6732632423543772

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * torch.where(x < 0, self.alpha * torch.expm1(x.clamp(max=0)), x)


class CELU(nn.Module):
    """``max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1)``; both summands have a derivative at 0, which so is 2 in Keras,
    where that of ``nn.CELU`` is 1."""

    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        return x.clamp(min=0) + self.alpha * torch.expm1(x.clamp(max=0) / self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class HardSigmoid(nn.Module):
    """``relu6(x + 3) / 6``; the gradient of ``nn.Hardsigmoid`` has a factor of 1/6 in float32, even for float64."""

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.relu6(x + 3) / 6


class HardTanh(nn.Module):
    """``min(max(x, -1), 1)``; the derivative at -1 and 1 is 1, where that of ``nn.Hardtanh`` is 0."""

    def forward(self, x: Tensor) -> Tensor:
        return x.clamp(-1, 1)


class Squareplus(nn.Module):
    """``(x + sqrt(x ** 2 + b)) / 2``"""

    def __init__(self, b: float) -> None:
        super().__init__()
        self.b = b

    def forward(self, x: Tensor) -> Tensor:
        return (x + torch.sqrt(x * x + self.b)) / 2

    def extra_repr(self) -> str:
        return f"b={self.b}"


class SparsePlus(nn.Module):
    """0 where ``x <= -1``, ``x`` where ``x >= 1``, ``(x + 1) ** 2 / 4`` between"""

    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x < 1, (x + 1).relu().square() / 4, x)


class SparseSigmoid(nn.Module):
    """``min(max((x + 1) / 2, 0), 1)``"""

    def forward(self, x: Tensor) -> Tensor:
        return 0.5 * (nn.functional.hardtanh(x) + 1)


class Step(nn.Module):
    """0 where ``x < 0``, 1 where ``x > 0``, else ``value_at_zero``; the gradient is 0, where ``torch.heaviside`` has none."""

    def __init__(self, value_at_zero: float) -> None:
        super().__init__()
        self.value_at_zero = value_at_zero

    def forward(self, x: Tensor) -> Tensor:
        sign = x.sign()
        return sign.relu() + self.value_at_zero * (1 - sign.abs())

    def extra_repr(self) -> str:
        return f"value_at_zero={self.value_at_zero}"


class Sparsemax(nn.Module):
    """``max(x - t, 0)``, with the ``t`` that makes the sum along an axis 1: the largest of ``(sum - 1) / count`` of the
    ``count`` largest numbers."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: Tensor) -> Tensor:
        sums = x.sort(dim=self.dim, descending=True).values.cumsum(self.dim)
        counts = torch.ones_like(x).cumsum(self.dim)
        return (x - ((sums - 1) / counts).amax(self.dim, keepdim=True)).relu()

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


ACTIVATIONS: dict[type[activations.Activation], Callable[[Any], nn.Module]] = {
    activations.Celu: lambda function: CELU(function.alpha),
    activations.Elu: lambda function: nn.ELU(function.alpha),
    activations.Exponential: lambda _: Exponential(),
    activations.Gelu: lambda function: nn.GELU("tanh" if function.approximate else "none"),
    activations.Glu: lambda function: nn.GLU(function.axis),
    activations.HardShrink: lambda function: nn.Hardshrink(function.threshold),
    activations.HardSigmoid: lambda _: HardSigmoid(),
    activations.HardSilu: lambda _: nn.Hardswish(),
    activations.HardTanh: lambda _: HardTanh(),
    activations.LeakyRelu: lambda function: nn.LeakyReLU(function.negative_slope),
    activations.Linear: lambda _: nn.Identity(),
    activations.LogSigmoid: lambda _: nn.LogSigmoid(),
    activations.LogSoftmax: lambda function: nn.LogSoftmax(function.axis),
    activations.Mish: lambda _: nn.Mish(),
    activations.Relu: lambda _: nn.ReLU(),
    activations.Relu6: lambda _: nn.ReLU6(),
    activations.Selu: lambda _: SELU(),
    activations.Sigmoid: lambda _: nn.Sigmoid(),
    activations.Silu: lambda _: nn.SiLU(),
    activations.Softmax: lambda function: nn.Softmax(function.axis),
    # PyTorch returns x itself above its default threshold of 20, which is 1e-10 off; above 40 it is exact in float64.
    activations.Softplus: lambda _: nn.Softplus(threshold=40.0),
    activations.SoftShrink: lambda function: nn.Softshrink(function.threshold),
    activations.Softsign: lambda _: nn.Softsign(),
    activations.Sparsemax: lambda function: Sparsemax(function.axis),
    activations.SparsePlus: lambda _: SparsePlus(),
    activations.SparseSigmoid: lambda _: SparseSigmoid(),
    activations.Squareplus: lambda function: Squareplus(function.b),
    activations.Step: lambda function: Step(function.value_at_zero),
    activations.Tanh: lambda _: nn.Tanh(),
    activations.TanhShrink: lambda _: nn.Tanhshrink(),
    activations.Threshold: lambda function: nn.Threshold(function.threshold, function.default_value),
}


def activation(function: activations.Activation) -> nn.Module:
    """Return the module of an activation function."""
    return ACTIVATIONS[type(function)](function)


def fused(function: activations.Activation) -> nn.Module | None:
    """Return the module of the function that ends a layer; None for the linear one."""
    return None if isinstance(function, activations.Linear) else activation(function)
