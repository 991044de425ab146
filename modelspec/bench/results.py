"""What a bench found, as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

FORMAT = 1
"""The version of the JSON that ``as_json`` returns."""


@dataclass(frozen=True)
class Latency:
    """What runs of one batch size took."""

    batch: int
    rounds: tuple[tuple[float, ...], ...]
    """The seconds of each run, by round."""

    @property
    def runs(self) -> list[float]:
        """All runs."""
        return [run for round_ in self.rounds for run in round_]

    def milliseconds(self, percent: float) -> float:
        """Return the milliseconds that a share of the runs stayed below."""
        return float(np.percentile(self.runs, percent)) * 1000

    @property
    def per_second(self) -> float:
        """The examples a second, over all runs."""
        return self.batch * len(self.runs) / sum(self.runs)

    def over(self, other: Latency) -> float:
        """Return the time over another's, as the median of the rounds: the rounds took turns."""
        pairs = zip(self.rounds, other.rounds, strict=True)
        return median(median(mine) / median(theirs) for mine, theirs in pairs)


@dataclass(frozen=True)
class Standing:
    """What one contestant took."""

    label: str
    versions: Mapping[str, str]
    seconds: Mapping[str, float]
    """What went before the runs: ``import``, ``compile`` (nothing for a file), ``session``, ``first run``."""
    peak_mib: float
    """The most memory that its process held."""
    latencies: tuple[Latency, ...]


@dataclass(frozen=True)
class Bench:
    """What contestants took, the first of which is the one that the others are held against."""

    name: str
    parameters: Mapping[str, Any]
    threads: int | None
    """The threads that each may use; None for what each takes by itself."""
    warm_ups: int
    standings: tuple[Standing, ...]
    environment: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return the results as JSON has them; every run is in it."""
        return {
            "format": FORMAT,
            "name": self.name,
            "parameters": dict(self.parameters),
            "threads": self.threads,
            "warm_ups": self.warm_ups,
            "environment": dict(self.environment),
            "contestants": [
                {
                    **asdict(it),
                    "latencies": [
                        _latency(found, base) for found, base in zip(it.latencies, self.standings[0].latencies, strict=True)
                    ],
                }
                for it in self.standings
            ],
        }


def _latency(found: Latency, base: Latency) -> dict[str, Any]:
    shares: Sequence[int] = (50, 90, 99)
    return {
        "batch": found.batch,
        **{f"p{share}_ms": found.milliseconds(share) for share in shares},
        "per_second": found.per_second,
        "time_over_first": found.over(base),
        "rounds_ms": [[run * 1000 for run in round_] for round_ in found.rounds],
    }
