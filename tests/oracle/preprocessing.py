"""The oracle of preprocessing layers."""

from __future__ import annotations

import numpy as np

from modelspec.layers.preprocessing import Rescaling
from oracle.kinds import Mutations, Oracle

ORACLE: Oracle = {
    Rescaling: lambda layer, inputs, _: inputs[0] * np.asarray(layer.scale) + np.asarray(layer.offset),
}

MUTATIONS: Mutations = {}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
