"""The oracle of core layers."""

from __future__ import annotations

import numpy as np

from modelspec.layers.core import Activation, Dense
from oracle.activations import activate
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def dense(layer: Dense, inputs: list[Doubles], weights: Weights) -> Doubles:
    made = np.einsum("...i,io->...o", inputs[0], weights["kernel"]) + weights.get("bias", 0.0)
    return activate(layer.activation, made)


ORACLE: Oracle = {
    Activation: lambda layer, inputs, _: activate(layer.activation, inputs[0]),
    Dense: dense,
}

MUTATIONS: Mutations = {}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
