"""What a worker does: compile a graph with its backend, run it, and leave what every layer makes in a folder."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log2
from pathlib import Path

import numpy as np

from modelspec import compiler, plugins
from modelspec.backend import Step, Tuning
from modelspec.graph import Graph
from modelspec.model import Model
from modelspec.verify.probes import Lesson, Probe, as_dtype
from modelspec.verify.tiers import EXACT, TIERS
from modelspec.weights import Array, Arrays

RATE = 2.0**-7
"""How far a step of training goes along the gradient at most."""
DESCENT = 0.25
"""The share of the loss that a step takes off at most, were the slope straight."""


@dataclass(frozen=True)
class Measured:
    """What a backend made of one probe: the file of each value, and what that took."""

    files: Mapping[str, str]
    seconds: float
    peak_mib: float


def measure(
    graph: Graph, backend: str, weights: Arrays | str, probes: Sequence[Probe], tier: str, folder: str, optimize: int = 0
) -> dict[str, Measured]:
    """Return what every layer of a graph makes of every probe, as arrays in files below ``folder``, by the probe's name.

    A layer that is merged into another at a level of optimisation has no file; every output has one.
    """
    start = time.perf_counter()
    model, dtype = _compiled(graph, backend, weights, tier, optimize), TIERS[tier].dtype
    found: dict[str, Measured] = {}
    for number, probe in enumerate(probes):
        inputs = as_dtype(probe.inputs, dtype)
        values = model.intermediates(inputs)
        for name, value in graph.outputs.items():
            source = model.graph.outputs[name]
            values.setdefault(value, values[source] if source in values else inputs[source])
        files: dict[str, str] = {}
        for at, node in enumerate(graph.nodes):
            if node.value not in values:
                continue
            path = Path(folder) / f"{backend}-{tier}-{number}-{at}.npy"
            np.save(path, np.asarray(values.pop(node.value)), allow_pickle=False)
            files[node.value] = str(path)
        found[probe.name] = Measured(files, time.perf_counter() - start, peak_mib())
        start = time.perf_counter()
    return found


class Saved(Mapping[str, Array]):
    """Arrays in files, each read as it is needed."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files

    def __getitem__(self, key: str) -> Array:
        return np.load(self.files[key], mmap_mode="r", allow_pickle=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)

    @classmethod
    def of(cls, arrays: Arrays, start: str) -> Saved:
        """Return arrays, written to files whose paths begin so."""
        files = {key: f"{start}-{at}.npy" for at, key in enumerate(arrays)}
        for key, path in files.items():
            np.save(path, np.asarray(arrays[key]), allow_pickle=False)
        return cls(files)


@dataclass(frozen=True)
class Taught:
    """What a backend made of training, and what that took."""

    losses: tuple[float, ...]
    """Before each step."""
    gradients: Arrays
    """Of the first step, by canonical key."""
    weights: Mapping[int, Arrays]
    """All weights by canonical key after some of the steps, the first and the last."""
    seconds: float
    peak_mib: float


def train(graph: Graph, backend: str, weights: Arrays | str, lesson: Lesson, steps: int, folder: str) -> Taught:
    """Train a graph in float64 for some steps; what is left of them are files below ``folder``."""
    begun, trainer = time.perf_counter(), plugins.trainer(backend)
    if trainer is None:
        raise ValueError(f"the backend {backend} does not train")
    model = _compiled(graph, backend, weights, EXACT, 0)
    inputs, targets = as_dtype(lesson.inputs, TIERS[EXACT].dtype), as_dtype(lesson.targets, TIERS[EXACT].dtype)
    losses: list[float] = []
    gradients: Arrays = {}
    after: dict[int, Arrays] = {}
    for step in range(1, steps + 1):
        made = trainer.train_step(model, inputs, targets, pace)
        losses.append(made.loss)
        if step == 1:
            gradients = Saved.of(made.gradients, f"{folder}/{backend}-gradients")
        if step in {1, steps}:
            after[step] = Saved.of(model.weights(), f"{folder}/{backend}-after-{step}")
    return Taught(tuple(losses), gradients, after, time.perf_counter() - begun, peak_mib())


def pace(step: Step) -> float:
    """Return the rate of a step: steps that leave the slope amplify rounding, each a hundredfold in a deep network.

    It is a power of two, so that gradients that differ by rounding alone have the same one.
    """
    steep = sum(float(np.vdot(gradient, gradient)) for gradient in step.gradients.values())
    rate = DESCENT * step.loss / steep if steep else RATE
    return 2.0 ** floor(log2(rate)) if 0.0 < rate < RATE else RATE


def outputs(graph: Graph, backend: str, weights: Arrays, inputs: Arrays, tier: str, optimize: int = 0) -> dict[str, Array]:
    """Return the outputs of a small graph."""
    return _compiled(graph, backend, weights, tier, optimize)(as_dtype(inputs, TIERS[tier].dtype))


def _compiled(graph: Graph, backend: str, weights: Arrays | str, tier: str, optimize: int) -> Model:
    """Return a graph compiled for a tier; a backend that runs on no providers computes it where it always does."""
    wanted = TIERS[tier]
    model = compiler.compile(graph, backend, weights=weights, dtype=wanted.dtype, optimize=optimize)
    runtime = plugins.runtime(backend)
    if wanted.provider == "cpu" or runtime is None:
        return model
    return runtime.on(model, wanted.provider, Tuning(tf32=wanted.tf32))


def versions(backend: str) -> dict[str, str]:
    """Return the versions of what a backend computes with, or raise SpecError (MS702) where that is not installed."""
    engine = plugins.load(backend)
    found = {**plugins.versions(engine.requires), **plugins.runs_with(backend)}
    return {name: version for name, version in found.items() if version}


def peak_mib() -> float:
    """Return the most memory that this process ever held, in MiB; NaN where the system does not tell."""
    status = Path("/proc/self/status")  # on Linux; there, the usage of resources begins with what the parent held
    if status.exists() and (peak := re.search(r"^VmHWM:\s*(\d+) kB$", status.read_text(), re.M)):
        return int(peak[1]) / 1024
    try:
        import resource
    except ImportError:  # not on Windows
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
