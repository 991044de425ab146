"""The oracle of padding layers."""

from __future__ import annotations

import numpy as np

from modelspec.layers.padding import ZeroPadding2D
from oracle.kinds import Doubles, Mutations, Oracle, Weights
from oracle.windows import channels_last, restored


def zero_padding(layer: ZeroPadding2D, inputs: list[Doubles], _: Weights) -> Doubles:
    return restored(layer, np.pad(channels_last(layer, inputs[0]), [(0, 0), *layer.padding, (0, 0)]))


ORACLE: Oracle = {
    ZeroPadding2D: zero_padding,
}

MUTATIONS: Mutations = {}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
