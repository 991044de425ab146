"""The two Xceptions give what Keras users' own code gives, in every backend."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import lecture
import numpy as np
import pytest
from gates import document, images, random_weights, rounds_like, same
from workers import BACKENDS, Array, Worker

import modelspec

On = Callable[[str], Worker]


@cache
def weights_for(num_classes: int) -> dict[str, Array]:
    """The weights do not depend on height and width."""
    return random_weights(modelspec.elaborate("xception", {"num_classes": num_classes}), seed=num_classes)


def exact(on: On, num_classes: int, pixels: Array) -> Array:
    """The lecture's function in float64."""
    arguments = (pixels.shape[1:], num_classes, weights_for(num_classes), pixels.astype(np.float64), "float64")
    return on("keras").call(lecture.lecture, *arguments)


def compiled(on: On, backend: str, dtype: str, num_classes: int, pixels: Array, **keywords: Any) -> Array:
    """One of our backends; the input keeps the sizes of the pixels."""
    outputs = on(backend).run(
        keywords.pop("spec", None) or document("xception"),
        parameters={"num_classes": num_classes, "input_shape": keywords.pop("shape", None) or list(pixels.shape[1:])},
        weights=weights_for(num_classes),
        inputs={"image": pixels.astype(dtype)},
        dtype=dtype,
        **keywords,
    )
    return outputs["predictions"]


@pytest.mark.parametrize("size", [179, 180, 181, 224])
def test_the_lectures_function_in_float64(on: On, size: int) -> None:
    pixels = images((1, size, size, 3), seed=size)
    wanted = exact(on, 10, pixels)
    for backend in BACKENDS:
        same(compiled(on, backend, "float64", 10, pixels), wanted)


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("num_classes", [2, 10, 1000])
@pytest.mark.parametrize("size", [(180, 180), (179, 224), (181, 97)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_lectures_function_in_float32(on: On, size: tuple[int, int], num_classes: int, batch: int) -> None:
    pixels = images((batch, *size, 3), seed=batch)
    wanted = exact(on, num_classes, pixels)
    assert wanted.shape == (batch, 1 if num_classes == 2 else num_classes)
    arguments = (pixels.shape[1:], num_classes, weights_for(num_classes), pixels, "float32")
    native = on("keras").call(lecture.lecture, *arguments)
    rounds_like({backend: compiled(on, backend, "float32", num_classes, pixels) for backend in BACKENDS}, native, wanted)


@pytest.mark.parametrize("backend", BACKENDS)
def test_dynamic_height_and_width(on: On, backend: str) -> None:
    for size in ((64, 64), (65, 47), (80, 99)):
        pixels = images((2, *size, 3), seed=size[1])
        same(compiled(on, backend, "float64", 10, pixels, shape=["height", "width", 3]), exact(on, 10, pixels))


@pytest.mark.parametrize("backend", BACKENDS)
def test_inputs_and_outputs_in_the_other_layout(on: On, backend: str) -> None:
    pixels = images((2, 65, 48, 3), seed=1)
    moved = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
    found = compiled(on, backend, "float64", 10, moved, shape=[65, 48, 3], io_layout="channels_first")
    same(found, exact(on, 10, pixels))


@pytest.mark.parametrize("io_layout", ["spec", "channels_last"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_spec_in_channels_first(on: On, backend: str, io_layout: str) -> None:
    spec = document("xception") | {"data_format": "channels_first"}
    pixels = images((2, 65, 48, 3), seed=1)
    given = pixels if io_layout == "channels_last" else np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
    found = compiled(on, backend, "float64", 10, given, spec=spec, shape=[3, 65, 48], io_layout=io_layout)
    same(found, exact(on, 10, pixels))


@pytest.mark.parametrize("spec", ["xception", "xception_imagenet"])
def test_every_layer_agrees_by_name(on: On, spec: str) -> None:
    parameters = {"input_shape": [47, 54, 3], "num_classes": 7}
    graph = modelspec.elaborate(spec, parameters)
    found = {
        backend: on(backend).run(
            document(spec),
            parameters=parameters,
            weights=random_weights(graph, seed=2),
            inputs={"image": images((2, 47, 54, 3), seed=2).astype(np.float64)},
            dtype="float64",
            what="intermediates",
        )
        for backend in BACKENDS
    }
    for node in graph.nodes:
        wanted = found["keras"][node.value]
        assert wanted.shape[1:] == node.output.shape
        for backend in ("onnx", "torch"):
            same(found[backend][node.value], wanted)


@pytest.mark.parametrize(("size", "dtype"), [(96, "float64"), (299, "float32")])
def test_the_published_xception(on: On, size: int, dtype: str) -> None:
    graph = modelspec.elaborate("xception_imagenet", {"input_shape": [size, size, 3]})
    changes = {key: array for key, array in random_weights(graph, seed=6).items() if "batch_normalization" in key}
    pixels = images((2, size, size, 3), seed=7)
    (arrays, wanted, counts) = on("keras").call(
        lecture.published, (size, size, 3), 1000, changes, pixels.astype(np.float64), "float64"
    )
    assert counts == (graph.parameters, graph.trainable_parameters) == (22_910_480, 22_855_952)
    found = {
        backend: on(backend).run(
            document("xception_imagenet"),
            parameters={"input_shape": [size, size, 3]},
            weights=arrays,
            inputs={"image": pixels.astype(dtype)},
            dtype=dtype,
        )["predictions"]
        for backend in BACKENDS
    }
    if dtype == "float64":
        for array in found.values():
            same(array, wanted)
        return
    _, native, _ = on("keras").call(lecture.published, (size, size, 3), 1000, arrays, pixels, "float32")
    rounds_like(found, native, wanted)


def test_the_published_xception_takes_scaled_pixels(on: On) -> None:
    pixels = images((1, 80, 80, 3), seed=8).astype(np.float64)
    parameters = {"input_shape": [80, 80, 3], "num_classes": 5}
    weights = random_weights(modelspec.elaborate("xception_imagenet", parameters), seed=8)
    spec = document("xception_imagenet")
    raw = on("torch").run(spec, parameters=parameters, weights=weights, inputs={"image": pixels}, dtype="float64")
    scaled = on("torch").run(
        spec, parameters=parameters | {"rescale": False}, weights=weights, inputs={"image": pixels / 127.5 - 1}, dtype="float64"
    )
    same(scaled["predictions"], raw["predictions"])
