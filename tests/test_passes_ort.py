"""-O2: what ONNX Runtime optimised ahead of time is the same model, says what it is for, and runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from test_conformance import relative_l2

import modelspec
from modelspec import SpecError
from modelspec.cli import main
from modelspec.verify.probes import revealing_weights
from modelspec_onnx import runtime
from modelspec_onnx.optimized import METADATA_KEY

SPEC: dict[str, Any] = {
    "format_version": 1,
    "name": "small",
    "inputs": {"image": {"shape": [16, 16, 3]}},
    "layers": [
        {"type": "Conv2D", "name": "conv", "filters": 16, "kernel_size": 3, "padding": "same"},
        {"type": "BatchNormalization", "name": "norm"},
        {"type": "ReLU", "name": "relu"},
        {"type": "GlobalAveragePooling2D", "name": "mean"},
        {"type": "Dense", "name": "scores", "units": 3},
        {"type": "Dropout", "name": "last", "rate": 0.5},
    ],
    "outputs": {"probabilities": "last"},
}


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(SPEC))
    return path


def test_the_outputs_are_those_of_the_spec(spec: Path) -> None:
    graph = modelspec.elaborate(spec)
    weights = revealing_weights(graph, 0)
    pixels = np.random.default_rng(0).uniform(0, 1, (3, 16, 16, 3)).astype(np.float32)
    plain, fast = (modelspec.compile(graph, "onnx", weights=weights, optimize=level)(pixels) for level in (0, 2))
    assert plain.keys() == fast.keys() == {"probabilities"}
    # Folding and ONNX Runtime's fusions round otherwise: 1.2e-7 off at most on six draws of weights and pixels, while both are
    # up to 4e-7 from float64.
    assert relative_l2(fast["probabilities"], plain["probabilities"]) < 1e-6


def test_the_file_says_what_it_was_made_for_and_runs(spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "small.onnx"
    assert main(["compile", str(spec), "--backend", "onnx", "-O2", "-o", str(output)]) == 0
    (entry,) = [it for it in onnx.load(output).metadata_props if it.key == METADATA_KEY]
    assert entry.value.startswith(f"ONNX Runtime {onnxruntime.__version__}, CPUExecutionProvider")
    assert "not portable" in entry.value
    np.save(tmp_path / "image.npy", np.zeros((1, 16, 16, 3), np.float32))
    assert main(["run", str(output), "--input", str(tmp_path / "image.npy")]) == 0
    assert "probabilities" in capsys.readouterr().out


def test_the_same_bytes_in_two_processes(spec: Path, tmp_path: Path) -> None:
    made: list[bytes] = []
    for seed in "12":
        output = tmp_path / f"{seed}.onnx"
        command = [sys.executable, "-m", "modelspec", "compile", str(spec), "--backend", "onnx", "-O2", "-o", str(output)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True)
        made.append(output.read_bytes())
    assert made[0] == made[1]


def test_layers_cannot_be_looked_into(spec: Path) -> None:
    model = modelspec.compile(spec, "onnx", optimize=2)
    with pytest.raises(SpecError, match="no layers to look into"):
        model.intermediates(np.zeros((1, 16, 16, 3), np.float32))


def test_without_onnx_runtime_it_says_what_to_install(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "find_spec", lambda _: None)
    with pytest.raises(SpecError) as caught:
        modelspec.compile(spec, "onnx", optimize=2)
    assert [it.code for it in caught.value.diagnostics] == ["MS702"]


def test_there_is_no_level_beyond(spec: Path) -> None:
    with pytest.raises(SpecError, match="optimize is 3; the onnx backend has 0 to 2"):
        modelspec.compile(spec, "onnx", optimize=3)
