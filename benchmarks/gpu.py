"""The Xceptions on a GPU: ONNX Runtime's CUDA provider against PyTorch, as ``modelspec bench`` takes it.

Inputs come from the CPU's memory and outputs go back to it, for all contestants.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import replace
from functools import partial

from benches import standings
from records import Table

from modelspec import bench, compiler, weights
from modelspec.backend import Tuning
from modelspec.bench import Contestant
from modelspec.verify.probes import probes

TITLE = "On a GPU"
TEXT = (
    "`onnx` is ONNX Runtime's CUDA provider, `graph` with a CUDA graph; `torch-cuda` is eager with channels last, and `compile`"
    " torch.compile with max-autotune, which captures CUDA graphs. Without a word, products are of float32."
)
ROUNDS = 5
RUNS = 20
WARM_UPS = 5
BATCHES = (1, 4, 16, 64, 256)
SPECS = ("xception", "xception_imagenet")
TORCH = ("cuda", "cuda-tf32", "cuda-fp16", "cuda-compile", "cuda-compile-tf32", "cuda-compile-fp16")


def contestants() -> tuple[Contestant, ...]:
    """Return who takes part."""
    plain = Contestant("onnx", "onnx", "cuda", optimize=1)
    ours = (
        plain,
        replace(plain, label="onnx tf32", tuning=Tuning(tf32=True)),
        replace(plain, label="onnx tf32 graph", tuning=Tuning(tf32=True, cuda_graph=True)),
        replace(plain, label="onnx fp16", file="fp16.onnx"),
        replace(plain, label="onnx fp16 nhwc", file="fp16.onnx", tuning=Tuning(prefer_nhwc=True)),
        replace(plain, label="onnx fp16 graph", file="fp16.onnx", tuning=Tuning(cuda_graph=True)),
    )
    return (*ours, *(Contestant(f"torch-{way}", "torch", way=way, provider="cuda") for way in TORCH))


def tables(rounds: int) -> list[Table]:
    """Return the latencies by batch, and what went before. Raises SpecError (MS804) without a GPU."""
    made: list[Table] = []
    for name in SPECS:
        graph = compiler.elaborate(name)
        write = partial(compiler.compile, graph, "onnx", optimize=1)
        example = {key: array[:1] for key, array in probes(graph, 0)[0].inputs.items()}
        plan = bench.Plan(BATCHES, rounds, RUNS, WARM_UPS)
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            write(precision="fp16").save("fp16.onnx")
            found = bench.bench(contestants(), plan, example, name=name, graph=graph, weights=weights.drawn(graph))
        made += standings(found)
    return made
