"""From nothing to an .onnx file on disk: modelspec against Keras's and PyTorch's own exporters.

Every contestant is a whole process that makes the same network and writes it; seconds are wall-clock, memory is the peak
resident size of the process. Contestants take turns, so that a noisy machine disturbs all of them alike. Prints a table
and writes JSON.

    python benchmarks/compile_time.py [--rounds 5] [-o benchmarks/results/compile_time.json]
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from processes import environment, interleaved, summarize

OURS = "modelspec compile --backend onnx"
ROOT = Path(__file__).parent.parent
SPECS = {"lecture's (180x180x3, 10 classes)": "xception", "paper's (299x299x3, 1000 classes)": "xception_imagenet"}

_KERAS = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy
{make}
model(numpy.zeros((1, *model.input_shape[1:]), "float32"))
model.export("out.onnx", format="onnx", verbose=False)
"""
_KERAS_MODELS = {
    "xception": "import sys; sys.path.insert(0, {tests!r}); import lecture; model = lecture.make_model((180, 180, 3), 10)",
    "xception_imagenet": "import keras; model = keras.applications.Xception(weights=None)",
}
_TORCH = """
import torch, modelspec
model = modelspec.compile({spec!r}, "torch").native.eval()
size = {size}
torch.onnx.export(model, (torch.zeros(1, size, size, 3),), "out.onnx", dynamo={dynamo}, verbose=False)
"""


def commands(spec: str) -> dict[str, list[str]]:
    """Return the command of each contestant."""
    size = 180 if spec == "xception" else 299
    keras = _KERAS.format(make=_KERAS_MODELS[spec].format(tests=str(ROOT / "tests")))
    return {
        OURS: [
            sys.executable,
            "-m",
            "modelspec",
            "compile",
            spec,
            "--backend",
            "onnx",
            "-o",
            "out.onnx",
        ],
        "Keras model.export(format='onnx')": [sys.executable, "-W", "ignore", "-c", keras],
        "torch.onnx.export, dynamo": [sys.executable, "-W", "ignore", "-c", _TORCH.format(spec=spec, size=size, dynamo=True)],
        "torch.onnx.export, TorchScript": [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            _TORCH.format(spec=spec, size=size, dynamo=False),
        ],
    }


def main() -> None:
    """Run the rounds, print the table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-o", "--output", default=ROOT / "benchmarks" / "results" / "compile_time.json", type=Path)
    options = parser.parse_args()
    results: dict[str, dict[str, dict[str, object]]] = {}
    for title, spec in SPECS.items():
        contestants = commands(spec)
        runs = interleaved(contestants, options.rounds, "out.onnx")
        results[title] = {name: summarize(rounds, runs[OURS]) for name, rounds in runs.items()}
    record = {"environment": environment(), "rounds": options.rounds, "results": results}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=2) + "\n")
    for title, rows in results.items():
        print(f"{title}\n  {'':36}{'median s':>10}{'peak MiB':>10}{'x':>7}")
        for name, row in rows.items():
            print(f"  {name:36}{row['median_seconds']:>10}{row['peak_mib']:>10}{row['median_ratio']:>7}")


if __name__ == "__main__":
    main()
