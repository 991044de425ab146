"""Run a graph in several backends on the same weights and inputs, and compare everything that its layers make."""

from __future__ import annotations

import platform
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import modelspec
from modelspec import plugins
from modelspec.backend import Options
from modelspec.compiler import prepare
from modelspec.diagnostics import SpecError
from modelspec.graph import Graph
from modelspec.verify import jobs, training
from modelspec.verify.comparison import compared, diverging, merged_away, read_from
from modelspec.verify.conditioning import Bench, judged, settled
from modelspec.verify.histogram import histograms
from modelspec.verify.isolation import examined
from modelspec.verify.jobs import Measured, Taught
from modelspec.verify.probes import Probe, probes, revealing_weights
from modelspec.verify.results import BackendResult, Histogram, LayerResult, TrainingResult, Verification
from modelspec.verify.tiers import DEFAULT, ESSENTIAL, TIERS, computes
from modelspec.verify.workers import ENVIRONMENT, Worker, WorkerError
from modelspec.weights import Arrays, write

Progress = Callable[[float, str], object]
"""Called with the share of the work that is done, and what is done next."""

ORDER = ("keras", "torch", "onnx")
"""The semantics are Keras's, so that it is the reference where it is not the odd one."""


class Verifier:
    """Processes of backends that are kept between verifications.

    ``setup`` is a module-level function that each process calls with its backend's name first.
    """

    def __init__(self, backends: Sequence[str], *, setup: Callable[[str], object] | None = None, provider: str = "cpu") -> None:
        """``provider`` is what the processes must see: all but those of tiers on CUDA see no GPU."""
        for name in backends:
            plugins.describe(name)
        self.backends = tuple(sorted(dict.fromkeys(backends), key=lambda name: ([*ORDER, name].index(name), name)))
        self.workers = {
            name: Worker(name, setup=setup, environment={} if provider != "cpu" and plugins.runtime(name) else ENVIRONMENT)
            for name in self.backends
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        for worker in self.workers.values():
            worker.close()

    def verify(
        self,
        graph: Graph,
        *,
        weights: Arrays | None = None,
        inputs: Sequence[Probe] | None = None,
        seed: int = 0,
        tiers: Sequence[str] = DEFAULT,
        allowed: Sequence[str] = (),
        reproducer: str | Path | None = None,
        optimize: int = 0,
        train: int = 0,
        progress: Progress | None = None,
    ) -> Verification:
        """Return what is the same and what is not.

        Without ``weights`` (canonical, by key) they are drawn so that nothing hides; without ``inputs`` those of
        ``probes`` are taken. ``tiers`` are names of ``TIERS``, "semantics" among them. Backends in ``allowed`` may be skipped,
        all of one (``NAME``) or a tier of it (``NAME:TIER``). ``reproducer`` is a folder for the layer that diverges.
        ``optimize`` is the level that backends compile with which have it; the others compile the spec as it is. ``train`` is
        how many steps of training are compared too, between the backends that train, with dropout and noise off.
        """
        start, say = time.perf_counter(), progress or unsaid
        for tier in tiers:
            if not any(computes(name, tier) for name in self.backends):
                raise SpecError.of("MS704", f"none of {', '.join(self.backends)} computes in {TIERS[tier]}", _with_providers())
        if train:
            training.check(self.backends)
        graph = graph.pruned()
        arrays = revealing_weights(graph, seed) if weights is None else weights
        batches = probes(graph, seed) if inputs is None else tuple(inputs)
        levels = {name: _level(name, optimize) for name in self.backends}
        backends = [self._available(name, graph, levels[name]) for name in self.backends]
        running = [it.name for it in backends if it.status == "compared"]
        layers: list[LayerResult] = []
        divergence = None
        distributions: tuple[Histogram, ...] = ()
        trained: tuple[TrainingResult, ...] = ()
        with tempfile.TemporaryDirectory(prefix="modelspec-") as folder:
            file = str(write(Path(folder) / "weights.safetensors", arrays, graph.name))
            course = training.course(graph, running, arrays, file, seed, train, folder)
            futures = {
                (tier, name): self.workers[name].submit(jobs.measure, graph, name, file, batches, tier, folder, levels[name])
                for tier in tiers
                for name in running
                if computes(name, tier)
            }
            futures |= {("training", name): future for name, future in training.begun(course, self.workers).items()}
            done: dict[tuple[str, str], Any] = {}
            for number, ((what, name), future) in enumerate(futures.items()):
                say(number / (len(futures) + 1), f"{name} in {TIERS.get(what, what)}")
                try:
                    done[what, name] = self.workers[name].result(future)
                except WorkerError as error:
                    backends = [_failed(it, error, what) if it.name == name else it for it in backends]
            backends = [_timed(it, done) for it in backends]
            running = [name for name in running if all((tier, name) in done for tier in tiers if tier in ESSENTIAL)]
            say(len(futures) / (len(futures) + 1), "comparing")
            taught = {name: done["training", name] for name in running if ("training", name) in done}
            if course and len(taught) > 1:
                trained = tuple(training.compared(course, taught, self.workers))
            measured: dict[tuple[str, str], dict[str, Measured]] = {key: it for key, it in done.items() if key[0] in TIERS}
            if len(running) > 1:
                read = partial(read_from, measured)
                by_tier = {tier: [name for name in running if (tier, name) in measured] for tier in tiers}
                bench = Bench(graph, arrays, batches, read, self.workers)
                layers = settled(compared(graph, by_tier, batches, read, merged_away(graph, measured)), bench)
                distributions = tuple(histograms(layers, batches, read))
                broken = next((it for it in layers if not it.passes), None)
                if broken is not None:
                    divergence = judged(diverging(broken), broken, bench)
                    divergence = examined(divergence, graph, arrays, batches, read, self.workers, levels, reproducer)
        say(1.0, "")
        return Verification(
            name=graph.name,
            file="",
            parameters={},
            weights="given" if weights is not None else f"drawn from seed {seed}",
            probes={probe.name: probe.examples for probe in batches},
            backends=tuple(backends),
            layers=tuple(layers),
            divergence=divergence,
            training=trained,
            steps=train,
            histograms=distributions,
            environment=environment(),
            seconds=time.perf_counter() - start,
            optimize=optimize,
            allowed=tuple(allowed),
        )

    def _available(self, name: str, graph: Graph, optimize: int) -> BackendResult:
        """Return a backend as it can be compared: skipped where it is not installed or cannot do what the graph asks for."""
        try:
            plugins.load(name)
            prepare(graph, plugins.describe(name), Options(optimize=optimize))
            return BackendResult(name, "compared", versions=self.workers[name].call(jobs.versions, name))
        except SpecError as error:
            return BackendResult(name, "skipped", str(error))
        except WorkerError as error:
            return _failed(BackendResult(name, "compared"), error, ESSENTIAL[0])


def _level(backend: str, optimize: int) -> int:
    """Return the level of optimisation that a backend compiles with: 0 where it refuses to optimise."""
    return 0 if plugins.describe(backend).refuse_options(Options(optimize=optimize)) else optimize


def _with_providers() -> str:
    return f"{', '.join(name for name in plugins.names() if plugins.runtime(name))} of --backends can"


def unsaid(share: float, what: str) -> None:
    """Say nothing of the progress."""


def _failed(backend: BackendResult, error: WorkerError, tier: str) -> BackendResult:
    """Return a backend as one that failed, or that is skipped in a tier: not all have every type and provider."""
    if tier in {*ESSENTIAL, "training"}:
        return replace(backend, status="failed", reason="\n".join(map(str, error.findings)) or error.text)
    said = [f"{it.code} {it.message}" for it in error.findings] or error.text.strip().splitlines()[-1:] or [error.kind]
    return replace(backend, skipped_tiers={**backend.skipped_tiers, tier: "; ".join(said)})


def _timed(backend: BackendResult, done: Mapping[tuple[str, str], Any]) -> BackendResult:
    runs: list[Measured | Taught] = []
    for (_, name), made in done.items():
        if name == backend.name:
            runs += [made] if isinstance(made, Taught) else made.values()
    return replace(backend, seconds=sum(run.seconds for run in runs), peak_mib=max([run.peak_mib for run in runs], default=0.0))


def environment() -> dict[str, str]:
    """Return what the comparison ran on."""
    import os

    return {
        "modelspec": modelspec.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": str(os.cpu_count()),
    }


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())
