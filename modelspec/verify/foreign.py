"""Hold a model's file from elsewhere against another: an optimised or a quantised one against its original.

Each file is read and run in a process of its own, by the backend that runs models; nothing is known of what stands inside it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from modelspec import foreign
from modelspec.backend import PLAIN, Session, Tuning
from modelspec.diagnostics import SpecError
from modelspec.tensors import TensorType
from modelspec.verify import jobs, verifier
from modelspec.verify.blind import blind_probes
from modelspec.verify.interfaces import Interface, Pairing, paired
from modelspec.verify.jobs import Measured
from modelspec.verify.outputs import compared, histogram
from modelspec.verify.probes import Probe
from modelspec.verify.results import BackendResult, Verification
from modelspec.verify.verifier import Progress, unsaid
from modelspec.verify.workers import ENVIRONMENT, Worker, WorkerError
from modelspec.weights import Array

Place = tuple[str, Tuning]
"""A provider, and how it runs models."""


class FileVerifier:
    """Two processes, one for each of two files, that are kept between verifications."""

    def __init__(self, provider: str = "cpu", tuning: Tuning = PLAIN) -> None:
        """``provider`` is where both files run, and ``tuning`` how.

        Raises SpecError (MS702) where what runs models is not installed.
        """
        foreign.runtime("a comparison of .onnx files")
        self.provider, self.tuning = provider, tuning
        environment = ENVIRONMENT if provider == "cpu" else dict[str, str]()
        self._workers = [Worker(foreign.BACKEND, environment=environment) for _ in range(2)]

    @property
    def _place(self) -> Place:
        return self.provider, self.tuning

    @property
    def _told(self) -> dict[str, str]:
        """What reports say of the tuning."""
        asked = self.tuning.asked
        return {"tuning": ", ".join(f"{name} {value}" for name, value in asked.items())} if asked else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers:
            worker.close()

    def interfaces(self, model: str, other: str) -> Pairing:
        """Return what two files take and return alike, or raise SpecError: MS801 and MS807 for a file that cannot be opened,
        MS804, and MS808 where they do not take and return the same."""
        files = (model, other)
        here = str(Path.cwd())
        begun = [worker.submit(described, file, self._place, here) for worker, file in zip(self._workers, files, strict=True)]
        one, two = (self._answer(at, begun[at], files[at], "MS801") for at in range(2))
        return paired(one, two)

    def verify(
        self,
        model: str,
        other: str,
        *,
        inputs: Callable[[Mapping[str, TensorType]], Sequence[Probe]] | None = None,
        seed: int = 0,
        tolerance: float | None = None,
        progress: Progress | None = None,
    ) -> Verification:
        """Return how far each output of a file is from another file's.

        ``inputs`` returns them for what both files take, by the names of the first; without it they are drawn, of sizes on
        which the other file runs. ``tolerance`` is how far outputs may be, in relative L2: what rounding makes of them by
        default. Raises SpecError as ``interfaces`` does, and MS803 where a file does not run on the inputs.
        """
        start, say = time.perf_counter(), progress or unsaid
        say(0.0, "opening both files")
        pairing = self.interfaces(model, other)
        say(0.2, "drawing inputs")
        batches = tuple(inputs(pairing.inputs)) if inputs is not None else self._drawn(pairing, other, seed)
        labels, here = named(model, other), str(Path.cwd())
        say(0.4, "running both files")
        with tempfile.TemporaryDirectory(prefix="modelspec-") as folder:
            files, maps = (model, other), (None, pairing)
            begun = [
                worker.submit(measured, file, self._place, here, batches, theirs, f"{folder}/{at}")
                for at, (worker, file, theirs) in enumerate(zip(self._workers, files, maps, strict=True))
            ]
            runs: list[dict[str, Measured]] = [self._answer(at, begun[at], files[at], "MS803") for at in range(2)]
            say(0.9, "comparing")
            read = partial(_read, dict(zip(labels, runs, strict=True)))
            found = compared(pairing.outputs, labels, batches, read, tolerance)
            distribution = histogram(found.layers, labels, batches, read)
        say(1.0, "")
        return Verification(
            name=Path(model).stem,
            file=model,
            parameters={},
            weights="those of the files",
            probes={probe.name: probe.examples for probe in batches},
            backends=tuple(self._ran(at, label, run) for at, (label, run) in enumerate(zip(labels, runs, strict=True))),
            layers=found.layers,
            histograms=distribution,
            environment={**verifier.environment(), "provider": self.provider, **self._told},
            seconds=time.perf_counter() - start,
            against=other,
            outputs=found.outputs,
            notes=(*pairing.notes, *found.notes),
        )

    def _drawn(self, pairing: Pairing, other: str, seed: int) -> tuple[Probe, ...]:
        begun = self._workers[1].submit(drawn, other, self._place, str(Path.cwd()), pairing, seed)
        return self._answer(1, begun, other, "MS803")

    def _answer(self, at: int, begun: Any, file: str, code: str) -> Any:
        """Return what a process answers; what it could not do is a finding, and so is its end."""
        try:
            return self._workers[at].result(begun)
        except WorkerError as error:
            if told := error.for_user(code, file):
                raise told from error
            raise

    def _ran(self, at: int, label: str, run: Mapping[str, Measured]) -> BackendResult:
        versions = self._workers[at].call(jobs.versions, foreign.BACKEND)
        seconds, peak = sum(it.seconds for it in run.values()), max(it.peak_mib for it in run.values())
        return BackendResult(label, "compared", versions=versions, seconds=seconds, peak_mib=peak)


def named(model: str, other: str) -> tuple[str, str]:
    """Return what reports call two files: their names, or their paths where the names are the same."""
    one, two = Path(model).name, Path(other).name
    return (model, other) if one == two else (one, two)


@lru_cache(maxsize=1)
def _session(file: str, place: Place, folder: str) -> Session:
    provider, tuning = place
    return foreign.opened(file, provider, folder, tuning)


def described(file: str, place: Place, folder: str) -> Interface:
    """Return what a file takes and returns, which is a path from a folder; it is read anew, and kept open."""
    _session.cache_clear()
    session = _session(file, place, folder)
    return Interface(file, dict(session.inputs), dict(session.batches), tuple(session.outputs))


def drawn(file: str, place: Place, folder: str, pairing: Pairing, seed: int) -> tuple[Probe, ...]:
    """Return inputs on which a file runs, by the names that the other one has for them."""
    session = _session(file, place, folder)

    def runs(arrays: Mapping[str, Array]) -> bool:
        try:
            session.run(None, _called(arrays, pairing))
        except SpecError:
            return False
        return True

    return blind_probes(pairing.inputs, pairing.batches, seed, runs)


def measured(
    file: str, place: Place, folder: str, probes: Sequence[Probe], pairing: Pairing | None, prefix: str
) -> dict[str, Measured]:
    """Return what a file makes of every probe, as arrays in files that begin with ``prefix``; with a pairing, it is the second
    file of one, and its inputs and outputs are called as the first one's are."""
    session = _session(file, place, folder)
    mine = {name: name for name in session.outputs} if pairing is None else pairing.outputs
    found: dict[str, Measured] = {}
    for number, probe in enumerate(probes):
        start = time.perf_counter()
        try:
            made = session.run(list(mine.values()), probe.inputs if pairing is None else _called(probe.inputs, pairing))
        except SpecError as error:
            (finding, *_) = error.diagnostics
            raise SpecError.of("MS803", f"{file}, {probe.name}: {finding.message}", finding.hint) from error
        files = {name: f"{prefix}-{number}-{at}.npy" for at, name in enumerate(mine)}
        for name, array in zip(mine, made, strict=True):
            np.save(files[name], array, allow_pickle=False)
        found[probe.name] = Measured(files, time.perf_counter() - start, jobs.peak_mib())
    return found


def _called(arrays: Mapping[str, Array], pairing: Pairing) -> dict[str, Array]:
    return {pairing.theirs[name]: array for name, array in arrays.items()}


def _read(runs: Mapping[str, Mapping[str, Measured]], label: str, probe: str, output: str) -> Array:
    return np.load(runs[label][probe].files[output], allow_pickle=False)
