"""The oracle of regularization layers."""

from __future__ import annotations

from modelspec.layers.base import Layer
from modelspec.layers.regularization import (
    ActivityRegularization,
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def nothing(_: Layer, inputs: list[Doubles], __: Weights) -> Doubles:
    return inputs[0]


ORACLE: Oracle = {
    ActivityRegularization: nothing,
    AlphaDropout: nothing,
    Dropout: nothing,
    GaussianDropout: nothing,
    GaussianNoise: nothing,
    SpatialDropout1D: nothing,
    SpatialDropout2D: nothing,
    SpatialDropout3D: nothing,
}

MUTATIONS: Mutations = {
    "dropout that scales in inference": ("Dropout-image", Dropout, lambda layer, inputs, _: inputs[0] * (1 - layer.rate)),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
