"""Plain stochastic gradient descent in each framework, written as its users write it. Runs in the workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from workers import Array

import modelspec


def keras_steps(
    document: Mapping[str, Any], weights: Mapping[str, Array], images: Array, labels: Array, steps: int, rate: float
) -> tuple[list[float], dict[str, Array]]:
    """Return the loss of every step, and the trained weights."""
    import keras
    import tensorflow as tf

    model = modelspec.compile(document, "keras", weights=weights, dtype="float64")
    optimizer = keras.optimizers.SGD(rate)
    losses: list[float] = []
    for _ in range(steps):
        with tf.GradientTape() as tape:
            chosen = tf.gather(model.native(images, training=True), labels, batch_dims=1)
            loss = -tf.reduce_mean(tf.math.log(chosen))
        gradients = tape.gradient(loss, model.native.trainable_variables)
        optimizer.apply(gradients, model.native.trainable_variables)
        losses.append(float(loss))
    return losses, {key: np.asarray(array) for key, array in model.weights().items()}


def torch_steps(
    document: Mapping[str, Any], weights: Mapping[str, Array], images: Array, labels: Array, steps: int, rate: float
) -> tuple[list[float], dict[str, Array]]:
    """Return the loss of every step, and the trained weights."""
    import torch

    model = modelspec.compile(document, "torch", weights=weights, dtype="float64")
    network = model.native.train()
    optimizer = torch.optim.SGD(network.parameters(), rate)
    losses: list[float] = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.nn.functional.nll_loss(network(torch.from_numpy(images)).log(), torch.from_numpy(labels))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, {key: np.asarray(array) for key, array in model.weights().items()}


def keras_fit(
    document: Mapping[str, Any], images: Array, labels: Array, path: str
) -> tuple[list[float], dict[str, Array], Array]:
    """Train with ``fit``, save with Keras's own ``save``; return the losses, the weights, and the outputs."""
    import keras

    model = modelspec.compile(document, "keras")
    model.native.compile("adam", "sparse_categorical_crossentropy")
    history = model.native.fit(images, labels, epochs=3, batch_size=4, verbose=0)
    model.native.save(path)
    again = keras.models.load_model(path)
    outputs = keras.ops.convert_to_numpy(again(images, training=False))
    return history.history["loss"], {key: np.asarray(array) for key, array in model.weights().items()}, outputs
