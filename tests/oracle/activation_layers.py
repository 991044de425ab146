"""The oracle of activation layers layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.activation_layers import ReLU
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def relu(layer: ReLU, inputs: list[Doubles], _: Weights) -> Doubles:
    x = inputs[0]
    above = x if layer.max_value is None else np.minimum(x, layer.max_value)
    return np.where(x > layer.threshold, above, layer.negative_slope * (x - layer.threshold))


def _not_strict(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    return np.where(inputs[0] >= layer.threshold, inputs[0], layer.negative_slope * (inputs[0] - layer.threshold))


ORACLE: Oracle = {
    ReLU: relu,
}

MUTATIONS: Mutations = {
    "threshold not strict": ("ReLU-threshold-slope", ReLU, _not_strict),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
