"""The proof of equivalence: what it compares, when it says "equal", and when it must not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from workers import BACKENDS

import modelspec
from modelspec.cli import main
from modelspec.graph import Graph
from modelspec.verify import Probe, Verifier, gates
from modelspec.verify.probes import KINDS, probes, revealing_weights
from modelspec.verify.results import Verification

SMALL: dict[str, Any] = {
    "format_version": 1,
    "name": "small",
    "inputs": {"image": {"shape": [9, 8, 3]}},
    "layers": [
        {"type": "Rescaling", "scale": "${1 / 255}"},
        {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"},
        {"type": "BatchNormalization", "name": "norm"},
        {"type": "ReLU", "name": "relu"},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "name": "scores", "units": 3, "activation": "softmax"},
    ],
}


def graph_of(*layers: dict[str, Any], shape: tuple[Any, ...] = (9, 8, 3), dtype: str = "float32") -> Graph:
    inputs = {"x": {"shape": list(shape), "dtype": dtype}}
    return modelspec.elaborate({"format_version": 1, "name": "t", "inputs": inputs, "layers": list(layers)})


def even_padding(backend: str) -> None:
    """Pad as much before as after, as PyTorch users do by hand."""
    if backend == "onnx":
        import modelspec_onnx.lower.convolution as module

        right = module.window_attributes

        def wrong(*arguments: Any) -> dict[str, Any]:
            window = right(*arguments)
            ends = len(window["pads"]) // 2
            return window | {"pads": list(window["pads"][ends:]) * 2}

        module.window_attributes = wrong


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    with Verifier(BACKENDS) as made:
        yield made


def test_three_backends_are_equal_layer_by_layer(verifier: Verifier) -> None:
    found = verifier.verify(modelspec.elaborate(SMALL))
    assert found.is_equal
    assert found.compared == ("keras", "torch", "onnx")
    assert [layer.name for layer in found.layers][1:] == ["conv", "norm", "relu", "global_average_pooling2d", "scores"]
    for layer in found.layers:
        assert layer.deviations.keys() == {"semantics", "rounding"}
        for tier in layer.deviations.values():
            assert tier.keys() == set(BACKENDS)
    assert [layer.is_output for layer in found.layers] == [False] * 5 + [True]
    assert found.probes["all kinds"] == tuple(KINDS)
    assert found.probes["a batch of one"] == ("random",)


def test_weights_that_differ_between_layers_show(verifier: Verifier) -> None:
    """The comparison has something to see: the float32 of every backend is off, and by rounding only."""
    found = verifier.verify(modelspec.elaborate(SMALL))
    conv = next(layer for layer in found.layers if layer.name == "conv")
    assert all(1e-9 < it.error < 1e-6 for it in conv.deviations["rounding"].values())


def test_a_backend_that_is_not_compared_is_a_failure_unless_it_is_allowed(verifier: Verifier) -> None:
    graph = graph_of({"type": "Conv2DTranspose", "filters": 2, "kernel_size": 3, "dilation_rate": 2})
    found = verifier.verify(graph)
    assert [it.status for it in found.backends] == ["skipped", "compared", "compared"]
    assert "MS703" in found.backends[0].reason
    assert found.missing == ("keras",)
    assert not found.is_equal
    assert all(it.passes for it in found.layers)
    assert verifier.verify(graph, allowed=["keras"]).is_equal


def test_nothing_is_equal_to_itself_alone() -> None:
    with Verifier(["onnx"]) as alone:
        found = alone.verify(modelspec.elaborate(SMALL))
    assert (found.compared, found.layers, found.is_equal) == (("onnx",), (), False)


def test_the_first_layer_that_diverges_is_named_and_shown(tmp_path: Path) -> None:
    graph = modelspec.elaborate(SMALL)
    folder = tmp_path / "reproducer"
    with Verifier(BACKENDS, setup=even_padding) as mutated:
        found = mutated.verify(graph, reproducer=folder)
    assert not found.is_equal
    divergence = found.divergence
    assert divergence is not None
    assert (divergence.layer, divergence.odd, divergence.tier) == ("conv", ("onnx",), "semantics")
    assert divergence.alone["onnx"] > 1e-3
    assert not divergence.is_amplified
    assert {path.name for path in folder.iterdir()} >= {"layer.json", "layer.safetensors", "x0.npy", "command.txt"}
    bad = [layer.name for layer in found.layers if not layer.passes]
    assert bad[0] == "conv"
    assert "rescaling" not in bad


def test_free_sizes_are_odd_and_even(verifier: Verifier) -> None:
    graph = graph_of(
        {"type": "MaxPooling2D", "pool_size": 3, "strides": 2}, {"type": "GlobalMaxPooling2D"}, shape=("height", "width", 2)
    )
    found = verifier.verify(graph)
    assert found.is_equal
    sizes = {tuple(probe.inputs["x"].shape[1:3]) for probe in probes(graph, 0)}
    assert {size % 2 for pair in sizes for size in pair} == {0, 1}
    assert {(height % 2, width % 2) for height, width in sizes} >= {(0, 1), (1, 0)}


def test_inputs_that_are_given_are_those_that_are_compared(verifier: Verifier) -> None:
    graph = modelspec.elaborate(SMALL)
    images = np.linspace(0, 255, 2 * 9 * 8 * 3, dtype=np.float32).reshape(2, 9, 8, 3)
    found = verifier.verify(graph, inputs=[Probe("mine", ("first", "second"), {"image": images})])
    assert found.is_equal
    assert found.probes == {"mine": ("first", "second")}


def test_weights_hide_nothing() -> None:
    graph = modelspec.elaborate(SMALL)
    arrays = revealing_weights(graph, 0)
    for key, array in arrays.items():
        assert len(np.unique(array)) == array.size, key
    assert (arrays["norm/moving_variance"] > 0.4).all()
    assert all(np.array_equal(array, revealing_weights(graph, 0)[key]) for key, array in arrays.items())
    assert not np.array_equal(arrays["conv/bias"], revealing_weights(graph, 1)["conv/bias"])
    kernel = modelspec.elaborate("kernels/sharpen")
    assert next(np.unique(array).tolist() for array in revealing_weights(kernel, 0).values()) == [-1, 0, 5]


@pytest.mark.parametrize(("given", "hides"), [({}, False), ({"bias_initializer": {"type": "Constant", "value": 0.25}}, True)])
def test_the_ones_for_the_forget_gate_hide_no_other(given: dict[str, Any], hides: bool) -> None:
    for layer, key in (
        ({"type": "LSTM", "units": 3}, "bias"),
        ({"type": "Bidirectional", "layer": {"type": "LSTM", "units": 3, **given}}, "backward_bias"),
    ):
        arrays = revealing_weights(graph_of({**layer, "name": "layer", **(given if key == "bias" else {})}, shape=(5, 2)), 0)
        assert (len(np.unique(arrays[f"layer/{key}"])) == 2) == hides


def test_pixels_are_pixels_and_indices_are_within_bounds() -> None:
    (probe, _) = probes(modelspec.elaborate(SMALL), 0)
    assert probe.inputs["image"].min() >= 0
    assert probe.inputs["image"].max() > 200
    words = graph_of({"type": "Embedding", "input_dim": 5, "output_dim": 2}, shape=(30,), dtype="int32")
    (probe, _) = probes(words, 0)
    assert np.unique(probe.inputs["x"]).tolist() == [0, 1, 2, 3, 4]


class TestGates:
    """Errors are relative to each example, and what cancelled counts as what it was read from."""

    one = np.array([[1.0, 2.0], [100.0, 200.0]])

    def test_each_example_has_a_scale_of_its_own(self) -> None:
        assert gates.errors(self.one + np.array([[2e-3, 0], [0, 0]]), self.one).tolist() == pytest.approx([1e-3, 0])
        assert gates.distances(self.one * 1.01, self.one).tolist() == pytest.approx([0.01, 0.01])

    def test_shapes_and_infinities_differ(self) -> None:
        assert gates.errors(self.one[:, :1], self.one).tolist() == [np.inf, np.inf]
        odd = np.array([[1.0, np.nan], [np.inf, 200.0]])
        assert gates.errors(odd, self.one).tolist() == [np.inf, np.inf]
        assert gates.errors(odd, odd).tolist() == [0, 0]

    def test_what_cancelled_tells_nothing(self) -> None:
        nothing, noise = np.zeros((1, 3)), np.full((1, 3), 1e-15)
        assert gates.errors(noise, nothing).tolist() == [np.inf]
        assert gates.errors(noise, nothing, reads=np.array([1.0])).tolist() == pytest.approx([1e-12])

    def test_a_backend_may_round_like_the_others_and_no_worse(self) -> None:
        assert gates.rounding_bound([1e-7, 2e-7], "float32", is_output=True) == pytest.approx(1.6e-6)
        assert gates.rounding_bound([1e-2, 2e-7], "float32", is_output=True) == 1e-4
        assert gates.rounding_bound([1e-2, 2e-7], "float32", is_output=False) == pytest.approx(3e-2, rel=1e-3)

    def test_what_is_known_to_be_inexact_widens_the_gate_there_and_after(self) -> None:
        graph = graph_of(
            {"type": "ReLU", "name": "before"},
            {"type": "Activation", "name": "selu", "activation": "selu"},
            {"type": "ReLU", "name": "after"},
        )
        bounds = gates.semantic_bounds(graph, ["onnx", "torch"])
        assert bounds["onnx"] == pytest.approx({"before": 1e-10, "selu": 1e-7, "after": 1e-5})
        assert set(bounds["torch"].values()) == {1e-10}


class TestCommand:
    """``modelspec verify``."""

    @pytest.fixture
    def spec(self, tmp_path: Path) -> str:
        path = tmp_path / "small.json"
        path.write_text(json.dumps(SMALL))
        return str(path)

    def test_equal(self, spec: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["verify", spec, "--backends", "torch,onnx"]) == 0
        out = capsys.readouterr().out
        assert "small: equal: torch = onnx: 6 layers, 9 examples" in out

    def test_one_backend_is_no_comparison(self, spec: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["verify", spec, "--backends", "onnx"]) == 1
        assert "nothing to compare with" in capsys.readouterr().out

    def test_an_unknown_backend(self, spec: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["verify", spec, "--backends", "onnx,torsch"]) == 1
        assert 'MS701 there is no backend "torsch"' in capsys.readouterr().err

    def test_given_weights_and_inputs(self, spec: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        weights, array = str(tmp_path / "w.safetensors"), tmp_path / "image.npy"
        assert main(["weights", "make", spec, "-o", weights]) == 0
        np.save(array, np.full((1, 9, 8, 3), 7, np.float32))
        assert main(["verify", spec, "--backends", "torch,onnx", "--weights", weights, "--input", str(array)]) == 0
        assert "6 layers, 1 example" in capsys.readouterr().out
        np.save(array, np.full((1, 9, 9, 3), 7, np.float32))
        assert main(["verify", spec, "--backends", "torch,onnx", "--input", str(array)]) == 1
        assert "MS803" in capsys.readouterr().err


def test_equal_is_never_said_of_what_was_not_compared(verifier: Verifier) -> None:
    found = verifier.verify(modelspec.elaborate(SMALL))
    assert found.is_equal
    assert not replace(found, layers=()).is_equal
    assert not replace(found, backends=found.backends[:1]).is_equal
    failed = replace(found.backends[2], status="failed")
    assert not replace(found, backends=(*found.backends[:2], failed)).is_equal
    assert replace(found, backends=(*found.backends[:2], failed), allowed=("onnx",)).is_equal
    assert isinstance(found, Verification)
