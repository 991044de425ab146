"""The oracle of reshaping layers."""

from __future__ import annotations

import numpy as np

from modelspec.layers.reshaping import Flatten, Permute
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last


def flatten(layer: Flatten, inputs: list[Doubles], _: Weights) -> Doubles:
    return channels_last(layer, inputs[0]).reshape(len(inputs[0]), -1)


ORACLE: Oracle = {
    Flatten: flatten,
    Permute: lambda layer, inputs, _: np.transpose(inputs[0], (0, *layer.dims)),
}

MUTATIONS: Mutations = {
    "flatten as it lies": ("Flatten-first", Flatten, lambda _, inputs, __: inputs[0].reshape(2, -1)),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
