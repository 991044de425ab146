"""The oracle of core layers."""

from __future__ import annotations

import numpy as np

from modelspec.layers.core import Activation, Dense, Embedding
from oracle.activations import activate
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def dense(layer: Dense, inputs: list[Doubles], weights: Weights) -> Doubles:
    made = np.einsum("...i,io->...o", inputs[0], weights["kernel"]) + weights.get("bias", 0.0)
    return activate(layer.activation, made)


def embedding(_: Embedding, inputs: list[Doubles], weights: Weights) -> Doubles:
    return weights["embeddings"][np.trunc(inputs[0]).astype(int)]


ORACLE: Oracle = {
    Activation: lambda layer, inputs, _: activate(layer.activation, inputs[0]),
    Dense: dense,
    Embedding: embedding,
}

MUTATIONS: Mutations = {
    "numbers rounded to indices": (
        "Embedding-floats",
        Embedding,
        lambda _, inputs, weights: weights["embeddings"][np.rint(inputs[0]).astype(int)],
    ),
    "negative indices are the first row": (
        "Embedding-negative",
        Embedding,
        lambda _, inputs, weights: weights["embeddings"][np.maximum(inputs[0], 0).astype(int)],
    ),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
