"""Gradients of a case's outputs, by inputs and by weights; these functions run in a worker each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from workers import Array

import modelspec

Gradients = dict[str, Array]
"""By ``inputs/x`` or ``weights/key``; zeros where the output does not depend on it."""


def keras_gradients(
    document: Mapping[str, Any], weights: Mapping[str, Array], inputs: Mapping[str, Array], directions: Mapping[str, Array]
) -> Gradients:
    """Return the gradients of ``sum(output * direction)`` over all outputs, in inference mode."""
    import tensorflow as tf

    from modelspec_keras import training

    model = modelspec.compile(document, "keras", weights=weights, dtype="float64")
    given = {name: tf.constant(array) for name, array in inputs.items()}
    read = {name: tensor for name, tensor in given.items() if tensor.dtype.is_floating}
    trained = training.trained(model)

    def loss(outputs: Mapping[str, Any]) -> Any:
        return tf.add_n([tf.reduce_sum(made * directions[name]) for name, made in outputs.items()])

    _, found = training.differentiate(model, given, loss, {**read, **trained}, training=False)
    by_weight = training.canonical(model, {key: found[key] for key in trained})
    by_input = {name: np.zeros(inputs[name].shape) if found[name] is None else found[name].numpy() for name in read}
    return _named(by_input, by_weight)


def torch_gradients(
    document: Mapping[str, Any], weights: Mapping[str, Array], inputs: Mapping[str, Array], directions: Mapping[str, Array]
) -> Gradients:
    """Return the gradients of ``sum(output * direction)`` over all outputs, in inference mode."""
    import torch

    from modelspec_torch import training

    model = modelspec.compile(document, "torch", weights=weights, dtype="float64")
    given = {name: torch.from_numpy(array) for name, array in inputs.items()}
    read = {name: tensor.requires_grad_() for name, tensor in given.items() if tensor.is_floating_point()}
    trained = training.trained(model)

    def loss(outputs: Mapping[str, Any]) -> Any:
        return sum((made * torch.from_numpy(directions[name])).sum() for name, made in outputs.items())

    _, found = training.differentiate(model, given, loss, {**read, **trained}, training=False)
    by_weight = training.canonical(model, {key: found[key] for key in trained})
    by_input = {name: np.zeros(inputs[name].shape) if found[name] is None else found[name].numpy() for name in read}
    return _named(by_input, by_weight)


def _named(by_input: Mapping[str, Array], by_weight: Mapping[str, Array]) -> Gradients:
    return {**{f"inputs/{name}": array for name, array in by_input.items()},
            **{f"weights/{key}": array for key, array in by_weight.items()}}  # fmt: skip
