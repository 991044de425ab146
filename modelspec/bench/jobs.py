"""What the process of a contestant does: make the model ready, and time runs of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from modelspec import compiler, files, foreign, plugins
from modelspec.backend import Backend, Bound, Repeater, Runtime, Session, Tuning
from modelspec.bench.contestants import Contestant
from modelspec.graph import Graph
from modelspec.model import Model
from modelspec.verify.jobs import versions
from modelspec.weights import Arrays


@dataclass(frozen=True)
class Ready:
    """What it took to make a model ready."""

    versions: dict[str, str]
    seconds: dict[str, float]


@dataclass(frozen=True)
class _Kept:
    run: Callable[[Arrays], object]
    example: Arrays
    """A batch of one."""


_kept: list[_Kept] = []
"""The model of this process, from the call that makes it ready to its end."""


def ready(contestant: Contestant, graph: Graph | None, weights: str, example: Arrays, threads: int | None) -> Ready:
    """Make a contestant ready, run it once, and return what that took; ``graph`` is what is compiled, None for a file."""
    clock = _Clock()
    engine = plugins.load(contestant.backend)
    runtime = plugins.runtime(contestant.backend)
    for module in {**engine.requires, **(runtime.runs_with if runtime else {})}:
        __import__(module)
    clock.lap("import")
    model = None
    if graph is not None:
        model = compiler.compile(graph, contestant.backend, weights=weights, optimize=contestant.optimize)
        clock.lap("compile")
    if runtime is not None and not contestant.way:
        run = _session(contestant, engine, runtime, model, replace(contestant.tuning, threads=threads), clock)
    else:
        assert model is not None
        run = _framework(engine, model, contestant.way)
    run(example)
    clock.lap("first run")
    _kept[:] = [_Kept(run, example)]
    return Ready(versions(contestant.backend), clock.seconds)


class _Clock:
    """Counts the seconds since the last lap."""

    def __init__(self) -> None:
        self.seconds = dict[str, float]()
        self.start()

    def start(self) -> None:
        self._since = time.perf_counter()

    def lap(self, name: str) -> None:
        self.seconds[name] = time.perf_counter() - self._since
        self.start()


def _session(
    contestant: Contestant, engine: Backend, runtime: Runtime, model: Model | None, tuning: Tuning, clock: _Clock
) -> Callable[[Arrays], object]:
    with TemporaryDirectory(prefix="modelspec-") as folder:
        path = str(model.save(Path(folder) / f"model{engine.suffix}")[0]) if model else contestant.file
        data = files.read_at_most(path, foreign.MAX_BYTES)
        clock.start()
        session = runtime.open(data, contestant.provider, contestant.label, tuning, foreign.beside(path))
        clock.lap("session")
    return bound(session) if tuning.cuda_graph else lambda inputs: session.run(None, inputs)


def bound(session: Session) -> Callable[[Arrays], object]:
    """Return what runs a session in memory that stays where it is, for each shape of inputs: CUDA graphs have no other way."""
    made: dict[tuple[tuple[int, ...], ...], Bound] = {}

    def run(inputs: Arrays) -> object:
        key = tuple(array.shape for array in inputs.values())
        if key not in made:
            made[key] = session.bound({name: array.shape for name, array in inputs.items()})
        return made[key].run(inputs)

    return run


def _framework(engine: Backend, model: Model, way: str) -> Callable[[Arrays], object]:
    if isinstance(engine, Repeater):
        return engine.repeated(model, way)
    values = list(model.graph.outputs.values())
    return lambda inputs: model.run(inputs, values)


def timed(batch: int, warm_ups: int, runs: int) -> tuple[float, ...]:
    """Return the seconds of each of some runs on a batch, after some that are not counted."""
    (kept,) = _kept
    inputs = {name: np.repeat(array, batch, axis=0) for name, array in kept.example.items()}
    for _ in range(warm_ups):
        kept.run(inputs)
    found: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        kept.run(inputs)
        found.append(time.perf_counter() - start)
    return tuple(found)
