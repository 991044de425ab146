"""The oracle of reshaping layers."""

from __future__ import annotations

import numpy as np

from modelspec.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last


def flatten(layer: Flatten, inputs: list[Doubles], _: Weights) -> Doubles:
    return channels_last(layer, inputs[0]).reshape(len(inputs[0]), -1)


ORACLE: Oracle = {
    Flatten: flatten,
    Permute: lambda layer, inputs, _: np.transpose(inputs[0], (0, *layer.dims)),
    RepeatVector: lambda layer, inputs, _: np.stack([inputs[0]] * layer.n, axis=1),
    Reshape: lambda layer, inputs, _: inputs[0].reshape(len(inputs[0]), *layer.target_shape),
}

MUTATIONS: Mutations = {
    "flatten as it lies": ("Flatten-first", Flatten, lambda _, inputs, __: inputs[0].reshape(2, -1)),
    "repeated along the features": (
        "RepeatVector-plain",
        RepeatVector,
        lambda layer, inputs, _: np.repeat(inputs[0], layer.n, axis=1).reshape(len(inputs[0]), layer.n, -1),
    ),
    "reshaped with the channels first": (
        "Reshape-image",
        Reshape,
        lambda layer, inputs, _: np.moveaxis(inputs[0], -1, 1).reshape(len(inputs[0]), *layer.target_shape),
    ),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
