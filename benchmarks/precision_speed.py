"""The files that ``compile`` writes of one network, against each other: levels of optimisation and precisions."""

from __future__ import annotations

import contextlib
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from benches import standings
from records import Table

from modelspec import bench, compiler, weights
from modelspec.graph import Graph
from modelspec.weights import Array

TITLE = "Levels and precisions"
TEXT = (
    "The files of one network in ONNX Runtime on the CPU, 2 threads, in turns. int8 is calibrated on random pixels: that says"
    " how fast it is, and nothing about how good (`docs/precision.md` does). The session is what opening the file takes."
)
ROUNDS = 5
RUNS = 4
WARM_UPS = 1
THREADS = 2
BATCHES = {"xception": (1, 8), "xception_imagenet": (1,)}
CALIBRATION = 4
"""How many pictures int8 is calibrated on."""


def tables(rounds: int) -> list[Table]:
    """Return the latencies of each file, and what opening it takes."""
    made: list[Table] = []
    for name, batches in BATCHES.items():
        graph = compiler.elaborate(name)
        ((input_, kind),) = graph.inputs.items()
        random = np.random.default_rng(0)
        picture = {input_: random.uniform(0, 255, (1, *map(int, kind.shape))).astype(np.float32)}
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            files = _files(graph, picture)
            sizes = {file: Path(file).stat().st_size / 2**20 for file in files}
            who = bench.contestants(files[0], "cpu", files[1:])
            found = bench.bench(who, bench.Plan(batches, rounds, RUNS, WARM_UPS, THREADS), picture, name=name)
        made += standings(found, sizes)
    return made


def _files(graph: Graph, picture: dict[str, Array]) -> list[str]:
    """Write the network as each level and precision has it, and return the files."""
    write = partial(compiler.compile, graph, "onnx", weights=weights.initialize(graph))
    flipped = [{name: array[:, ::step] for name, array in picture.items()} for step in (1, -1)]
    models = {
        "O0.onnx": write,
        "O1.onnx": partial(write, optimize=1),
        "O2.onnx": partial(write, optimize=2),
        "fp16.onnx": partial(write, optimize=1, precision="fp16"),
        "int8.onnx": partial(write, precision="int8", calibration=flipped * (CALIBRATION // 2)),
    }
    for file, make in models.items():
        make().save(file)
    return list(models)
