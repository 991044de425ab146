"""The oracle of activation layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.activation_layers import ELU, LeakyReLU, PReLU, ReLU, Softmax
from oracle.activations import elu
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def relu(layer: ReLU, inputs: list[Doubles], _: Weights) -> Doubles:
    x = inputs[0]
    above = x if layer.max_value is None else np.minimum(x, layer.max_value)
    return np.where(x > layer.threshold, above, layer.negative_slope * (x - layer.threshold))


def prelu(_: PReLU, inputs: list[Doubles], weights: Weights) -> Doubles:
    return np.where(inputs[0] >= 0, inputs[0], weights["alpha"] * inputs[0])


def softmax(layer: Softmax, inputs: list[Doubles], _: Weights) -> Doubles:
    exponentials = np.exp(inputs[0] - inputs[0].max(axis=layer.axes, keepdims=True))
    return exponentials / exponentials.sum(axis=layer.axes, keepdims=True)


def _one_after_another(layer: Softmax, inputs: list[Doubles], _: Weights) -> Doubles:
    x = inputs[0]
    for axis in layer.axes:
        x = np.exp(x) / np.exp(x).sum(axis=axis, keepdims=True)
    return x


def _alpha_turned(_: PReLU, inputs: list[Doubles], weights: Weights) -> Doubles:
    alpha = weights["alpha"].transpose(2, 0, 1).reshape(weights["alpha"].shape)
    return np.where(inputs[0] >= 0, inputs[0], alpha * inputs[0])


def _not_strict(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    return np.where(inputs[0] >= layer.threshold, inputs[0], layer.negative_slope * (inputs[0] - layer.threshold))


ORACLE: Oracle = {
    ELU: lambda layer, inputs, _: elu(inputs[0], layer.alpha),
    LeakyReLU: lambda layer, inputs, _: np.where(inputs[0] >= 0, inputs[0], layer.negative_slope * inputs[0]),
    PReLU: prelu,
    ReLU: relu,
    Softmax: softmax,
}

MUTATIONS: Mutations = {
    "threshold not strict": ("ReLU-threshold-slope", ReLU, _not_strict),
    "the function's slope for the layer": (
        "LeakyReLU-plain",
        LeakyReLU,
        lambda _, inputs, __: np.where(inputs[0] >= 0, inputs[0], 0.2 * inputs[0]),
    ),
    "alpha in another order": ("PReLU-image", PReLU, _alpha_turned),
    "softmax over one axis after another": ("Softmax-two-axes", Softmax, _one_after_another),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
