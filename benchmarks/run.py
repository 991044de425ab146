"""Measure, and write docs/performance.md.

    python benchmarks/run.py [NAME ...] [--rounds N] [--page]

Each benchmark leaves its figures in ``benchmarks/results/NAME.json`` (``results.schema.json`` says what is in it), from which
the page is made; ``--page`` makes the page alone. Figures count on a quiet machine: the load before and after is recorded.

Install what is measured with ``pip install -c constraints.txt -e '.[bench]'``.
"""

from __future__ import annotations

import argparse
import os
import time
from importlib import import_module
from typing import Any

from processes import environment
from records import RESULTS, ROOT, Record, load, markdown, save

BENCHMARKS = (
    "compile_time",
    "compile_growth",
    "validate_time",
    "start_up",
    "validate_speed",
    "latency",
    "precision_speed",
)
"""In their order: those that measure whole processes first, as long as this one is small itself."""
GPU = "gpu"
"""The one that is run only by its name, where a GPU is."""


def main() -> None:
    """Run what is asked for, print it, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = (*BENCHMARKS, GPU)
    parser.add_argument("names", nargs="*", choices=[*names, []], metavar="NAME", help=", ".join(names))
    parser.add_argument("--rounds", type=int, help="in place of each one's own number")
    parser.add_argument("--page", action="store_true", help="measure nothing")
    options = parser.parse_args()
    asked = [name for name in names if name in (options.names or BENCHMARKS)]
    for name in () if options.page else asked:
        start = time.perf_counter()
        record = measure(name, options.rounds)
        print(f"## {record.title} ({time.perf_counter() - start:.0f} s)\n")
        print("\n".join(line for table in record.tables for line in markdown(table)), flush=True)
        save(record)
    (ROOT / "docs" / "performance.md").write_text(page())


def measure(name: str, rounds: int | None) -> Record:
    """Return what a benchmark finds."""
    before = round(os.getloadavg()[0], 2)
    module = import_module(name)
    tables = module.tables(rounds or module.ROUNDS)
    machine = {**environment(), "load before": before, "load after": round(os.getloadavg()[0], 2)}
    return Record(name, module.TITLE, module.TEXT, machine, tables)


def page() -> str:
    """Return the page: what each benchmark found, and what it was measured on."""
    lines = ["# Performance", "", "Written by `benchmarks/run.py` from the results that it left.", ""]
    for name in (*BENCHMARKS, GPU):
        if not (RESULTS / f"{name}.json").exists():
            lines += [f"## {name}", "", f"Not measured. `benchmarks/{name}.py` is what would be.", ""]
            continue
        record = load(name)
        lines += [f"## {record.title}", "", record.text, ""]
        lines += [line for table in record.tables for line in markdown(table)]
        lines += [f"`benchmarks/{name}.py`; {_machine(record.environment)}.", ""]
    return "\n".join(lines)


def _machine(found: Any) -> str:
    versions = ", ".join(f"{package} {number}" for package, number in found["versions"].items())
    load_ = f"load {found['load before']} before and {found['load after']} after"
    return f"{found['cpu']}, {found['cores']} cores, {found['system']}, Python {found['python']}; {load_}; {versions}"


if __name__ == "__main__":
    main()
