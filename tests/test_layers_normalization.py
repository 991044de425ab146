"""Normalization layers where a conformance case does not reach: adapted statistics, groups of one value, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import oracle
import pytest
from case import generator
from workers import BACKENDS, Array, Worker

import modelspec
from modelspec.diagnostics import SpecError

On = Callable[[str], Worker]
ADAPTED: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "image": ({}, (4, 5, 3)),
    "inverted": ({"invert": True}, (4, 5, 3)),
    "axes": ({"axis": [1, 3]}, (4, 5, 3)),
    "no-axis": ({"axis": None}, (4, 5)),
}


def spec(layer: Mapping[str, Any], *shapes: tuple[int | str, ...]) -> dict[str, Any]:
    inputs = {f"x{number}": {"shape": list(shape)} for number, shape in enumerate(shapes)}
    reads = {"inputs": [*inputs]} if len(shapes) > 1 else {}
    return {"format_version": 1, "name": "n", "inputs": inputs, "layers": [{"name": "layer", **reads, **layer}]}


def statistics(document: Mapping[str, Any]) -> dict[str, Array]:
    """Return weights as ``adapt`` leaves them."""
    graph = modelspec.elaborate(modelspec.load(document))
    makers: dict[str, Callable[[tuple[int, ...]], Array]] = {
        "mean": lambda shape: generator("mean").normal(size=shape).astype(np.float32),
        "variance": lambda shape: generator("variance").uniform(0.2, 2, shape).astype(np.float32),
        "count": lambda shape: np.full(shape, 12, np.float32),
    }
    return {key: makers[bound.weight.name](bound.weight.shape) for key, bound in graph.weights.items()}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ADAPTED)
def test_adapted_statistics_are_weights(name: str, backend: str, on: On) -> None:
    fields, shape = ADAPTED[name]
    document = spec({"type": "Normalization", **fields}, shape)
    weights = statistics(document)
    assert [key.rpartition("/")[2] for key in weights] == ["mean", "variance", "count"]
    inputs = {"x0": generator(name).normal(size=(2, *shape))}
    found = on(backend).run(document, weights=weights, inputs=inputs, dtype="float64", what=("outputs", "weights"))
    wanted = oracle.outputs(modelspec.elaborate(modelspec.load(document)), inputs, weights)["layer"]
    np.testing.assert_allclose(found["outputs/layer"], wanted, rtol=0, atol=1e-10 * np.abs(wanted).max())
    for key, array in weights.items():
        np.testing.assert_array_equal(found[f"weights/{key}"], array)


def test_none_of_them_is_trained() -> None:
    graph = modelspec.elaborate(modelspec.load(spec({"type": "Normalization"}, (8, 8, 3))))
    assert (graph.parameters, graph.trainable_parameters) == (7, 0)


def adapt(document: Mapping[str, Any], data: Array, path: str) -> tuple[dict[str, Array], Array, Array]:
    """Run Keras's own ``adapt`` on the layer, and save the model; return its weights, its outputs and those of the file."""
    import keras

    model = modelspec.compile(document, "keras")
    model.native.get_layer("layer").adapt(data)
    model.save(path)
    again = keras.models.load_model(path)
    weights = {key: np.asarray(array) for key, array in model.weights().items()}
    return weights, model({"x0": data})["layer"], keras.ops.convert_to_numpy(again(data, training=False))


def test_what_keras_adapts_goes_to_other_backends(on: On, tmp_path: Path) -> None:
    data = generator("adapt").normal(3, 2, (16, 4, 5, 3)).astype(np.float32)
    document = spec({"type": "Normalization"}, (4, 5, 3))
    path = str(tmp_path / "adapted.keras")
    weights, outputs, loaded = on("keras").call(adapt, document, data, path)
    np.testing.assert_allclose(weights["layer/mean"], data.mean((0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(weights["layer/variance"], data.var((0, 1, 2)), rtol=1e-5)
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
    np.testing.assert_allclose(loaded, outputs, atol=1e-6)
    for backend in ("torch", "onnx"):
        found = on(backend).run(document, weights=weights, inputs={"x0": data})["layer"]
        np.testing.assert_allclose(found, outputs, atol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_groups_of_one_value_give_beta(backend: str, on: On) -> None:
    document = spec({"type": "GroupNormalization", "groups": -1}, (3,))
    weights = {"layer/gamma": np.ones(3, np.float32), "layer/beta": np.array([1, 2, 3], np.float32)}
    found = on(backend).run(document, weights=weights, inputs={"x0": np.full((1, 3), 5.0)}, dtype="float64")["layer"]
    np.testing.assert_allclose(found, [[1, 2, 3]], rtol=1e-12)


def gradient_of_gamma(document: Mapping[str, Any], x: Array) -> Array:
    """Run in PyTorch: the gradient of the outputs' sum of squares by ``gamma``; the input needs none."""
    import torch

    module = modelspec.compile(document, "torch").native
    module(torch.from_numpy(x)).square().sum().backward()
    return module.layer.weight.grad.numpy()


@pytest.mark.parametrize("shape", [(4, 5, 6), (5, 6)], ids=str)
def test_a_group_normalization_of_data_trains(shape: tuple[int, ...], on: On) -> None:
    document = spec({"type": "GroupNormalization", "groups": 3}, shape)
    x = generator("data").normal(size=(2, *shape)).astype(np.float32)
    found = on("torch").call(gradient_of_gamma, document, x)
    outputs = on("torch").run(document, inputs={"x0": x})["layer"]
    np.testing.assert_allclose(found, 2 * np.square(outputs).sum(tuple(range(x.ndim - 1))), rtol=1e-4)


FREE = ("height", "width", "channels")
IMAGE = (4, 5, 6)
REFUSED: dict[str, tuple[dict[str, Any], tuple[tuple[int | str, ...], ...], str, str]] = {
    "batch": ({"type": "LayerNormalization", "axis": 0}, (IMAGE,), "MS203", "axis is 0; an input of [4, 5, 6] has axes 1 to 3"),
    "no-axis": ({"type": "LayerNormalization", "axis": []}, (IMAGE,), "MS203", "axis is []"),
    "axis-twice": ({"type": "RMSNormalization", "axis": [-1, 3]}, (IMAGE,), "MS203", "each once"),
    "out-of-range": ({"type": "UnitNormalization", "axis": 4}, (IMAGE,), "MS203", "axis is 4"),
    "open": ({"type": "LayerNormalization"}, (FREE,), "MS501", 'a known size along axis -1, but it is "channels"'),
    "groups": ({"type": "GroupNormalization", "groups": 4}, (IMAGE,), "MS203", "does not divide the 6 channels"),
    "default-groups": ({"type": "GroupNormalization"}, (IMAGE,), "MS203", "groups is 32"),
    "no-groups": ({"type": "GroupNormalization", "groups": 0}, (IMAGE,), "MS20", "groups is 0"),
    "no-variance": ({"type": "Normalization", "mean": 1.0}, (IMAGE,), "MS203", "variance is not given"),
    "other-variance": (
        {"type": "Normalization", "mean": 1.0, "variance": [1.0, 2.0]},
        (IMAGE,),
        "MS203",
        "mean has the shape [] and variance [2]",
    ),
    "sizes": (
        {"type": "Normalization", "mean": [1.0, 2.0], "variance": [1.0, 2.0]},
        (IMAGE,),
        "MS501",
        "does not broadcast to the axes' sizes [6]",
    ),
    "open-channels": ({"type": "LayerScale"}, (FREE,), "MS501", "LayerScale needs a known size"),
    "dot-batch": ({"type": "Dot", "axes": 0}, (IMAGE, IMAGE), "MS203", "axes is 0"),
    "dot-sizes": ({"type": "Dot", "axes": [1, 2]}, (IMAGE, IMAGE), "MS501", "axis 1 of the first (4) and 2 of the second (5)"),
    "dot-three-axes": ({"type": "Dot", "axes": [1, 2, 3]}, (IMAGE, IMAGE), "MS203", "axes is [1, 2, 3]"),
    "shapes": ({"type": "Multiply"}, (IMAGE, (4, 1)), "MS501", "[4, 5, 6] and [4, 1]; they must be equal, or 1"),
    "three": ({"type": "Subtract"}, (IMAGE, IMAGE, IMAGE), "MS502", "Subtract takes 2 inputs"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    layer, shapes, code, words = REFUSED[name]
    with pytest.raises(SpecError) as caught:
        modelspec.elaborate(modelspec.load(spec(layer, *shapes)))
    (finding,) = caught.value.diagnostics
    assert finding.code.startswith(code)
    assert words in finding.message
