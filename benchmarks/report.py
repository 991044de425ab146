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
        "modelspec's time",
    ),
    (
        "validate_time",
        "Validation",
        "Whole process, against a program that imports pydantic and makes one model.",
        "pydantic's time",
    ),
)


def page() -> str:
    """Return the page: a table a benchmark and network, with what it was measured on."""
    lines = ["# Performance", "", "Written by `benchmarks/report.py` from the results that the scripts beside it left.", ""]
    for name, title, text, unit in PAGES:
        record: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text())
        machine = record["environment"]
        versions = ", ".join(f"{package} {number}" for package, number in machine["versions"].items())
        lines += [f"## {title}", "", text, ""]
        for network, rows in record["results"].items():
            lines += [f"| {network} | median s | peak MiB | times {unit}: median (least to most) |", "|---|---:|---:|---:|"]
            for contestant, row in rows.items():
                least, most = row["ratios"]
                ratio = f"{row['median_ratio']} ({least} to {most})"
                lines.append(f"| {contestant} | {row['median_seconds']} | {row['peak_mib']} | {ratio} |")
            lines.append("")
        lines += [
            f"`benchmarks/{name}.py`, {record['rounds']} rounds in turns; {machine['cpu']}, {machine['cores']} cores,"
            f" {machine['system']}, Python {machine['python']}; {versions}.",
            "",
        ]
    lines += ["On a GPU: not measured.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    (ROOT / "docs" / "performance.md").write_text(page())
