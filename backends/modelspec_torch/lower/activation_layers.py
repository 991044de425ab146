"""Activations that are layers of their own, with their parameters as fields."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modelspec.layers.activation_layers import ReLU
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class ThresholdedReLU(nn.Module):
    """``min(x, max_value)`` where ``x > threshold``, else ``negative_slope * (x - threshold)``."""

    def __init__(self, max_value: float | None, negative_slope: float, threshold: float) -> None:
        super().__init__()
        self.max_value, self.negative_slope, self.threshold = max_value, negative_slope, threshold

    def forward(self, x: Tensor) -> Tensor:
        above = x if self.max_value is None else x.clamp(max=self.max_value)
        return torch.where(x > self.threshold, above, self.negative_slope * (x - self.threshold))

    def extra_repr(self) -> str:
        return f"max_value={self.max_value}, negative_slope={self.negative_slope}, threshold={self.threshold}"


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


RULES: Rules = {
    ReLU: relu,
}
