"""The figures in the repository: their layout, the page that is made of them, and the arithmetic. No test times anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import processes
import pytest
import run as runner
from jsonschema import Draft202012Validator
from processes import Run
from records import Record, Table, load, markdown, save, spread

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"
SCHEMA = Draft202012Validator(json.loads((BENCHMARKS / "results.schema.json").read_text()))


@pytest.mark.parametrize("name", runner.BENCHMARKS)
def test_what_a_benchmark_left_is_laid_out_as_the_schema_says(name: str) -> None:
    SCHEMA.validate(json.loads((runner.ROOT / "benchmarks" / "results" / f"{name}.json").read_text()))
    assert all(len(row) == 1 + len(table.columns) for table in load(name).tables for row in table.rows)


def test_the_page_is_what_the_results_make() -> None:
    assert (ROOT / "docs" / "performance.md").read_text() == runner.page(), "python benchmarks/run.py --page"


def test_a_record_comes_back(tmp_path: Path) -> None:
    machine = {**processes.environment(), "load before": 0.0, "load after": 0.5}
    record = Record("fast", "Fast", "how", machine, [Table("t", ["s"], [["a", 1.5]], {"a": [1.5]})])
    SCHEMA.validate(json.loads(save(record, tmp_path).read_text()))
    assert load("fast", tmp_path) == record
    assert markdown(record.tables[0]) == ["| t | s |", "|---|---:|", "| a | 1.5 |", ""]


def test_ratios_are_taken_by_round() -> None:
    runs = {"a": [Run(1.0, 1.0, 10.0), Run(2.0, 1.0, 30.0)], "b": [Run(4.0, 2.0, 5.0), Run(2.0, 2.0, 6.0)]}
    table = processes.compared("who", runs, "a")
    assert [list(row) for row in table.rows] == [
        ["a", "1.50", "1.00", "30", "1.00 (1.00 to 1.00)"],
        ["b", "3.00", "2.00", "6", "2.50 (1.00 to 4.00)"],
    ]
    assert table.samples["b, seconds"] == [4.0, 2.0]
    assert spread([3.0, 1.0, 2.0], 0) == "2 (1 to 3)"


def test_a_process_is_measured_and_one_that_fails_is_an_error(tmp_path: Path) -> None:
    held = processes.measure([sys.executable, "-c", "x = b'x' * (200 << 20); open('out', 'w').write('x')"], "out")
    assert held.mib > 200
    with pytest.raises(RuntimeError, match="ended badly"):
        processes.measure([sys.executable, "-c", "raise SystemExit('ended badly')"])


def test_an_unknown_benchmark_is_refused() -> None:
    asked: Any = subprocess.run(
        [sys.executable, str(BENCHMARKS / "run.py"), "gone"], capture_output=True, text=True, check=False
    )
    assert asked.returncode == 2
    assert "invalid choice: 'gone'" in asked.stderr
