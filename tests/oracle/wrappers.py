"""The oracle of wrappers layers."""

from __future__ import annotations

from typing import Any

import numpy as np

import oracle
from modelspec.layers.wrappers import Bidirectional, SpectralNormalization, TimeDistributed
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def directions(layer: Bidirectional, inputs: list[Doubles], weights: Weights) -> list[Doubles]:
    """Return what each of the two layers makes, in the order in which it reads."""
    made: list[Doubles] = []
    for prefix, inner in layer.directions.items():
        own = {name.removeprefix(prefix): array for name, array in weights.items() if name.startswith(prefix)}
        made.append(oracle.apply(inner, inputs, own))
    return made


def merged(layer: Bidirectional, forward: Doubles, backward: Doubles) -> Doubles:
    match layer.merge_mode:
        case "concat":
            return np.concatenate([forward, backward], axis=-1)
        case "sum":
            return forward + backward
        case "mul":
            return forward * backward
        case "ave":
            return (forward + backward) / 2


def bidirectional(layer: Bidirectional, inputs: list[Doubles], weights: Weights) -> Doubles:
    forward, backward = directions(layer, inputs, weights)
    return merged(layer, forward, backward[:, ::-1] if layer.layer.return_sequences else backward)


def time_distributed(layer: TimeDistributed, inputs: list[Doubles], weights: Weights) -> Doubles:
    steps = range(inputs[0].shape[1])
    return np.stack([oracle.apply(layer.layer, [inputs[0][:, step]], weights) for step in steps], axis=1)


def spectral_normalization(layer: SpectralNormalization, inputs: list[Doubles], weights: Weights) -> Doubles:
    return oracle.apply(layer.layer, inputs, {name: array for name, array in weights.items() if name != "vector_u"})


def _normalized(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    """What Keras's layer makes in training."""
    kernel = weights[layer.kernel]
    norm = np.linalg.norm(kernel.reshape(-1, kernel.shape[-1]), 2)
    return spectral_normalization(layer, inputs, {**weights, layer.kernel: kernel / norm})


def _as_read(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    forward, backward = directions(layer, inputs, weights)
    return merged(layer, forward, backward)


def _swapped(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    forward, backward = directions(layer, inputs, weights)
    return merged(layer, backward, forward)


def _last_in_time(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    """The state that the backward layer has at the last step of the sequence, which is the first that it reads."""
    whole = layer.model_copy(update={"layer": layer.layer.model_copy(update={"return_sequences": True})})
    return bidirectional(whole, inputs, weights)[:, -1]


ORACLE: Oracle = {
    Bidirectional: bidirectional,
    SpectralNormalization: spectral_normalization,
    TimeDistributed: time_distributed,
}

MUTATIONS: Mutations = {
    "backward states as they are read": ("Bidirectional-sequences", Bidirectional, _as_read),
    "backward first": ("Bidirectional-sequences", Bidirectional, _swapped),
    "the backward state of the last step": ("Bidirectional-defaults", Bidirectional, _last_in_time),
    "the norm taken in inference": ("SpectralNormalization-dense", SpectralNormalization, _normalized),
    "the first step for all": (
        "TimeDistributed-dense",
        TimeDistributed,
        lambda layer, inputs, weights: time_distributed(layer, [np.repeat(inputs[0][:, :1], 4, axis=1)], weights),
    ),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
