"""Write docs/performance.md from benchmarks/results/*.json.

python benchmarks/report.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"
PAGES = (
    (
        "compile_time",
        "From a spec to an .onnx file on disk",
        "Whole process, from nothing, against the exporters of the same network. For PyTorch the network is the one that"
        " modelspec builds, so that its process pays for that too.",
        "that of the row with 1.0",
    ),
    (
        "validate_time",
        "Validation",
        "Whole process, lint included, against a program that imports pydantic and makes one model (`import pydantic` alone"
        " loads next to nothing of it), and against check-jsonschema with our JSON Schema.",
        "that of the row with 1.0",
    ),
)


def page() -> str:
    """Return the page: what each script measured, and what it was measured on."""
    lines = ["# Performance", "", "Written by `benchmarks/report.py` from the results that the scripts beside it left.", ""]
    for name, title, text, unit in PAGES:
        record = _record(name)
        lines += [f"## {title}", "", text, ""]
        for table, rows in record["results"].items():
            lines += _processes(f"{table}, {_rounds(record, table)} rounds in turns", rows, unit)
        lines += _measured_on(name, record)
    record = _record("validate_speed")
    lines += ["## Validation in one process", "", "Processor time of one warm process, lint included.", ""]
    lines += [*_rates(record["rates"]), *_growth(record["growth"]), *_measured_on("validate_speed", record)]
    return "\n".join([*lines, "On a GPU: not measured.", ""])


def _record(name: str) -> dict[str, Any]:
    return json.loads((RESULTS / f"{name}.json").read_text())


def _rounds(record: dict[str, Any], table: str) -> int:
    rounds: int | dict[str, int] = record["rounds"]
    return rounds[table] if isinstance(rounds, dict) else rounds


def _processes(title: str, rows: dict[str, dict[str, Any]], unit: str) -> list[str]:
    head = [title, "median s", "CPU s", "peak MiB", f"time over {unit}: median (least to most)", "CPU time over it"]
    lines = [_line(head), "|---|---:|---:|---:|---:|---:|"]
    for contestant, row in rows.items():
        least, most = row["ratios"]
        ratio = f"{row['median_ratio']} ({least} to {most})"
        lines.append(
            _line(
                [contestant, row["median_seconds"], row.get("median_cpu", ""), row["peak_mib"], ratio, row.get("cpu_ratio", "")]
            )
        )
    return [*lines, ""]


def _rates(rates: dict[str, dict[str, Any]]) -> list[str]:
    lines = [
        _line(
            ["spec", "layers", "specs a second and core", "ms: median (least to most)", "parse", "check", "elaborate", "lint"]
        ),
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, row in rates.items():
        took, (least, most) = row["milliseconds"], row["spread"]
        stages = [took[stage] for stage in ("parse", "check", "elaborate", "lint")]
        lines.append(_line([name, row["layers"], row["per_second"], f"{took['all']} ({least} to {most})", *stages]))
    return [*lines, ""]


def _growth(growth: dict[str, dict[str, Any]]) -> list[str]:
    sizes = list(next(iter(growth.values()))["seconds"])
    head = ["seconds for as many layers", *(f"{int(size):,}" for size in sizes), "the last over the first, a layer"]
    lines = [_line(head), "|---|" + "---:|" * (len(sizes) + 1)]
    lines += [_line([name, *row["seconds"].values(), row["over_linear"]]) for name, row in growth.items()]
    return [*lines, ""]


def _line(cells: list[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _measured_on(name: str, record: dict[str, Any]) -> list[str]:
    machine = record["environment"]
    versions = ", ".join(f"{package} {number}" for package, number in machine["versions"].items())
    where = f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}; {versions}"
    return [f"`benchmarks/{name}.py`; {where}.", ""]


if __name__ == "__main__":
    (ROOT / "docs" / "performance.md").write_text(page())
