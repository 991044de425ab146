"""A model that ONNX Runtime optimised ahead of time, for the machine that compiles it and its own version: ``-O2``.

ONNX Runtime writes what it would make of the model each time that it loads it: operators of its own domains, weights laid out
for the processor's vector units. So the file loads faster, and is not portable; it says so in its metadata.
"""

from __future__ import annotations

import platform
import tempfile
from dataclasses import replace
from pathlib import Path

import onnx

from modelspec.backend import Tuning
from modelspec.diagnostics import SpecError
from modelspec_onnx.lowering import Lowered
from modelspec_onnx.misfits import first_line
from modelspec_onnx.model import OnnxModel
from modelspec_onnx.providers import PROVIDERS
from modelspec_onnx.runtime import installed

CPU = PROVIDERS["cpu"].kind
METADATA_KEY = "modelspec.optimized"
"""The key in ``metadata_props`` of what a file was optimised for."""


class OptimizedModel(OnnxModel):
    """``native`` is what ONNX Runtime made. Layers are no longer visible in it: only outputs can be asked for."""

    _unseen = ("a model of -O2 has no layers to look into", "compile it with -O1")

    def __init__(self, lowered: Lowered) -> None:
        outputs = {value: name for name, value in lowered.graph.outputs.items()}
        super().__init__(replace(lowered, tensors=outputs))
        self.native = _optimized(lowered)

    def on(self, provider: str, tuning: Tuning) -> OnnxModel:
        raise SpecError.of("MS704", "a model of -O2 is made for the CPU", "compile it with -O1")


def _optimized(lowered: Lowered) -> onnx.ModelProto:
    """Return what ONNX Runtime makes of a model on the CPU, or raise SpecError: MS702 without it, MS703 where it cannot."""
    runtime = installed()
    if lowered.is_large:
        raise SpecError.of("MS703", "the weights pass the 2 GiB of one file, which -O2 optimises", "compile it with -O1")
    options = runtime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised, and said once
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    with tempfile.TemporaryDirectory() as folder:
        options.optimized_model_filepath = str(Path(folder) / "optimized.onnx")
        try:
            runtime.InferenceSession(b"".join(lowered.chunks()), options, providers=[CPU])
        except Exception as error:  # ONNX Runtime's exceptions have no common base but this
            message = f"ONNX Runtime cannot optimise the model: {first_line(error)}"
            raise SpecError.of("MS703", message, "compile it with -O1") from error
        made = onnx.load(options.optimized_model_filepath)
    for old in [entry for entry in made.metadata_props if entry.key == METADATA_KEY]:
        made.metadata_props.remove(old)
    made.metadata_props.add(
        key=METADATA_KEY,
        value=f"ONNX Runtime {runtime.__version__}, {CPU}, {platform.machine()}: not portable to other machines or versions",
    )
    return made
