"""One can train in either framework, and ship the result as ONNX."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import training
from gates import document, random_weights
from workers import Worker

import modelspec
from modelspec import weights as canonical
from modelspec.cli import main

On = Callable[[str], Worker]
STEPS = 5
RATE = 2.0**-7
"""Exact in float32, in which Keras's optimizers keep it."""


@pytest.fixture(scope="module")
def network() -> dict:
    """The lecture's network at 48x40, without dropout, whose masks differ by framework."""
    spec = document("xception")
    spec["parameters"]["input_shape"]["default"] = [48, 40, 3]
    (dropout,) = (step for step in spec["layers"] if step.get("type") == "Dropout")
    dropout["rate"] = 0.0
    return spec


def test_five_steps_give_the_same_losses_and_weights(on: On, network: dict, tmp_path: Path) -> None:
    graph = modelspec.elaborate(network)
    start = random_weights(graph, seed=3)
    noise = np.random.default_rng(4)
    images, labels = noise.uniform(0, 255, (6, 48, 40, 3)), noise.integers(0, 10, 6)
    trained = {
        "keras": on("keras").call(training.keras_steps, network, start, images, labels, STEPS, RATE),
        "torch": on("torch").call(training.torch_steps, network, start, images, labels, STEPS, RATE),
    }
    losses, weights = zip(*trained.values(), strict=True)
    assert losses[0][0] != losses[0][-1]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-9)
    assert weights[0].keys() == weights[1].keys() == start.keys()
    moved = [key for key in start if not np.array_equal(start[key], weights[0][key])]
    assert len(moved) == len(start), "every weight and moving statistic has changed"
    for key in start:
        scale = np.abs(weights[0][key]).max()
        assert np.abs(weights[0][key] - weights[1][key]).max() <= 1e-8 * scale + 1e-12, key

    outputs = []
    for name, arrays in zip(trained, weights, strict=True):
        path = canonical.write(tmp_path / f"{name}.safetensors", arrays, graph.name)
        assert (
            main(
                [
                    "compile",
                    str(_spec(tmp_path, network)),
                    "--backend",
                    "onnx",
                    "--weights",
                    str(path),
                    "-o",
                    str(tmp_path / name),
                ]
            )
            == 0
        )
        shipped = modelspec.compile(network, "onnx", weights=path)
        outputs.append(shipped(images.astype(np.float32))["predictions"])
    np.testing.assert_allclose(outputs[0], outputs[1], atol=1e-6)
    assert (
        np.abs(outputs[0] - modelspec.compile(network, "onnx", weights=start)(images.astype(np.float32))["predictions"]).max()
        > 1e-3
    )


def test_a_model_trained_with_fit_and_saved_by_keras_gives_its_weights_back(on: On, network: dict, tmp_path: Path) -> None:
    noise = np.random.default_rng(5)
    images, labels = noise.uniform(0, 255, (8, 48, 40, 3)).astype(np.float32), noise.integers(0, 10, 8)
    saved = tmp_path / "trained.keras"
    losses, weights, outputs = on("keras").call(training.keras_fit, network, images, labels, str(saved))
    assert losses[-1] < losses[0]
    taken = tmp_path / "taken.safetensors"
    on("keras").call(take, str(saved), str(_spec(tmp_path, network)), str(taken))
    arrays = canonical.read(taken)
    assert arrays.keys() == weights.keys()
    assert all(np.array_equal(arrays[key], weights[key]) for key in arrays)
    shipped = modelspec.compile(network, "onnx", weights=taken)(images)["predictions"]
    np.testing.assert_allclose(shipped, outputs, atol=2e-6)


def take(model: str, spec: str, output: str) -> None:
    """Run ``modelspec weights take``, in a worker."""
    assert main(["weights", "take", model, "--spec", spec, "-o", output]) == 0


def _spec(folder: Path, network: dict) -> Path:
    import json

    path = folder / "network.json"
    path.write_text(json.dumps(network))
    return path
