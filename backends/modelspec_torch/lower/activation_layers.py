"""Activations that are layers of their own, with their parameters as fields."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from modelspec.layers.activation_layers import ELU, LeakyReLU, PReLU, ReLU, Softmax
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class ThresholdedReLU(nn.Module):
    """``min(x, max_value)`` where ``x > threshold``, else ``negative_slope * (x - threshold)``.

    Built as Keras builds it, so that the derivatives at the kinks are Keras's: 0 at the threshold, 1 at ``max_value``, but for
    the 6 of ReLU6.
    """

    def __init__(self, max_value: float | None, negative_slope: float, threshold: float) -> None:
        super().__init__()
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    def forward(self, x: Tensor) -> Tensor:
        above = self._above(x)
        return above - self.negative_slope * (self.threshold - x).relu() if self.negative_slope else above

    def _above(self, x: Tensor) -> Tensor:
        if self.threshold == 0 and self.max_value == 6:
            return functional.relu6(x)
        above = torch.where(x > self.threshold, x, 0)
        return above if self.max_value is None else above.clamp(max=self.max_value)

    def extra_repr(self) -> str:
        return f"max_value={self.max_value}, negative_slope={self.negative_slope}, threshold={self.threshold}"


class ParametricReLU(nn.Module):
    """``x`` where ``x >= 0``, else ``alpha * x``; the derivative at 0 is 0, where that of ``nn.PReLU`` is ``alpha``.

    ``alpha`` has the spec's shape, of which ``shape`` is the same numbers in the order of the input.
    """

    alpha: nn.Parameter

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        return x.relu() - self.alpha.reshape(self.shape) * (-x).relu()

    def extra_repr(self) -> str:
        return f"shape={self.shape}"


class JointSoftmax(nn.Module):
    """A softmax over several axes together."""

    def __init__(self, dims: tuple[int, ...]) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return torch.exp(x - torch.logsumexp(x, self.dims, keepdim=True))

    def extra_repr(self) -> str:
        return f"dims={self.dims}"


def relu(layer: ReLU, ctx: Context) -> nn.Module:
    """A native module for the common cases."""
    match layer.max_value, layer.negative_slope, layer.threshold:
        case None, 0, 0:
            return nn.ReLU()
        case 6, 0, 0:
            return nn.ReLU6()
        case None, slope, 0:
            return nn.LeakyReLU(slope)
        case max_value, slope, threshold:
            return ThresholdedReLU(max_value, slope, threshold)


def leaky_relu(layer: LeakyReLU, ctx: Context) -> nn.Module:
    """The native module."""
    return nn.LeakyReLU(layer.negative_slope)


def elu(layer: ELU, ctx: Context) -> nn.Module:
    """The native module."""
    return nn.ELU(layer.alpha)


def prelu(layer: PReLU, ctx: Context) -> nn.Module:
    """A module whose ``alpha`` may have any shape that broadcasts; the native one has a number for each channel."""
    return ctx.bind(ParametricReLU(layer.alpha_shape(ctx.input)))


def softmax(layer: Softmax, ctx: Context) -> nn.Module:
    """The native module for one axis."""
    return nn.Softmax(layer.axes[0]) if len(layer.axes) == 1 else JointSoftmax(layer.axes)


RULES: Rules = {
    ELU: elu,
    LeakyReLU: leaky_relu,
    PReLU: prelu,
    ReLU: relu,
    Softmax: softmax,
}
