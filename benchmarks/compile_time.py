"""From nothing to an .onnx file on disk: modelspec against Keras's and PyTorch's own exporters.

Every contestant is a whole process that makes the same network and writes it; seconds are wall-clock, memory is the peak
resident size of the process. Contestants take turns, so that a noisy machine disturbs all of them alike. Prints a table
and writes JSON.

    python benchmarks/compile_time.py [--rounds 5] [-o benchmarks/results/compile_time.json]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

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
        "modelspec compile --backend onnx": [
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


def measure(command: list[str]) -> tuple[float, float]:
    """Return the seconds and the peak MiB of a process that writes out.onnx in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        error = process.stderr.read() if process.stderr else b""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or not (Path(folder) / "out.onnx").stat().st_size:
            raise RuntimeError(f"{command[:4]} failed:\n{error.decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def environment() -> dict[str, object]:
    """Return what the figures were measured with."""
    packages = ("modelspec-compiler", "onnx", "keras", "tensorflow", "torch", "numpy", "onnxscript")
    model = next((line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), platform.processor())
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "versions": {name: version(name) for name in packages},
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def main() -> None:
    """Run the rounds, print the table, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("-o", "--output", default=ROOT / "benchmarks" / "results" / "compile_time.json", type=Path)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    results: dict[str, dict[str, dict[str, object]]] = {}
    for title, spec in SPECS.items():
        runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands(spec)}
        for _ in range(options.rounds):
            for name, command in commands(spec).items():
                runs[name].append(measure(command))
        ours = statistics.median(seconds for seconds, _ in next(iter(runs.values())))
        results[title] = {
            name: {
                "seconds": [round(seconds, 3) for seconds, _ in rounds],
                "median_seconds": round(statistics.median(seconds for seconds, _ in rounds), 3),
                "peak_mib": round(max(mib for _, mib in rounds)),
                "times_modelspec": round(statistics.median(seconds for seconds, _ in rounds) / ours, 1),
            }
            for name, rounds in runs.items()
        }
    record = {"environment": environment(), "rounds": options.rounds, "results": results}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=2) + "\n")
    for title, rows in results.items():
        print(f"{title}\n  {'':36}{'median s':>10}{'peak MiB':>10}{'x':>7}")
        for name, row in rows.items():
            print(f"  {name:36}{row['median_seconds']:>10}{row['peak_mib']:>10}{row['times_modelspec']:>7}")


if __name__ == "__main__":
    main()
