"""Gradients of a case's outputs, by inputs and by weights; these functions run in a worker each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from workers import Array

import modelspec

Gradients = dict[str, Array | None]
"""By ``inputs/x`` or ``weights/key``; None where the output does not depend on it."""


def keras_gradients(
    document: Mapping[str, Any], weights: Mapping[str, Array], inputs: Mapping[str, Array], directions: Mapping[str, Array]
) -> Gradients:
    """Return the gradients of ``sum(output * direction)`` over all outputs, in inference mode."""
    import tensorflow as tf

    from modelspec_keras.model import variable

    model = modelspec.compile(modelspec.load(document), "keras", weights=weights, dtype="float64")
    given = {name: tf.constant(inputs[name]) for name in model.graph.inputs}
    read = {name: tensor for name, tensor in given.items() if tensor.dtype.is_floating}
    variables = {
        bound.key: variable(model._layers[node.name], node.layer, bound.weight.name)
        for node in model.graph.nodes
        for bound in node.weights
        if bound.trainable
    }
    wanted = [*read.values(), *(variable.value for variable in variables.values())]
    with tf.GradientTape() as tape:
        tape.watch(wanted)
        made = model.native(list(given.values()) if len(given) > 1 else next(iter(given.values())), training=False)
        outputs = made if isinstance(made, dict) else {next(iter(model.graph.outputs)): made}
        total = tf.add_n([tf.reduce_sum(outputs[name] * directions[name]) for name in outputs])
    names = [*(f"inputs/{name}" for name in read), *(f"weights/{key}" for key in variables)]
    found = tape.gradient(total, wanted)
    shapes = {f"weights/{key}": bound.weight.shape for key, bound in model.graph.weights.items()}
    return {
        name: None if gradient is None else _dense(gradient).reshape(shapes.get(name, gradient.shape))
        for name, gradient in zip(names, found, strict=True)
    }


def _dense(gradient: Any) -> Array:
    """Return a gradient as an array; that of an embedding comes as slices."""
    import tensorflow as tf

    return tf.convert_to_tensor(gradient).numpy()


def torch_gradients(
    document: Mapping[str, Any], weights: Mapping[str, Array], inputs: Mapping[str, Array], directions: Mapping[str, Array]
) -> Gradients:
    """Return the gradients of ``sum(output * direction)`` over all outputs, in inference mode."""
    import torch

    from modelspec_torch.axes import restore
    from modelspec_torch.names import state_entries

    model = modelspec.compile(modelspec.load(document), "torch", weights=weights, dtype="float64")
    module = model.native.eval()
    given = {name: torch.from_numpy(array) for name, array in inputs.items()}
    read = {name: tensor.requires_grad_() for name, tensor in given.items() if tensor.is_floating_point()}
    made = module(*[given[name] for name in model.graph.inputs])
    outputs = made if isinstance(made, dict) else {next(iter(model.graph.outputs)): made}
    total = sum((outputs[name] * torch.from_numpy(directions[name])).sum() for name in outputs)
    parameters = {name: tensor for name, tensor in module.named_parameters() if tensor.requires_grad}
    wanted = [*read.values(), *parameters.values()]
    found = torch.autograd.grad(total, wanted, allow_unused=True) if total.requires_grad else [None] * len(wanted)
    names = [*(f"inputs/{name}" for name in read), *parameters]
    raw = dict(zip(names, found, strict=True))
    gradients: Gradients = {name: _array(raw[name]) for name in names if name.startswith("inputs/")}
    for name, entry in state_entries(model.graph).items():
        if name in parameters:
            gradient = raw[name]
            canonical = None if gradient is None else restore(gradient.numpy(), entry.torch.axes, entry.bound.weight.shape)
            gradients[f"weights/{entry.bound.key}"] = canonical
    return gradients


def _array(gradient: Any) -> Array | None:
    return None if gradient is None else np.asarray(gradient)
