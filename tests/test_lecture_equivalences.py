"""The lecture's equivalences: a 1D layer is its 2D layer with one side of the window of 1, on every backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from case import Case, case, generator
from gates import same
from workers import BACKENDS, Array, Worker

STEPS, CHANNELS = 9, 3
CONVOLUTIONS: dict[str, dict[str, Any]] = {
    "plain": {"kernel_size": 3},
    "same": {"kernel_size": 4, "padding": "same", "activation": "relu"},
    "same-strided": {"kernel_size": 3, "strides": 2, "padding": "same"},
    "dilated": {"kernel_size": 3, "dilation_rate": 3, "use_bias": False},
    "groups": {"kernel_size": 2, "groups": 3},
}
POOLS: dict[str, dict[str, Any]] = {
    "plain": {"pool_size": 2},
    "strided": {"pool_size": 3, "strides": 1},
    "same": {"pool_size": 4, "strides": 2, "padding": "same"},
}
ALONG = {"height": (STEPS, 1, CHANNELS), "width": (1, STEPS, CHANNELS)}
"""The 2D image of a sequence, by the axis that its steps run along."""


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("axis", ALONG)
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_conv1d_is_conv2d_with_one_side_of_1(name: str, axis: str, backend: str, on: Callable[[str], Worker]) -> None:
    fields = CONVOLUTIONS[name]
    line = case("Conv1D", name, (STEPS, CHANNELS), filters=6, **fields)
    image = case("Conv2D", name, ALONG[axis], filters=6, **_on_one_axis(fields, axis))
    weights = line.weights(line.graph)
    kernel = weights["layer/kernel"]
    flat = kernel[:, None] if axis == "height" else kernel[None]
    _agree(line, image, axis, on(backend), weights, {**weights, "layer/kernel": flat})


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("axis", ALONG)
@pytest.mark.parametrize("name", POOLS)
def test_max_pooling1d_is_max_pooling2d_with_one_side_of_1(
    name: str, axis: str, backend: str, on: Callable[[str], Worker]
) -> None:
    fields = POOLS[name]
    line = case("MaxPooling1D", name, (STEPS, CHANNELS), **fields)
    image = case("MaxPooling2D", name, ALONG[axis], **_on_one_axis(fields, axis))
    _agree(line, image, axis, on(backend), {}, {})


def _on_one_axis(fields: dict[str, Any], axis: str) -> dict[str, Any]:
    """Return 1D arguments in 2D: sizes along one axis, 1 along the other."""
    sized = {"kernel_size", "strides", "dilation_rate", "pool_size"}
    return {
        name: ([value, 1] if axis == "height" else [1, value]) if name in sized else value for name, value in fields.items()
    }


def _agree(
    line: Case, image: Case, axis: str, worker: Worker, weights: dict[str, Array], image_weights: dict[str, Array]
) -> None:
    x = generator(line.id).normal(size=(2, STEPS, CHANNELS))
    new = 2 if axis == "height" else 1
    wanted = worker.run(line.document, weights=weights, inputs={"x0": x}, dtype="float64")
    found = worker.run(image.document, weights=image_weights, inputs={"x0": np.expand_dims(x, new)}, dtype="float64")
    same(found["layer"].squeeze(new), wanted["layer"])
