"""The oracle of merging layers."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np

from modelspec.layers.merging import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def aligned(inputs: list[Doubles]) -> list[Doubles]:
    """Return the inputs with as many axes each: those that are missing come after the batch."""
    rank = max(value.ndim for value in inputs)
    return [value.reshape(value.shape[:1] + (1,) * (rank - value.ndim) + value.shape[1:]) for value in inputs]


def add(_: Add, inputs: list[Doubles], __: Weights) -> Doubles:
    return reduce(np.add, aligned(inputs))


def average(_: Average, inputs: list[Doubles], __: Weights) -> Doubles:
    return reduce(np.add, aligned(inputs)) / len(inputs)


def concatenate(layer: Concatenate, inputs: list[Doubles], _: Weights) -> Doubles:
    assert layer.axis is not None
    return np.concatenate(inputs, axis=layer.axis)


def dot(layer: Dot, inputs: list[Doubles], _: Weights) -> Doubles:
    axes = layer.axes if isinstance(layer.axes, tuple) else (layer.axes, layer.axes)
    # The axes that are summed come last, so that an example is a matrix of vectors.
    first, second = (np.moveaxis(value, axis, -1) for value, axis in zip(inputs, axes, strict=True))
    if layer.normalize:
        first, second = (value / np.maximum(np.linalg.norm(value, axis=-1, keepdims=True), 1e-7) for value in (first, second))
    products = [np.tensordot(a, b, axes=(-1, -1)) for a, b in zip(first, second, strict=True)]
    made = np.stack(products)
    return made[:, None] if made.ndim == 1 else made


def maximum(_: Maximum, inputs: list[Doubles], __: Weights) -> Doubles:
    return reduce(np.maximum, aligned(inputs))


def minimum(_: Minimum, inputs: list[Doubles], __: Weights) -> Doubles:
    return reduce(np.minimum, aligned(inputs))


def multiply(_: Multiply, inputs: list[Doubles], __: Weights) -> Doubles:
    return reduce(np.multiply, aligned(inputs))


def subtract(_: Subtract, inputs: list[Doubles], __: Weights) -> Doubles:
    first, second = aligned(inputs)
    return first - second


def _not_normalized(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return dot(layer.model_copy(update={"normalize": False}), inputs, weights)


def _second_first(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    made = dot(layer, inputs, weights)
    return made.reshape(made.shape[0], made.shape[2], made.shape[1]).transpose(0, 2, 1)


def _trailing(layer: Any, inputs: list[Doubles], _: Weights) -> Doubles:
    """The axes that are missing put behind those that are there: along the wrong axis where sizes allow it."""
    rank = max(value.ndim for value in inputs)
    return reduce(np.multiply, [value.reshape(value.shape + (1,) * (rank - value.ndim)) for value in inputs])


ORACLE: Oracle = {
    Add: add,
    Average: average,
    Concatenate: concatenate,
    Dot: dot,
    Maximum: maximum,
    Minimum: minimum,
    Multiply: multiply,
    Subtract: subtract,
}

MUTATIONS: Mutations = {
    "the average is a sum": ("Average-three", Average, add),
    "the average is of pairs": (
        "Average-three",
        Average,
        lambda _, inputs, __: reduce(lambda a, b: (a + b) / 2, inputs),
    ),
    "the difference is the other way round": (
        "Subtract-two",
        Subtract,
        lambda layer, inputs, weights: subtract(layer, inputs[::-1], weights),
    ),
    "maximum and minimum swapped": ("Maximum-two", Maximum, minimum),
    "minimum and maximum swapped": ("Minimum-two", Minimum, maximum),
    "the third factor left out": (
        "Multiply-three",
        Multiply,
        lambda layer, inputs, weights: multiply(layer, inputs[:2], weights),
    ),
    "a vector broadcast along the wrong axis": ("Multiply-vector-square", Multiply, _trailing),
    "a dot product of vectors that are not normalized": ("Dot-normalized", Dot, _not_normalized),
    "a dot product with its axes in another order": ("Dot-square", Dot, _second_first),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
