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


def relu6(x: Doubles) -> Doubles:
    return np.clip(x, 0, 6)


def softplus(x: Doubles) -> Doubles:
    return np.logaddexp(0, x)


def shrink(x: Doubles, threshold: float, moved: float) -> Doubles:
    return np.where(np.abs(x) > threshold, x - np.sign(x) * moved, 0)


def sparse_plus(x: Doubles) -> Doubles:
    return np.select([x <= -1, x < 1], [np.zeros_like(x), (x + 1) ** 2 / 4], x)


def sparsemax(x: Doubles, axis: int) -> Doubles:
    """Algorithm 1 of Martins and Astudillo 2016, row by row."""

    def row(z: Doubles) -> Doubles:
        largest = np.sort(z)[::-1]
        counts = np.arange(1, z.size + 1)
        support = counts[1 + counts * largest > np.cumsum(largest)].max()
        return np.maximum(z - (largest[:support].sum() - 1) / support, 0)

    return np.apply_along_axis(row, axis, x)


def keras_sparsemax(x: Doubles, axis: int) -> Doubles:
    """What Keras 3.15 computes, which sums the sums of all counts."""

    def row(z: Doubles) -> Doubles:
        largest = np.sort(z)[::-1]
        sums, counts = np.cumsum(largest), np.arange(1, z.size + 1)
        support = largest - (sums - 1) / counts > 0
        return np.maximum(z - (sums[support].sum() - 1) / support.sum(), 0)

    return np.apply_along_axis(row, axis, x)


def glu(x: Doubles, axis: int) -> Doubles:
    passed, gate = np.split(x, 2, axis)
    return passed * sigmoid(gate)


ACTIVATIONS: dict[type[activations.Activation], Callable[[Any, Doubles], Doubles]] = {
    activations.Linear: lambda _, x: x,
    activations.Relu: lambda _, x: np.maximum(x, 0),
    activations.Relu6: lambda _, x: relu6(x),
    activations.LeakyRelu: lambda a, x: np.where(x >= 0, x, a.negative_slope * x),
    activations.Elu: lambda a, x: elu(x, a.alpha),
    activations.Selu: lambda _, x: 1.0507009873554805 * elu(x, 1.6732632423543772),
    activations.Sigmoid: lambda _, x: sigmoid(x),
    activations.Tanh: lambda _, x: np.tanh(x),
    activations.Softplus: lambda _, x: softplus(x),
    activations.Softsign: lambda _, x: x / (1 + np.abs(x)),
    activations.Exponential: lambda _, x: np.exp(x),
    activations.Silu: lambda _, x: x * sigmoid(x),
    activations.Gelu: lambda a, x: gelu(x, a.approximate),
    activations.HardSigmoid: lambda _, x: relu6(x + 3) / 6,
    activations.Softmax: lambda a, x: softmax(x, a.axis),
    activations.LogSoftmax: lambda a, x: log_softmax(x, a.axis),
    activations.Celu: lambda a, x: np.where(x > 0, x, a.alpha * np.expm1(np.minimum(x, 0) / a.alpha)),
    activations.Squareplus: lambda a, x: (x + np.sqrt(x**2 + a.b)) / 2,
    activations.HardSilu: lambda _, x: x * relu6(x + 3) / 6,
    activations.Mish: lambda _, x: x * np.tanh(softplus(x)),
    activations.HardTanh: lambda _, x: np.clip(x, -1, 1),
    activations.LogSigmoid: lambda _, x: -softplus(-x),
    activations.TanhShrink: lambda _, x: x - np.tanh(x),
    activations.SoftShrink: lambda a, x: shrink(x, a.threshold, a.threshold),
    activations.HardShrink: lambda a, x: shrink(x, a.threshold, 0.0),
    activations.Threshold: lambda a, x: np.where(x > a.threshold, x, a.default_value),
    activations.SparsePlus: lambda _, x: sparse_plus(x),
    activations.SparseSigmoid: lambda _, x: np.clip((x + 1) / 2, 0, 1),
    activations.Step: lambda a, x: np.heaviside(x, a.value_at_zero),
    activations.Sparsemax: lambda a, x: sparsemax(x, a.axis),
    activations.Glu: lambda a, x: glu(x, a.axis),
}


MUTATIONS: Mutations = {
    "PyTorch's slope": ("Activation-leaky_relu", activations.LeakyRelu, lambda _, x: np.where(x < 0, 0.01 * x, x)),
    "gelu by tanh": ("Activation-gelu", activations.Gelu, lambda _, x: gelu(x, True)),
    "ONNX's hard_sigmoid": ("Activation-hard_sigmoid", activations.HardSigmoid, lambda _, x: np.clip(0.2 * x + 0.5, 0, 1)),
    "softmax over axis 1": ("Activation-softmax-rank3", activations.Softmax, lambda _, x: softmax(x, 1)),
    "celu as elu": ("Activation-celu-alpha", activations.Celu, lambda a, x: elu(x, a.alpha)),
    "Keras's sparsemax": ("Activation-sparsemax", activations.Sparsemax, lambda a, x: keras_sparsemax(x, a.axis)),
    "the halves of glu swapped": (
        "Activation-glu",
        activations.Glu,
        lambda a, x: glu(np.roll(x, x.shape[a.axis] // 2, a.axis), a.axis),
    ),
    "ONNX's ThresholdedRelu": ("Activation-threshold", activations.Threshold, lambda a, x: np.where(x > a.threshold, x, 0)),
    "ONNX's Shrink without a bias": ("Activation-soft_shrink", activations.SoftShrink, lambda a, x: shrink(x, a.threshold, 0)),
    "a sign for a step": ("Activation-step", activations.Step, lambda _, x: np.sign(x)),
    "half at zero": ("Activation-step", activations.Step, lambda _, x: np.heaviside(x, 0.5)),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
