"""What a benchmark leaves: one layout of JSON for all of them (``results.schema.json``), from which the page is made."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
FORMAT = 1

Cell = str | float


@dataclass(frozen=True)
class Table:
    """Figures as the page shows them, and the measurements that they come from."""

    title: str
    columns: Sequence[str]
    """The heads of the cells after the first, which names the row."""
    rows: Sequence[Sequence[Cell]]
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)
    """Every measurement, by row and what was measured."""


@dataclass(frozen=True)
class Record:
    """What a benchmark found, and what it was measured on."""

    benchmark: str
    """The name of the script."""
    title: str
    text: str
    environment: Mapping[str, Any]
    tables: Sequence[Table]


def save(record: Record, folder: Path = RESULTS) -> Path:
    """Write a record and return its file."""
    path = folder / f"{record.benchmark}.json"
    path.write_text(json.dumps({"format": FORMAT, **asdict(record)}, indent=1) + "\n")
    return path


def load(name: str, folder: Path = RESULTS) -> Record:
    """Return the record that a benchmark left."""
    found = json.loads((folder / f"{name}.json").read_text())
    tables = [Table(**table) for table in found.pop("tables")]
    assert found.pop("format") == FORMAT
    return Record(**found, tables=tables)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Return a median, and the least and the most."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def markdown(table: Table) -> list[str]:
    """Return the lines of a table."""
    lines = [_line([table.title, *table.columns]), "|---|" + "---:|" * len(table.columns)]
    return [*lines, *(_line(row) for row in table.rows), ""]


def _line(cells: Sequence[Cell]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
