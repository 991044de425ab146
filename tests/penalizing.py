"""Gradient descent with penalties and constraints, in each framework as its users write it. Runs in the workers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from workers import Array

import modelspec

Trained = tuple[list[float], dict[str, Array]]


def keras_steps(
    document: Mapping[str, Any], weights: Mapping[str, Array], inputs: Mapping[str, Array], dtype: str, steps: int, rate: float
) -> Trained:
    """Return the sum of Keras's own ``model.losses`` before every step and after the last, and the trained weights."""
    import keras
    import tensorflow as tf

    model = modelspec.compile(document, "keras", weights=weights, dtype=dtype)
    native, optimizer = model.native, keras.optimizers.SGD(rate)
    arrays = [inputs[name] for name in model.graph.inputs]
    given = arrays if len(arrays) > 1 else arrays[0]
    penalties: list[float] = []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            output = native(given, training=False)
            penalty = tf.add_n(native.losses or [tf.zeros((), dtype)])
            loss = tf.reduce_mean(tf.square(output)) + penalty
        if native.trainable_variables:
            optimizer.apply(tape.gradient(loss, native.trainable_variables), native.trainable_variables)
        penalties.append(float(penalty))
    native(given, training=False)
    penalties.append(float(tf.add_n(native.losses or [tf.zeros((), dtype)])))
    return penalties, {key: np.asarray(array) for key, array in model.weights().items()}


def torch_steps(
    document: Mapping[str, Any], weights: Mapping[str, Array], inputs: Mapping[str, Array], dtype: str, steps: int, rate: float
) -> Trained:
    """Return the penalty before every step and after the last, and the trained weights."""
    import torch

    import modelspec_torch

    model = modelspec.compile(document, "torch", weights=weights, dtype=dtype)
    native = model.native.eval()
    tensors = [torch.from_numpy(inputs[name]) for name in model.graph.inputs]
    trained = [parameter for parameter in native.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(trained, rate) if trained else None
    penalties: list[float] = []
    for _ in range(steps):
        output = native(*tensors)
        penalty = modelspec_torch.penalty(native)
        if optimizer is not None:
            optimizer.zero_grad()
            (output.square().mean() + penalty).backward()
            optimizer.step()
            modelspec_torch.constrain(native)
        penalties.append(penalty.item())
    native(*tensors)
    penalties.append(modelspec_torch.penalty(native).item())
    return penalties, {key: np.asarray(array) for key, array in model.weights().items()}


def torch_copy(document: Mapping[str, Any], inputs: Mapping[str, Array], path: str) -> tuple[float, float, float]:
    """Return the penalties of a module that was called, of its copy, and of the copy once it was called; save the copy's."""
    import torch

    import modelspec_torch

    model = modelspec.compile(document, "torch", dtype="float64")
    tensors = [torch.from_numpy(inputs[name]) for name in model.graph.inputs]
    model.native(*tensors)
    other = copy.deepcopy(model.native)
    called, fresh = modelspec_torch.penalty(model.native).item(), modelspec_torch.penalty(other).item()
    other(*tensors)
    model.save(path)
    return called, fresh, modelspec_torch.penalty(other).item()


def keras_saved(document: Mapping[str, Any], inputs: Mapping[str, Array], path: str) -> tuple[float, float]:
    """Return the penalties of a model that was called, and of the same one saved and loaded."""
    import keras

    model = modelspec.compile(document, "keras", dtype="float64")
    model.save(path)
    arrays = [inputs[name] for name in model.graph.inputs]
    found: list[float] = []
    for native in (model.native, keras.models.load_model(path)):
        native(arrays[0])
        found.append(float(sum(native.losses)))
    return found[0], found[1]


def onnx_bytes(document: Mapping[str, Any], weights: Mapping[str, Array]) -> bytes:
    """Return the ONNX model's bytes."""
    return modelspec.compile(document, "onnx", weights=weights).native.SerializeToString(deterministic=True)
