"""What ``modelspec bench`` found, as tables."""

from __future__ import annotations

import statistics
from collections.abc import Mapping

from records import Cell, Table, spread

from modelspec.bench import Bench, Latency


def standings(found: Bench, sizes: Mapping[str, float] | None = None) -> list[Table]:
    """Return a table for each batch size, and one of what went before the runs; ``sizes`` are of files in MiB, by label."""
    first = found.standings[0]
    tables = [
        Table(
            f"{found.name}, batch {base.batch}",
            ("p50 ms", "p90 ms", "p99 ms", "examples a second", f"time over {first.label}: median (least to most)"),
            [_row(it.label, it.latencies[at], base) for it in found.standings],
            {it.label: [round(run, 6) for run in it.latencies[at].runs] for it in found.standings},
        )
        for at, base in enumerate(first.latencies)
    ]
    stages = list(dict.fromkeys(name for it in found.standings for name in it.seconds))
    heads = (*(f"{name} s" for name in stages), "peak MiB", *(("file MiB",) if sizes else ()))
    rows: list[list[Cell]] = [
        [
            it.label,
            *(f"{it.seconds[name]:.2f}" if name in it.seconds else "" for name in stages),
            f"{it.peak_mib:.0f}",
            *((f"{sizes[it.label]:.1f}",) if sizes else ()),
        ]
        for it in found.standings
    ]
    return [*tables, Table(f"{found.name}, once", heads, rows)]


def _row(label: str, mine: Latency, base: Latency) -> list[Cell]:
    ratios = [statistics.median(a) / statistics.median(b) for a, b in zip(mine.rounds, base.rounds, strict=True)]
    shares = (f"{mine.milliseconds(share):.2f}" for share in (50, 90, 99))
    return [label, *shares, f"{mine.per_second:.1f}", spread(ratios)]
