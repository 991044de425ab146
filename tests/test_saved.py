"""Saved models load with the frameworks' own loaders, and give their weights back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gates import images, random_weights
from workers import Array, Worker

import modelspec
from modelspec import weights as canonical
from modelspec.cli import main

On = Callable[[str], Worker]
FREE = {"input_shape": ["height", "width", 3], "num_classes": 4}
SIZES = [(1, 64, 64), (5, 64, 64), (2, 71, 48)]


def keras_saved(weights: Mapping[str, Array], path: str) -> list[tuple[Array, Array]]:
    """Run in the keras worker: outputs of the compiled model and of what ``load_model`` makes of its file."""
    import keras

    model = modelspec.compile("xception", "keras", parameters=FREE, weights=weights)
    assert [str(file) for file in model.save(path)] == [path]
    again = keras.models.load_model(path)
    pixels = [images((*size, 3), seed=0) for size in SIZES]
    return [(model(it)["predictions"], keras.ops.convert_to_numpy(again(it, training=False))) for it in pixels]


def torch_saved(weights: Mapping[str, Array], path: str) -> list[tuple[Array, Array]]:
    """Run in the torch worker: outputs of the compiled model and of what ``torch.export.load`` makes of its file."""
    import torch

    model = modelspec.compile("xception", "torch", parameters=FREE, weights=weights)
    assert [Path(file).suffix for file in model.save(path)] == [".pt2", ".safetensors"]
    again = torch.export.load(path).module()
    pixels = [images((*size, 3), seed=0) for size in SIZES]
    return [(model(it)["predictions"], again(torch.from_numpy(it)).numpy(force=True)) for it in pixels]


SAVED: dict[str, tuple[Any, str]] = {"keras": (keras_saved, "saved.keras"), "torch": (torch_saved, "saved.pt2")}


@pytest.mark.parametrize("backend", SAVED)
def test_a_saved_model_loads_and_gives_its_weights_back(on: On, backend: str, tmp_path: Path) -> None:
    function, name = SAVED[backend]
    graph = modelspec.elaborate("xception", FREE)
    start = random_weights(graph, seed=9)
    for before, after in on(backend).call(function, start, str(tmp_path / name)):
        np.testing.assert_allclose(after, before, rtol=0, atol=1e-6)
    parameters = ["--param", 'input_shape=["height", "width", 3]', "--param", "num_classes=4"]
    on(backend).call(take, ["xception", *parameters], str(tmp_path / name), str(tmp_path / "taken.safetensors"))
    taken = canonical.read(tmp_path / "taken.safetensors")
    assert taken.keys() == start.keys()
    assert all(np.array_equal(taken[key], start[key]) for key in start)


def take(spec: list[str], model: str, output: str) -> None:
    """Run ``modelspec weights take``, in a worker."""
    name, *parameters = spec
    assert main(["weights", "take", model, "--spec", name, *parameters, "-o", output]) == 0


def state_dict_saved(weights: Mapping[str, Array], path: str) -> list[str]:
    """Run in the torch worker: save the module as its users do; return the names of its arrays."""
    from safetensors.torch import save_file

    network = modelspec.compile("xception", "torch", parameters=FREE, weights=weights).native
    save_file(network.state_dict(), path)
    return list(network.state_dict())


def test_a_state_dict_gives_its_weights_back(on: On, tmp_path: Path) -> None:
    graph = modelspec.elaborate("xception", FREE)
    start = random_weights(graph, seed=9)
    path = tmp_path / "state.safetensors"
    names = on("torch").call(state_dict_saved, start, str(path))
    assert "residual_2.relu_sepconv.separable_conv2d.depthwise.weight" in names
    parameters = ["--param", 'input_shape=["height", "width", 3]', "--param", "num_classes=4"]
    on("torch").call(take, ["xception", *parameters], str(path), str(tmp_path / "taken.safetensors"))
    taken = canonical.read(tmp_path / "taken.safetensors")
    assert all(np.array_equal(taken[key], start[key]) for key in start)


@pytest.mark.parametrize("backend", SAVED)
def test_weights_of_another_model_are_refused_and_nothing_is_written(on: On, backend: str, tmp_path: Path) -> None:
    function, name = SAVED[backend]
    graph = modelspec.elaborate("xception", FREE)
    on(backend).call(function, random_weights(graph, seed=9), str(tmp_path / name))
    output = tmp_path / "taken.safetensors"
    assert on(backend).call(main, ["weights", "take", str(tmp_path / name), "--spec", "xception", "-o", str(output)]) == 1
    assert not output.exists()


def test_a_pickle_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"\x80\x02.")
    assert main(["weights", "take", str(path), "--spec", "xception", "-o", str(tmp_path / "w.safetensors")]) == 1
    assert "weights cannot be taken from" in capsys.readouterr().err
