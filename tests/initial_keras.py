"""What Keras's own initializers draw, and the fans that they count. Runs in the Keras worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from workers import Array

import modelspec
from modelspec.layers.initializers import AnyInitializer, Initializer


def draw(value: Mapping[str, Any], shape: tuple[int, ...]) -> Array:
    """Return the numbers of Keras's initializer for one of the spec's."""
    from modelspec_keras.lower.arguments import initializer

    adapter: TypeAdapter[AnyInitializer] = TypeAdapter(Initializer)
    return np.asarray(initializer(adapter.validate_python(dict(value)))(shape, dtype="float32"))


def fans_of_weights(step: Mapping[str, Any], shape: tuple[int, ...]) -> dict[str, tuple[tuple[int, ...], tuple[float, float]]]:
    """Return the shape of each weight of a Keras layer, and the fans that Keras counts for it, by the weight's own name."""
    from keras.src.initializers.random_initializers import compute_fans

    from modelspec_keras.model import variable

    dtype = "int32" if step["type"] == "Embedding" else "float32"
    document = {"format_version": 1, "name": "fans", "inputs": {"x": {"shape": list(shape), "dtype": dtype}}, "layers": [step]}
    model = modelspec.compile(document, "keras")
    (node,) = model.graph.nodes
    shapes = {
        bound.weight.name: tuple(variable(model._layers[node.name], node.layer, bound.weight.name).shape)
        for bound in node.weights
    }
    return {name: (found, tuple(compute_fans(found))) for name, found in shapes.items()}
