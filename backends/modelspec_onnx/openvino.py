"""An ONNX model in OpenVINO's own runtime, to be held against: ``modelspec bench --against onnx-openvino``."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelspec.diagnostics import SpecError
from modelspec.weights import Array, Arrays

if TYPE_CHECKING:
    from modelspec_onnx.model import OnnxModel


def repeated(model: OnnxModel) -> Callable[[Arrays], dict[str, Array]]:
    """Return what runs a model on the CPU, tuned for latency and in float32; raises SpecError (MS702) without OpenVINO."""
    if find_spec("openvino") is None:
        raise SpecError.of("MS702", "OpenVINO is not installed here", "pip install openvino")
    import openvino  # pyright: ignore[reportMissingImports]

    engine: Any = openvino
    options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    if threads := os.environ.get("OMP_NUM_THREADS"):  # as the other contestants are told
        options["INFERENCE_NUM_THREADS"] = threads
    with tempfile.TemporaryDirectory(prefix="modelspec-") as folder:
        path, *_ = model.save(Path(folder) / "model.onnx")
        compiled = engine.Core().compile_model(path, "CPU", options)
    names = list(model.graph.outputs)

    def run(inputs: Arrays) -> dict[str, Array]:
        made = compiled(dict(inputs))
        return {name: made[name] for name in names}

    return run
