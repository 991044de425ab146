"""The oracle of merging layers."""

from __future__ import annotations

import numpy as np

from modelspec.layers.merging import Add, Concatenate
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def concatenate(layer: Concatenate, inputs: list[Doubles], _: Weights) -> Doubles:
    assert layer.axis is not None
    return np.concatenate(inputs, axis=layer.axis)


def add(_: Add, inputs: list[Doubles], __: Weights) -> Doubles:
    total = inputs[0]
    for value in inputs[1:]:
        total = total + value
    return total


ORACLE: Oracle = {
    Add: add,
    Concatenate: concatenate,
}

MUTATIONS: Mutations = {}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
