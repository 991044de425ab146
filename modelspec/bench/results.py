"""What a bench found, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import numpy as np


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
    tuning: Mapping[str, int | bool] = field(default_factory=dict[str, int | bool])
    """What was asked for of its provider."""


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
