"""Activation functions in float64 NumPy."""

from __future__ import annotations

from collections.abc import Callable
from math import erf, pi, sqrt
from typing import Any

import numpy as np

from modelspec.layers import activations
from oracle.kinds import Doubles, Mutations


def activate(activation: activations.Activation, x: Doubles) -> Doubles:
    """Return the function of every element, or along its axis."""
    return ACTIVATIONS[type(activation)](activation, x)


def softmax(x: Doubles, axis: int) -> Doubles:
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def elu(x: Doubles, alpha: float) -> Doubles:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def sigmoid(x: Doubles) -> Doubles:
    return np.exp(-np.logaddexp(0, -x))


def gelu(x: Doubles, approximate: bool) -> Doubles:
    if approximate:
        return 0.5 * x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + np.vectorize(erf, otypes=[np.float64])(x / sqrt(2)))


def log_softmax(x: Doubles, axis: int) -> Doubles:
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


ACTIVATIONS: dict[type[activations.Activation], Callable[[Any, Doubles], Doubles]] = {
    activations.Linear: lambda _, x: x,
    activations.Relu: lambda _, x: np.maximum(x, 0),
    activations.Relu6: lambda _, x: np.clip(x, 0, 6),
    activations.LeakyRelu: lambda a, x: np.where(x >= 0, x, a.negative_slope * x),
    activations.Elu: lambda a, x: elu(x, a.alpha),
    activations.Selu: lambda _, x: 1.0507009873554805 * elu(x, 1.6732632423543772),
    activations.Sigmoid: lambda _, x: sigmoid(x),
    activations.Tanh: lambda _, x: np.tanh(x),
    activations.Softplus: lambda _, x: np.logaddexp(0, x),
    activations.Softsign: lambda _, x: x / (1 + np.abs(x)),
    activations.Exponential: lambda _, x: np.exp(x),
    activations.Silu: lambda _, x: x * sigmoid(x),
    activations.Gelu: lambda a, x: gelu(x, a.approximate),
    activations.HardSigmoid: lambda _, x: np.clip(x + 3, 0, 6) / 6,
    activations.Softmax: lambda a, x: softmax(x, a.axis),
    activations.LogSoftmax: lambda a, x: log_softmax(x, a.axis),
}


MUTATIONS: Mutations = {
    "PyTorch's slope": ("Activation-leaky_relu", activations.LeakyRelu, lambda _, x: np.where(x < 0, 0.01 * x, x)),
    "gelu by tanh": ("Activation-gelu", activations.Gelu, lambda _, x: gelu(x, True)),
    "ONNX's hard_sigmoid": ("Activation-hard_sigmoid", activations.HardSigmoid, lambda _, x: np.clip(0.2 * x + 0.5, 0, 1)),
    "softmax over axis 1": ("Activation-softmax-rank3", activations.Softmax, lambda _, x: softmax(x, 1)),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
