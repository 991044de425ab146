"""verify at -O1: what was merged is said so, all else is compared, and folding that is wrong is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import modelspec
from modelspec.cli import main
from modelspec.verify import Verifier
from modelspec.verify.reports import text

SPEC: dict[str, Any] = {
    "format_version": 1,
    "name": "small",
    "inputs": {"image": {"shape": [7, 8, 3]}},
    "layers": [
        {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"},
        {"type": "BatchNormalization", "name": "norm"},
        {"type": "ReLU", "name": "relu"},
        {"type": "Dropout", "name": "dropout", "rate": 0.5},
        {"type": "GlobalAveragePooling2D", "name": "mean"},
        {"type": "Dense", "name": "scores", "units": 3},
        {"type": "Dropout", "name": "last", "rate": 0.5},
    ],
}


def wrong_epsilon(backend: str) -> None:
    """Fold with PyTorch's epsilon."""
    from modelspec.layers.normalization import BatchNormalization

    right = BatchNormalization.affine
    BatchNormalization.affine = lambda self, inputs: right(self.model_copy(update={"epsilon": 1e-5}), inputs)


def test_merged_layers_are_said_so_and_the_others_compared() -> None:
    with Verifier(["torch", "onnx"]) as verifier:
        found = verifier.verify(modelspec.elaborate(SPEC), optimize=1)
    assert found.is_equal
    merged = {layer.name for layer in found.layers if layer.merged}
    assert merged == {"conv", "norm", "dropout", "scores"}
    assert all(layer.merged == ("onnx",) and not layer.deviations for layer in found.layers if layer.name in merged)
    for layer in found.layers:
        if layer.name not in merged:
            assert all(by.keys() == {"torch", "onnx"} for by in layer.deviations.values())
    assert "-O1: onnx merged 4 layers into others" in text(found)


def test_a_wrong_fold_is_found_in_the_layer_that_has_it(tmp_path: Path) -> None:
    with Verifier(["torch", "onnx"], setup=wrong_epsilon) as verifier:
        plain = verifier.verify(modelspec.elaborate(SPEC))
        found = verifier.verify(modelspec.elaborate(SPEC), optimize=1, reproducer=tmp_path)
    assert plain.is_equal
    assert found.divergence is not None
    assert (found.divergence.tier, found.divergence.layer, found.divergence.odd) == ("semantics", "relu", ("onnx",))
    assert found.divergence.layers[-2:] == ("norm", "relu")


def test_the_command_takes_the_level(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.json"
    spec.write_text(json.dumps(SPEC))
    report = tmp_path / "report.json"
    assert main(["verify", str(spec), "--backends", "torch,onnx", "-O1", "--report", str(report)]) == 0
    assert "-O1: onnx merged" in capsys.readouterr().out
    assert json.loads(report.read_text())["optimize"] == 1
