"""A bench for programs: one JSON document with every run, whose format has a version and a schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modelspec import data_reports

if TYPE_CHECKING:
    from modelspec.bench.results import Bench, Latency, Standing

FORMAT_VERSION = 1
"""It grows when a field goes or means something else, not when one comes."""


@dataclass(frozen=True)
class Timing:
    """What runs of one batch size took."""

    batch: int
    """The examples of a run."""
    p50_ms: float
    """The milliseconds that half of the runs stayed below."""
    p90_ms: float
    """The milliseconds that nine in ten of the runs stayed below."""
    p99_ms: float
    """The milliseconds that 99 in 100 of the runs stayed below."""
    per_second: float
    """The examples a second, over all runs."""
    time_over_first: float
    """The time over that of the first contestant, as the median of the rounds."""
    rounds_ms: tuple[tuple[float, ...], ...]
    """The milliseconds of each run, by round."""


@dataclass(frozen=True)
class Taken:
    """What one contestant took, in a process of its own."""

    label: str
    """The word that asked for it, and where it ran."""
    versions: Mapping[str, str]
    """The version of each package that it needs."""
    tuning: Mapping[str, int | bool]
    """What was asked for of its provider, by the fields of a tuning."""
    seconds: Mapping[str, float]
    """What went before the runs: ``import``, ``compile`` (not for a file), ``session`` (not for a framework), ``first run``."""
    peak_mib: float
    """The most memory that its process held, in MiB."""
    latencies: tuple[Timing, ...]
    """What runs took, by batch size."""


@dataclass(frozen=True)
class BenchReport:
    """How fast contestants run a model, in turns."""

    name: str
    """The name of the model, or its file."""
    parameters: Mapping[str, object]
    """The values of the parameters that were given."""
    threads: int | None
    """The threads that each may use; null for what each takes by itself."""
    warm_ups: int
    """The runs before those of a round, which are not counted."""
    environment: Mapping[str, str]
    """The machine, and how busy it was before and after."""
    contestants: tuple[Taken, ...]
    """Who took part: the first is the one that the others are held against."""


def render(found: Bench) -> str:
    """Return a bench as JSON in ASCII; every text in it is safe to print."""
    first = found.standings[0].latencies
    contestants = tuple(_taken(it, first) for it in found.standings)
    report = BenchReport(found.name, found.parameters, found.threads, found.warm_ups, found.environment, contestants)
    return data_reports.render(report, FORMAT_VERSION)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of reports."""
    return data_reports.json_schema(BenchReport, "modelspec bench", FORMAT_VERSION)


def _taken(found: Standing, first: tuple[Latency, ...]) -> Taken:
    timings = tuple(_timing(it, base) for it, base in zip(found.latencies, first, strict=True))
    return Taken(found.label, found.versions, found.tuning, found.seconds, found.peak_mib, timings)


def _timing(found: Latency, base: Latency) -> Timing:
    p50, p90, p99 = (found.milliseconds(share) for share in (50, 90, 99))
    rounds = tuple(tuple(run * 1000 for run in round_) for round_ in found.rounds)
    return Timing(found.batch, p50, p90, p99, found.per_second, found.over(base), rounds)
