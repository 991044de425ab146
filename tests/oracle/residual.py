"""The oracle of residual layers."""

from __future__ import annotations

import numpy as np

from modelspec.layers.residual import LayerScale, ScaledAdd, StochasticDepth
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.merging import aligned


def layer_scale(layer: LayerScale, inputs: list[Doubles], weights: Weights) -> Doubles:
    assert layer.axis is not None
    return np.moveaxis(np.moveaxis(inputs[0], layer.axis, -1) * weights["gamma"], -1, layer.axis)


def scaled_add(layer: ScaledAdd, inputs: list[Doubles], _: Weights) -> Doubles:
    x, y = aligned(inputs)
    return x + layer.scale * y


def _along_the_last(_: LayerScale, inputs: list[Doubles], weights: Weights) -> Doubles:
    return inputs[0] * weights["gamma"]


def _first_scaled(layer: ScaledAdd, inputs: list[Doubles], weights: Weights) -> Doubles:
    return scaled_add(layer, inputs[::-1], weights)


def _both_scaled(layer: ScaledAdd, inputs: list[Doubles], _: Weights) -> Doubles:
    return layer.scale * (inputs[0] + inputs[1])


ORACLE: Oracle = {
    LayerScale: layer_scale,
    ScaledAdd: scaled_add,
    StochasticDepth: lambda _, inputs, __: inputs[0],
}

MUTATIONS: Mutations = {
    "LayerScale along the last axis": ("LayerScale-axis1-square", LayerScale, _along_the_last),
    "the first input scaled": ("ScaledAdd-image", ScaledAdd, _first_scaled),
    "the sum scaled": ("ScaledAdd-image", ScaledAdd, _both_scaled),
    "stochastic depth that scales in inference": (
        "StochasticDepth-image",
        StochasticDepth,
        lambda layer, inputs, _: inputs[0] * (1 - layer.rate),
    ),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
