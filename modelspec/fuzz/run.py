"""Specs drawn one after another, verified, and counted; what fails is made small and kept."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from modelspec import files
from modelspec.compiler import elaborate
from modelspec.diagnostics import SpecError
from modelspec.fuzz.choices import Choices
from modelspec.fuzz.generate import MAX_LAYERS, generate
from modelspec.fuzz.shrink import shrunk
from modelspec.fuzz.structure import Document
from modelspec.graph import Graph
from modelspec.verify import Verifier, reports
from modelspec.verify.probes import probes, revealing_weights
from modelspec.verify.results import Verification
from modelspec.weights import write

Kind = Literal["equal", "amplified", "refused", "diverges", "failed"]
WRITTEN = 100
"""After how many specs the tally is written, for a run that is cut off."""
RECYCLED = 1_000
"""After how many specs the processes of the backends are started anew: Keras keeps something of every model."""
FAULTS: tuple[Kind, ...] = ("diverges", "failed")
"""The kinds that are faults: of a backend, of ours or of a framework's."""


@dataclass(frozen=True)
class Outcome:
    """What came of one document."""

    kind: Kind
    what: tuple[str, ...]
    """What makes two faults alike: the tier and the type of layer, or the backend and the exception."""
    graph: Graph
    found: Verification

    @property
    def is_fault(self) -> bool:
        """Whether something is to be mended."""
        return self.kind in FAULTS


@dataclass
class Tally:
    """What came of all of them."""

    specs: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter[str])
    refusals: Counter[str] = field(default_factory=Counter[str])
    """How often a backend refused something, by its name and its reason."""
    layers: Counter[str] = field(default_factory=Counter[str])
    """How many layers of each type were compared."""
    fields: Counter[str] = field(default_factory=Counter[str])
    """How often a field was given, as ``Conv2D.strides``."""
    faults: list[str] = field(default_factory=list[str])
    """A line for each fault, and for each amplified difference."""
    invalid: int = 0
    """How many documents the front end refused, which are faults of the generator."""
    versions: dict[str, str] = field(default_factory=dict[str, str])
    """The versions of what was compared, by package."""

    def add(self, seed: int, outcome: Outcome) -> None:
        """Count an outcome."""
        self.specs += 1
        self.kinds[outcome.kind] += 1
        for backend in outcome.found.backends:
            self.versions.update(backend.versions)
            if backend.status == "skipped":
                self.refusals.update({f"{backend.name}: {reason}" for reason in _reasons(backend.reason)})
        for node in outcome.graph.nodes:
            self.layers[node.layer.kind] += 1
            self.fields.update(f"{node.layer.kind}.{name}" for name in node.layer.model_fields_set if name != "type")
        if outcome.kind in (*FAULTS, "amplified"):
            self.faults.append(f"{outcome.kind}, --seed {seed}: {' '.join(outcome.what)}")


def _reasons(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if "cannot do this: " in line:
            yield line.partition("cannot do this: ")[2]


def outcome(document: Document, seed: int, verifier: Verifier) -> Outcome:
    """Return what comes of a document: weights and inputs are drawn from the seed. Raises SpecError where it is not valid."""
    graph = elaborate(document)
    found = verifier.verify(graph, seed=seed, allowed=verifier.backends)
    failed = next((it for it in found.backends if it.status == "failed"), None)
    if failed is not None:
        return Outcome("failed", (failed.name, _exception(failed.reason)), graph, found)
    if found.divergence is not None:
        it = found.divergence
        return Outcome("amplified" if it.is_amplified else "diverges", (it.tier, it.kind, *it.odd), graph, found)
    return Outcome("equal" if len(found.compared) > 1 else "refused", (), graph, found)


def _exception(text: str) -> str:
    """Return the class of the exception that a traceback ends with, or the code of a finding."""
    lines = [line for line in text.strip().splitlines() if line and not line.startswith((" ", "•", "\t"))]
    return next((line.partition(":")[0].split(" ")[0] for line in reversed(lines) if ":" in line or "Error" in line), "")


def fuzz(
    verifier: Verifier,
    *,
    seed: int = 0,
    count: int | None = None,
    seconds: float = float("inf"),
    layers: int = MAX_LAYERS,
    folder: Path | None = None,
    progress: Callable[[Tally], object] = lambda _: None,
) -> Tally:
    """Verify the specs of ``seed``, ``seed + 1``, ... until there are ``count`` or the time is over, and return what came of
    them. What fails is written into folders of its own below ``folder``, made as small as possible, and the tally into
    ``tally-SEED.json`` there. Raises SpecError (MS805)."""
    tally, start, first = Tally(), time.perf_counter(), seed
    while (count is None or tally.specs + tally.invalid < count) and tally.seconds < seconds:
        document = generate(Choices.seeded(seed), layers)
        try:
            it = outcome(document, seed, verifier)
        except SpecError:
            tally.invalid += 1
        else:
            tally.add(seed, it)
            if it.is_fault and folder is not None:
                save(folder / f"{it.kind}-{seed}", document, seed, it, verifier)
        seed += 1
        if (tally.specs + tally.invalid) % RECYCLED == 0:
            verifier.close()
        tally.seconds = time.perf_counter() - start
        progress(tally)
        if folder is not None and (tally.specs + tally.invalid) % WRITTEN == 0:
            _write(folder / f"tally-{first}.json", vars(tally))
    if folder is not None:
        _write(folder / f"tally-{first}.json", vars(tally))
    return tally


def save(folder: Path, document: Document, seed: int, found: Outcome, verifier: Verifier) -> None:
    """Write a document that fails, the smallest that fails alike, its weights and inputs, and the verdict; raises SpecError
    (MS805)."""

    def fails(candidate: Document) -> bool:
        try:
            it = outcome(candidate, seed, verifier)
        except SpecError:
            return False
        return it.kind == found.kind and it.what[:2] == found.what[:2]

    small = shrunk(document, fails)
    graph = elaborate(small).pruned()
    _write(folder / "drawn.json", document)
    _write(folder / "spec.json", small)
    write(folder / "weights.safetensors", revealing_weights(graph, seed), graph.name)
    for number, probe in enumerate(probes(graph, seed)):
        for name, array in probe.inputs.items():
            files.write(folder / f"{name}-{number}.npy", lambda path, array=array: np.save(path, array, allow_pickle=False))
    verdict = outcome(small, seed, verifier).found
    text = f"modelspec fuzz --seed {seed} --count 1\nmodelspec verify spec.json --seed {seed}\n\n{reports.text(verdict)}"
    files.write(folder / "verdict.txt", text.encode())


def _write(path: Path, document: Mapping[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpecError.of("MS805", f"{path.parent} cannot be written: {error.strerror}") from error
    files.write(path, (json.dumps(document, indent=2) + "\n").encode())


def least(counted: Counter[str], known: Sequence[str]) -> list[tuple[str, int]]:
    """Return what occurred least often, of all that is known."""
    return sorted(((name, counted[name]) for name in known), key=lambda it: it[1])
