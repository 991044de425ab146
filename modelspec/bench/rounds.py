"""Run contestants in turns, so that a busy machine disturbs all of them alike."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelspec.bench import jobs
from modelspec.bench.contestants import Contestant
from modelspec.bench.results import Bench, Latency, Standing
from modelspec.graph import Graph
from modelspec.verify.jobs import peak_mib
from modelspec.verify.verifier import Progress, environment, unsaid
from modelspec.verify.workers import ENVIRONMENT, Worker, WorkerError
from modelspec.weights import Arrays, write


@dataclass(frozen=True)
class Plan:
    """How much is run."""

    batches: tuple[int, ...] = (1,)
    rounds: int = 5
    runs: int = 20
    """The runs of each contestant and batch in a round."""
    warm_ups: int = 3
    """The runs before them that are not counted, in each round."""
    threads: int | None = None


def bench(
    contestants: Sequence[Contestant],
    plan: Plan,
    example: Arrays,
    *,
    name: str,
    graph: Graph | None = None,
    weights: Arrays | None = None,
    parameters: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Bench:
    """Return what contestants take to be made ready and to run, each in a process of its own.

    ``example`` is a batch of one, ``graph`` what is compiled by those that are no files. Raises SpecError for whatever a
    contestant cannot do.
    """
    say, steps = progress or unsaid, len(contestants) * (1 + plan.rounds * len(plan.batches))
    done, before = 0, _load()

    def step(what: str) -> None:
        nonlocal done
        say(done / steps, what)
        done += 1

    with tempfile.TemporaryDirectory(prefix="modelspec-") as folder, ExitStack() as open_:
        file = str(write(Path(folder) / "weights.safetensors", weights, name)) if weights is not None else ""
        workers = {it.label: _worker(it, plan.threads) for it in contestants}
        for worker in workers.values():
            open_.callback(worker.close)
        ready: dict[str, jobs.Ready] = {}
        for it in contestants:
            step(f"{it.label}: compiling")
            made = None if it.file else graph
            ready[it.label] = _asked(it, workers[it.label], jobs.ready, it, made, file, example, plan.threads)
        runs: dict[tuple[str, int], list[tuple[float, ...]]] = {}
        for round_ in range(plan.rounds):
            for batch in plan.batches:
                for it in contestants if round_ % 2 == 0 else contestants[::-1]:
                    step(f"{it.label}: batch {batch}, round {round_ + 1} of {plan.rounds}")
                    took = _asked(it, workers[it.label], jobs.timed, batch, plan.warm_ups, plan.runs)
                    runs.setdefault((it.label, batch), []).append(took)
        peaks = {it.label: _asked(it, workers[it.label], peak_mib) for it in contestants}
    say(1.0, "")
    return Bench(
        name=name,
        parameters=dict(parameters or {}),
        threads=plan.threads,
        warm_ups=plan.warm_ups,
        standings=tuple(
            Standing(
                it.label,
                ready[it.label].versions,
                ready[it.label].seconds,
                peaks[it.label],
                tuple(Latency(batch, tuple(runs[it.label, batch])) for batch in plan.batches),
                it.tuning.asked,
            )
            for it in contestants
        ),
        environment={**environment(), "load before": before, "load after": _load()},
    )


def _worker(contestant: Contestant, threads: int | None) -> Worker:
    """Return the process of a contestant: how many threads a framework uses is told before it is imported."""
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    limits = {name: str(threads) for name in names} if threads is not None else {}
    hidden = ENVIRONMENT if contestant.provider == "cpu" else dict[str, str]()
    return Worker(contestant.label, environment={"TF_CPP_MIN_LOG_LEVEL": "3", **limits, **hidden})


def _asked(contestant: Contestant, worker: Worker, function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return worker.call(function, *arguments)
    except WorkerError as error:
        if told := error.for_user("MS703", contestant.label):
            raise told from error
        raise


def _load() -> str:
    """Return how many processes wanted a core in the last minute: what a reader must know of a busy machine."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "not told"
