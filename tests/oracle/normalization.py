"""The oracle of normalization layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.normalization import BatchNormalization
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def batch_normalization(layer: BatchNormalization, inputs: list[Doubles], weights: Weights) -> Doubles:
    assert layer.axis is not None
    x = np.moveaxis(inputs[0], layer.axis, -1)
    made = (x - weights["moving_mean"]) / np.sqrt(weights["moving_variance"] + layer.epsilon)
    made = made * weights.get("gamma", 1.0) + weights.get("beta", 0.0)
    return np.moveaxis(made, -1, layer.axis)


def _swapped(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return batch_normalization(layer, inputs, {**weights, "gamma": weights["beta"], "beta": weights["gamma"]})


def _other_epsilon(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return batch_normalization(layer.model_copy(update={"epsilon": 1e-5}), inputs, weights)


ORACLE: Oracle = {
    BatchNormalization: batch_normalization,
}

MUTATIONS: Mutations = {
    "gamma and beta swapped": ("BatchNormalization-image", BatchNormalization, _swapped),
    "PyTorch's epsilon": ("BatchNormalization-image", BatchNormalization, _other_epsilon),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
