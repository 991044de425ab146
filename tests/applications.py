"""The networks of ``keras.applications``, taken apart so that specs can be matched with them. Runs in the keras worker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from workers import Array


@dataclass(frozen=True)
class Op:
    """A layer of a Keras model; ``reads`` are the names of the layers whose outputs it reads, in order."""

    kind: str
    reads: tuple[str, ...]
    weights: Mapping[str, tuple[int, ...]]
    training: Mapping[str, Any]
    """What shows in training alone: see ``_training``."""


@dataclass(frozen=True)
class Outline:
    """The layers of a Keras model by name, the last of them, and the number of parameters: all, and those trained."""

    ops: Mapping[str, Op]
    output: str
    counts: tuple[int, int]


@dataclass(frozen=True)
class Application:
    """A Keras model with random weights, run on some images; the mappings are by the names of its layers."""

    outline: Outline
    arrays: Mapping[str, Mapping[str, Array]]
    values: Mapping[str, Array]
    """What the layers make that have weights or several inputs."""


def outline(name: str, **keywords: Any) -> Outline:
    """Return the outline of a network; no weight is drawn."""
    import keras

    with keras.StatelessScope():
        return _outline(_built(name, keywords))


def computed(name: str, inputs: Array, gain: float, **keywords: Any) -> Application:
    """Return a network with random weights, run in float64; ``gain`` is that of ``drawn``."""
    import keras

    with _policy("float64"):
        model = _built(name, keywords)
        for index, variable in enumerate(model.weights):
            if (array := drawn(variable.name, tuple(variable.shape), gain, index)) is not None:
                variable.assign(array)
        _finalize(model)
        shown = [layer for layer in model.layers if layer.weights or len(_reads(layer)) > 1]
        outputs = {layer.name: layer.output for layer in shown}
        values = keras.Model(model.input, outputs)(inputs, training=False)
        arrays = {
            layer.name: {variable.name: _array(variable).astype(np.float32) for variable in layer.weights} for layer in shown
        }
        return Application(_outline(model), arrays, {layer: _array(value) for layer, value in values.items()})


def run(name: str, arrays: Mapping[str, Mapping[str, Array]], inputs: Array, **keywords: Any) -> Array:
    """Return what a network makes in float32 with the weights of ``computed``."""
    with _policy("float32"):
        model = _built(name, keywords)
        for layer, given in arrays.items():
            for variable in model.get_layer(layer).weights:
                variable.assign(given[variable.name])
        _finalize(model)
        return _array(model(inputs, training=False))


def drawn(name: str, shape: tuple[int, ...], gain: float, seed: int) -> Array | None:
    """Return values for a weight in which everything shows; None for a count, which no result depends on.

    ``gain`` is the variance of a kernel times the number of its inputs: 2 keeps the size of what passes through a
    convolution and a relu.
    """
    noise = np.random.default_rng(seed)
    match name:
        case "kernel":
            inputs = prod(shape[:-1]) if shape[-1] > 1 else prod(shape[:-2])
            return noise.normal(0, np.sqrt(gain / inputs), shape).astype(np.float32)
        case "bias" | "beta" | "moving_mean" | "mean":
            return noise.normal(0, 0.1, shape).astype(np.float32)
        case "gamma" | "moving_variance" | "variance":
            return noise.uniform(0.5, 1.5, shape).astype(np.float32)
        case _:
            return None


@contextmanager
def _policy(dtype: str) -> Iterator[None]:
    """Name layers from the start and compute in a data type."""
    import keras

    before = keras.config.dtype_policy()
    keras.backend.clear_session()
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _built(name: str, keywords: Mapping[str, Any]) -> Any:
    """Return a network of Keras with the constants of a spec, to the last bit of float64.

    A spec's epsilon is rounded to float32, because an ONNX attribute holds no more. Keras rounds the Python floats of a
    Rescaling to float32, in float64 models too; NumPy's it leaves alone.
    """
    import keras

    model = getattr(keras.applications, name)(weights=None, **keywords)
    for layer in model.layers:
        match layer:
            case keras.layers.BatchNormalization():
                layer.epsilon = float(np.float32(layer.epsilon))
            case keras.layers.Rescaling():
                layer.scale = np.float64(layer.scale)
    return model


def _finalize(model: Any) -> None:
    """Let normalizations compute with the weights that they were given: they keep copies."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _array(value: Any) -> Array:
    import keras

    return np.asarray(keras.ops.convert_to_numpy(value))


def _outline(model: Any) -> Outline:
    ops = {layer.name: Op(type(layer).__name__, _reads(layer), _shapes(layer), _training(layer)) for layer in model.layers}
    trainable = sum(prod(variable.shape) for variable in model.trainable_weights)
    return Outline(ops, model.output_names[0], (model.count_params(), trainable))


def _reads(layer: Any) -> tuple[str, ...]:
    (node,) = layer._inbound_nodes
    return tuple(tensor._keras_history.operation.name for tensor in node.input_tensors)


def _shapes(layer: Any) -> dict[str, tuple[int, ...]]:
    return {variable.name: tuple(variable.shape) for variable in layer.weights}


def _training(layer: Any) -> dict[str, Any]:
    """Return the momentum of a batch normalization, in float32 as specs have it, the rate of a dropout, how a kernel starts."""
    found: dict[str, Any] = {"rate": layer.rate} if hasattr(layer, "rate") else {}
    if hasattr(layer, "momentum"):
        found["momentum"] = float(np.float32(layer.momentum))
    for key in ("kernel_initializer", "depthwise_initializer"):
        if hasattr(layer, key):
            start = getattr(layer, key)
            found["start"] = (start.scale, start.mode, start.distribution)
    return found
