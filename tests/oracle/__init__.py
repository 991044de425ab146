"""Every layer of the catalogue in float64 NumPy, from Keras's definitions; written to be read, and independent of the backends.

Inference semantics; one file a family, as in ``modelspec.layers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelspec.graph import Graph
from modelspec.layers.base import Layer
from oracle import (
    activation_layers,
    activations,
    attention,
    convolution,
    core,
    depthwise,
    merging,
    normalization,
    padding,
    pooling,
    preprocessing,
    recurrent,
    regularization,
    reshaping,
    residual,
    resizing,
    transposed,
    wrappers,
)
from oracle.kinds import Doubles, Function, Mutations, Weights


def evaluate(graph: Graph, inputs: Mapping[str, NDArray[Any]], weights: Mapping[str, NDArray[Any]]) -> dict[str, Doubles]:
    """Return every value of a graph by name, inputs included; ``weights`` are the canonical arrays by key."""
    values: dict[str, Doubles] = {name: np.asarray(array, np.float64) for name, array in inputs.items()}
    for node in graph.nodes:
        own = {bound.weight.name: np.asarray(weights[bound.key], np.float64) for bound in node.weights}
        values[node.value] = apply(node.layer, [values[name] for name in node.inputs], own)
    return values


def outputs(graph: Graph, inputs: Mapping[str, NDArray[Any]], weights: Mapping[str, NDArray[Any]]) -> dict[str, Doubles]:
    """Return the outputs of a graph by name."""
    values = evaluate(graph, inputs, weights)
    return {name: values[value] for name, value in graph.outputs.items()}


def apply(layer: Layer, inputs: list[Doubles], weights: Weights) -> Doubles:
    """Return what a layer makes of a batch, with its weights by their own names (``kernel``)."""
    return ORACLE[type(layer)](layer, inputs, weights)


ORACLE: dict[type[Layer], Function] = {
    **activation_layers.ORACLE,
    **attention.ORACLE,
    **convolution.ORACLE,
    **core.ORACLE,
    **depthwise.ORACLE,
    **merging.ORACLE,
    **normalization.ORACLE,
    **padding.ORACLE,
    **pooling.ORACLE,
    **preprocessing.ORACLE,
    **recurrent.ORACLE,
    **regularization.ORACLE,
    **reshaping.ORACLE,
    **residual.ORACLE,
    **resizing.ORACLE,
    **transposed.ORACLE,
    **wrappers.ORACLE,
}

MUTATIONS: Mutations = {
    **activations.MUTATIONS,
    **activation_layers.MUTATIONS,
    **attention.MUTATIONS,
    **convolution.MUTATIONS,
    **core.MUTATIONS,
    **depthwise.MUTATIONS,
    **merging.MUTATIONS,
    **normalization.MUTATIONS,
    **padding.MUTATIONS,
    **pooling.MUTATIONS,
    **preprocessing.MUTATIONS,
    **recurrent.MUTATIONS,
    **regularization.MUTATIONS,
    **reshaping.MUTATIONS,
    **residual.MUTATIONS,
    **resizing.MUTATIONS,
    **transposed.MUTATIONS,
    **wrappers.MUTATIONS,
}
