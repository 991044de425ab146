"""The oracle of preprocessing layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.preprocessing import Normalization, Rescaling
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def normalization(layer: Normalization, inputs: list[Doubles], weights: Weights) -> Doubles:
    x = inputs[0]
    axes = () if layer.axis is None else layer.axis if isinstance(layer.axis, tuple) else (layer.axis,)
    kept = sorted(axis % x.ndim for axis in axes)
    mean, variance = (
        np.broadcast_to(weights[name] if given is None else np.asarray(given), [x.shape[axis] for axis in kept])
        for name, given in (("mean", layer.mean), ("variance", layer.variance))
    )
    others = tuple(axis for axis in range(x.ndim) if axis not in kept)
    mean, deviation = np.expand_dims(mean, others), np.maximum(np.sqrt(np.expand_dims(variance, others)), 1e-7)
    return x * deviation + mean if layer.invert else (x - mean) / deviation


def rescaling(layer: Rescaling, inputs: list[Doubles], _: Weights) -> Doubles:
    return inputs[0] * np.asarray(layer.scale) + np.asarray(layer.offset)


def _epsilon_under_the_root(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return normalization(layer.model_copy(update={"variance": tuple(v + 1e-3 for v in layer.variance)}), inputs, weights)


def _no_root(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return normalization(layer.model_copy(update={"variance": tuple(v**2 for v in layer.variance)}), inputs, weights)


def _not_inverted(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return normalization(layer.model_copy(update={"invert": False}), inputs, weights)


ORACLE: Oracle = {
    Normalization: normalization,
    Rescaling: rescaling,
}

MUTATIONS: Mutations = {
    "BatchNormalization's epsilon in Normalization": ("Normalization-image", Normalization, _epsilon_under_the_root),
    "Normalization by the variance": ("Normalization-image", Normalization, _no_root),
    "Normalization not inverted": ("Normalization-invert", Normalization, _not_inverted),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
