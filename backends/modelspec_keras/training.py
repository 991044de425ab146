"""Gradients of a Keras model by its canonical weights, and steps of plain gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from modelspec.backend import Step
from modelspec.weights import Array, Arrays
from modelspec_keras.model import KerasModel

Tensors = Mapping[str, Any]
Gradients = dict[str, Any]
"""By the names of what was asked for; None where the loss does not depend on it."""


def trained(model: KerasModel) -> dict[str, Any]:
    """Return the variables that Keras trains, by canonical key."""
    wanted = {id(variable) for variable in model.native.trainable_variables}
    return {key: variable for key, variable in model.variables().items() if id(variable) in wanted}


def differentiate(
    model: KerasModel, inputs: Tensors, loss: Callable[[Tensors], Any], by: Tensors, *, training: bool
) -> tuple[Any, Gradients]:
    """Return a loss of the outputs, and its gradients by some of the inputs and the variables."""
    given = [inputs[name] for name in model.graph.inputs]
    wanted = {name: getattr(source, "value", source) for name, source in by.items()}
    with tf.GradientTape() as tape:
        tape.watch(list(wanted.values()))
        made = model.native(given if len(given) > 1 else given[0], training=training)
        total = loss(made if isinstance(made, dict) else {next(iter(model.graph.outputs)): made})
    return total, tape.gradient(total, wanted)


def canonical(model: KerasModel, gradients: Gradients) -> dict[str, Array]:
    """Return gradients by variables as canonical arrays by key; zeros where there is none."""
    weights = {key: bound.weight for key, bound in model.graph.weights.items()}
    return {key: _dense(gradient, weights[key].shape) for key, gradient in gradients.items()}


def _dense(gradient: Any, shape: tuple[int, ...]) -> Array:
    """Return a gradient as an array; that of an embedding comes as slices."""
    return np.zeros(shape) if gradient is None else np.asarray(tf.convert_to_tensor(gradient)).reshape(shape)


def train_step(model: KerasModel, inputs: Arrays, targets: Arrays, rate: Callable[[Step], float]) -> Step:
    """Change a model by one step of plain gradient descent, as ``modelspec.backend.Trainer`` defines it."""
    variables = trained(model)
    given = {name: tf.constant(array) for name, array in inputs.items()}

    def loss(outputs: Tensors) -> Any:
        return tf.add_n([*(_distance(outputs[name], wanted) for name, wanted in targets.items()), *model.native.losses])

    total, gradients = differentiate(model, given, loss, variables, training=True)
    step = Step(float(total), canonical(model, gradients))
    pace = rate(step)
    for key, variable in variables.items():
        if gradients[key] is not None:
            variable.assign(variable.value - pace * tf.convert_to_tensor(gradients[key]))
        if variable.constraint is not None:
            variable.assign(variable.constraint(variable.value))
    return step


def _distance(made: Any, wanted: Array) -> Any:
    """Return the L2 norm of the difference, the mean over the examples."""
    off = tf.reshape(made - wanted, (len(wanted), -1))
    return tf.reduce_mean(tf.sqrt(tf.reduce_sum(tf.square(off), axis=1)))
