"""A graph as a functional Keras model: one rule a layer, in the family's file."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.backend import RulesByFamily, rule_of
from modelspec.graph import Graph
from modelspec.tensors import Symbol
from modelspec.weights import Arrays
from modelspec_keras.framework import keras
from modelspec_keras.lower.arguments import penalized_at_the_end
from modelspec_keras.lower.rules import Rule
from modelspec_keras.lower.site import Site
from modelspec_keras.model import KerasModel, variable
from modelspec_keras.names import layer_names

RULES: RulesByFamily[Rule] = RulesByFamily(__name__)
"""Every layer that has a rule."""


def lower(graph: Graph, weights: Arrays) -> KerasModel:
    """Return the functional model of a graph, with canonical arrays as its weights.

    One output is a tensor; several are a dictionary by output name, so that ``fit`` takes targets and losses by name.
    """
    tensors: dict[str, Any] = {
        name: keras.Input(tuple(None if isinstance(dim, Symbol) else dim for dim in value.shape), dtype=value.dtype, name=name)
        for name, value in graph.inputs.items()
    }
    names = layer_names(graph)
    taken = {*graph.inputs, *names.values()}
    layers: dict[str, Any] = {}
    for node in graph.nodes:
        site = Site(names[node.name], node.layer.trainable, node.input_types, node.output, taken)
        chain = penalized_at_the_end(node.layer, rule_of(node.layer, RULES, "keras")(node.layer, site), site)
        value = tensors[node.inputs[0]] if node.layer.arity == (1, 1) else [tensors[name] for name in node.inputs]
        for operation in chain:
            value = operation(value)
        tensors[node.value] = value
        layers[node.name] = chain[0]
        for bound in node.weights:
            own = variable(chain[0], node.layer, bound.weight.name)
            own.assign(np.asarray(weights[bound.key], node.output.array_dtype).reshape(own.shape))
    inputs = [tensors[name] for name in graph.inputs]
    outputs = {name: tensors[value] for name, value in graph.outputs.items()}
    native = keras.Model(
        inputs if len(inputs) > 1 else inputs[0],
        outputs if len(outputs) > 1 else next(iter(outputs.values())),
        name=graph.name,
    )
    return KerasModel(graph, native, layers, tensors)
