"""Latency of the Xceptions in ONNX Runtime against Keras, TensorFlow, PyTorch and OpenVINO, as ``modelspec bench`` takes it."""

from __future__ import annotations

from benches import standings
from records import Table

from modelspec import bench, compiler, weights
from modelspec.verify.probes import probes

TITLE = "Latency and throughput"
TEXT = (
    "`modelspec bench`: each contestant in a process of its own, 2 threads each, in turns. `keras` is `predict_on_batch`,"
    " `keras-function` a tf.function, `torch` eager, `torch-compile` torch.compile with frozen weights; `onnx-openvino` is"
    " OpenVINO's own runtime on the same file."
)
ROUNDS = 5
RUNS = 4
WARM_UPS = 1
THREADS = 2
BATCHES = {"xception": (1, 8, 32), "xception_imagenet": (1, 8)}
AGAINST = ("onnx-O1", "onnx-O2", "onnx-openvino", "keras", "keras-function", "torch", "torch-compile")


def tables(rounds: int) -> list[Table]:
    """Return the latencies by batch, and what went before."""
    made: list[Table] = []
    for name, batches in BATCHES.items():
        graph = compiler.elaborate(name)
        example = {key: array[:1] for key, array in probes(graph, 0)[0].inputs.items()}
        plan = bench.Plan(batches, rounds, RUNS, WARM_UPS, THREADS)
        who = bench.contestants(name, "cpu", AGAINST)
        made += standings(bench.bench(who, plan, example, name=name, graph=graph, weights=weights.drawn(graph)))
    return made
