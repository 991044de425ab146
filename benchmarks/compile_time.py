"""From nothing to an .onnx file on disk: modelspec against the exporters of Keras, TensorFlow and PyTorch.

Every contestant is a whole process that makes the same network and writes it. The targets are ratios to the best exporter of
the same rounds; the profile says where our own time goes.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping

from processes import Run, bytecode_kept, compared, interleaved
from records import ROOT, Cell, Table, spread

TITLE = "From a spec to an .onnx file on disk"
TEXT = (
    "Whole process, from nothing, against the exporters of the same network with weights as they are initialised. For PyTorch"
    " the network is the one that modelspec builds, so that its process pays for that too. The targets are those of the paper's"
    " network; a smaller one takes little more than what is imported."
)
ROUNDS = 5
OURS = "modelspec compile --backend onnx"
KERAS = "Keras model.export(format='onnx')"
SPECS = {"xception": "the lecture's (180x180x3, 10 classes)", "xception_imagenet": "the paper's (299x299x3, 1000 classes)"}
TARGETS = (
    ("time of the fastest exporter over ours", 5.0),
    ("time of Keras's export over ours", 20.0),
    ("memory of the lightest exporter over ours", 4.0),
)

_MODELS = {
    "xception": f"import sys; sys.path.insert(0, {str(ROOT / 'tests')!r}); import lecture\n"
    "model = lecture.make_model((180, 180, 3), 10)",
    "xception_imagenet": "import keras; model = keras.applications.Xception(weights=None)",
}
_KERAS = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy
{make}
model(numpy.zeros((1, *model.input_shape[1:]), "float32"))
model.export("out.onnx", format="onnx", verbose=False)
"""
_TF2ONNX = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow, tf2onnx
{make}
given = [tensorflow.TensorSpec((None, *model.input_shape[1:]), tensorflow.float32)]
traced = tensorflow.function(lambda it: model(it, training=False), input_signature=given)
tf2onnx.convert.from_function(traced, input_signature=given, output_path="out.onnx")
"""
_TORCH = """
import torch, modelspec
model = modelspec.compile({spec!r}, "torch").native.eval()
torch.onnx.export(model, (torch.zeros(1, {size}, {size}, 3),), "out.onnx", dynamo={dynamo}, verbose=False)
"""
_PROFILE = """
import sys, time
laps = [("the interpreter", time.time() - float(sys.argv[1]))]
def lap(name):
    global start
    now = time.perf_counter(); laps.append((name, now - start)); start = now
start = time.perf_counter()
import numpy
lap("importing NumPy")
import pydantic
lap("importing pydantic")
import modelspec.cli.compile
from modelspec import compiler, files, plugins, weights
from modelspec.backend import Options
lap("importing modelspec: the schemas of layers and documents")
graph = compiler.elaborate({spec!r})
lap("reading, checking and elaborating the spec")
backend = plugins.load("onnx")
lowered = compiler.prepare(graph, backend, Options())
import modelspec_onnx.lowering, modelspec_onnx.model
model = backend.lower(lowered, weights.drawn(graph), Options())
lap("the backend, its passes and rules")
made = 0.0
def timed(chunks):
    global made
    while True:
        began = time.perf_counter()
        chunk = next(chunks, None)
        made += time.perf_counter() - began
        if chunk is None:
            return
        yield chunk
weights.reuse_memory()
files.write("out.onnx", timed(model._lowered.chunks()))
lap("writing them, synchronised with the disk")
name, both = laps.pop()
laps += [("drawing the weights and making the file's bytes", made), (name, both - made)]
import json
print(json.dumps(laps))
"""


def commands(spec: str) -> dict[str, list[str]]:
    """Return the command of each contestant."""

    def python(code: str, **words: object) -> list[str]:
        return [sys.executable, "-W", "ignore", "-c", code.format(**words)]

    torch = {"spec": spec, "size": 180 if spec == "xception" else 299}
    return {
        OURS: [sys.executable, "-m", "modelspec", "compile", spec, "--backend", "onnx", "-o", "out.onnx"],
        "torch.onnx.export, TorchScript": python(_TORCH, **torch, dynamo=False),
        "torch.onnx.export, dynamo": python(_TORCH, **torch, dynamo=True),
        "tf2onnx": python(_TF2ONNX, make=_MODELS[spec]),
        KERAS: python(_KERAS, make=_MODELS[spec]),
    }


def tables(rounds: int) -> list[Table]:
    """Return what each took, how that stands to the targets, and our profile."""
    made: list[Table] = []
    for spec, title in SPECS.items():
        runs = interleaved(commands(spec), rounds, "out.onnx")
        made += [compared(title, runs, OURS), _targets(title, runs), _profile(spec, title, rounds)]
    return made


def _targets(title: str, runs: Mapping[str, list[Run]]) -> Table:
    ours = runs[OURS]
    others = {name: mine for name, mine in runs.items() if name != OURS}
    fastest = min(others, key=lambda name: statistics.median(run.seconds for run in others[name]))
    lightest = min(others, key=lambda name: statistics.median(run.mib for run in others[name]))
    ratios = (
        [other.seconds / mine.seconds for other, mine in zip(others[fastest], ours, strict=True)],
        [other.seconds / mine.seconds for other, mine in zip(others[KERAS], ours, strict=True)],
        [other.mib / mine.mib for other, mine in zip(others[lightest], ours, strict=True)],
    )
    rows: list[list[Cell]] = [
        [name, f"{wanted:.0f}", spread(found), "yes" if statistics.median(found) >= wanted else "no"]
        for (name, wanted), found in zip(TARGETS, ratios, strict=True)
    ]
    return Table(f"targets, {title}", ("wanted", "median (least to most)", "met"), rows)


def _profile(spec: str, title: str, rounds: int) -> Table:
    laps: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            command = [sys.executable, "-c", _PROFILE.format(spec=spec), str(time.time())]
            done = subprocess.run(command, cwd=folder, env=bytecode_kept(), check=True, capture_output=True, text=True)
            for name, seconds in json.loads(done.stdout) if number else ():
                laps.setdefault(name, []).append(seconds)
    whole = sum(map(statistics.median, laps.values()))
    rows = [
        [name, f"{1000 * statistics.median(took):.0f}", f"{100 * statistics.median(took) / whole:.0f}%"]
        for name, took in laps.items()
    ]
    return Table(f"where our time goes, {title}", ("median ms", "share"), rows, laps)
