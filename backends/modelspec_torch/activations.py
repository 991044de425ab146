"""Activation functions as modules; parameters that PyTorch's defaults differ in are always explicit."""

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


ACTIVATIONS: dict[type[activations.Activation], Callable[[Any], nn.Module]] = {
    activations.Elu: lambda function: nn.ELU(function.alpha),
    activations.Exponential: lambda _: Exponential(),
    activations.Gelu: lambda function: nn.GELU("tanh" if function.approximate else "none"),
    activations.HardSigmoid: lambda _: nn.Hardsigmoid(),
    activations.LeakyRelu: lambda function: nn.LeakyReLU(function.negative_slope),
    activations.Linear: lambda _: nn.Identity(),
    activations.LogSoftmax: lambda function: nn.LogSoftmax(function.axis),
    activations.Relu: lambda _: nn.ReLU(),
    activations.Relu6: lambda _: nn.ReLU6(),
    activations.Selu: lambda _: nn.SELU(),
    activations.Sigmoid: lambda _: nn.Sigmoid(),
    activations.Silu: lambda _: nn.SiLU(),
    activations.Softmax: lambda function: nn.Softmax(function.axis),
    # PyTorch returns x itself above its default threshold of 20, which is 1e-10 off; above 40 it is exact in float64.
    activations.Softplus: lambda _: nn.Softplus(threshold=40.0),
    activations.Softsign: lambda _: nn.Softsign(),
    activations.Tanh: lambda _: nn.Tanh(),
}


def activation(function: activations.Activation) -> nn.Module:
    """Return the module of an activation function."""
    return ACTIVATIONS[type(function)](function)


def fused(function: activations.Activation) -> nn.Module | None:
    """Return the module of the function that ends a layer; None for the linear one."""
    return None if isinstance(function, activations.Linear) else activation(function)
