"""A graph as a functional Keras model: one rule a layer, in the family's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from modelspec.graph import Graph
from modelspec.layers.base import Layer
from modelspec.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from modelspec.layers.core import Activation, Dense, ReLU
from modelspec.layers.merging import Add, Concatenate
from modelspec.layers.normalization import BatchNormalization
from modelspec.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from modelspec.layers.preprocessing import Rescaling
from modelspec.layers.regularization import Dropout
from modelspec.layers.reshaping import Flatten, Permute, ZeroPadding2D
from modelspec.tensors import Symbol
from modelspec.weights import Arrays
from modelspec_keras.framework import keras
from modelspec_keras.lower import (
    convolution,
    core,
    merging,
    normalization,
    pooling,
    preprocessing,
    regularization,
    reshaping,
)
from modelspec_keras.lower.site import Chain, Site
from modelspec_keras.model import KerasModel
from modelspec_keras.names import layer_names

RULES: Mapping[type[Layer], Callable[[Any, Site], Chain]] = {
    Activation: core.activation,
    Add: merging.add,
    AveragePooling2D: pooling.average_pooling2d,
    BatchNormalization: normalization.batch_normalization,
    Concatenate: merging.concatenate,
    Conv2D: convolution.conv2d,
    Dense: core.dense,
    DepthwiseConv2D: convolution.depthwise_conv2d,
    Dropout: regularization.dropout,
    Flatten: reshaping.flatten,
    GlobalAveragePooling2D: pooling.global_average_pooling2d,
    GlobalMaxPooling2D: pooling.global_max_pooling2d,
    MaxPooling2D: pooling.max_pooling2d,
    Permute: reshaping.permute,
    ReLU: core.relu,
    Rescaling: preprocessing.rescaling,
    SeparableConv2D: convolution.separable_conv2d,
    ZeroPadding2D: reshaping.zero_padding2d,
}


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
        chain = RULES[type(node.layer)](node.layer, site)
        value = tensors[node.inputs[0]] if node.layer.arity == (1, 1) else [tensors[name] for name in node.inputs]
        for operation in chain:
            value = operation(value)
        tensors[node.value] = value
        layers[node.name] = chain[0]
        for bound in node.weights:
            getattr(chain[0], bound.weight.name).assign(np.asarray(weights[bound.key], node.output.dtype))
    inputs = [tensors[name] for name in graph.inputs]
    outputs = {name: tensors[value] for name, value in graph.outputs.items()}
    native = keras.Model(
        inputs if len(inputs) > 1 else inputs[0],
        outputs if len(outputs) > 1 else next(iter(outputs.values())),
        name=graph.name,
    )
    return KerasModel(graph, native, layers, tensors)
