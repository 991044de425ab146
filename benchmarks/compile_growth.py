"""How the cost of compiling to ONNX grows, with layers and with parameters: whole processes, from nothing to a file."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from growing import SHAPES, document
from processes import Run, interleaved
from records import Table, spread

TITLE = "How compiling to ONNX grows"
TEXT = (
    "Whole processes. Beyond what a process costs to start (the smallest model), time is to grow with layers and with bytes,"
    " and memory with the largest tensor, not with all of them."
)
ROUNDS = 3
LAYERS = (2, 1_250, 2_500, 5_000, 10_000)
WIDTHS = (1, 1_024, 2_048, 4_096, 8_192)
"""Units of each of four layers that are as wide as their input."""


def tables(rounds: int) -> list[Table]:
    """Return the seconds and the memory by size."""
    by_layers = [_table(f"{name}: layers", SHAPES[name], LAYERS, rounds, 1) for name in ("layers written out", "a loop")]
    return [*by_layers, _table("parameters, in 4 layers", _wide, WIDTHS, rounds, 0)]


def _wide(units: int) -> dict[str, Any]:
    return {"layers": [{"type": "Dense", "units": units, "use_bias": False}] * 4}


def _table(title: str, make: Callable[[int], Mapping[str, Any]], sizes: tuple[int, ...], rounds: int, per: int) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        commands: dict[str, list[str]] = {}
        for size in sizes:
            file = Path(folder) / f"{size}.json"
            file.write_text(json.dumps(document(make(size), features=8 if per else size)))
            compile_ = ["compile", str(file), "--backend", "onnx", "-o", "out.onnx"]
            commands[f"{size if per else 4 * size * size:,}"] = [sys.executable, "-m", "modelspec", *compile_]
        runs = interleaved(commands, rounds, "out.onnx")
    least = next(iter(runs.values()))
    rows = [[name, *_cells(mine, least, int(name.replace(",", "")))] for name, mine in runs.items()]
    samples = {f"{name}, seconds": [round(run.seconds, 4) for run in mine] for name, mine in runs.items()}
    heads = ("seconds: median (least to most)", "peak MiB", "microseconds for each beyond the first row")
    return Table(f"{title}, {rounds} rounds in turns", heads, rows, samples)


def _cells(mine: list[Run], least: list[Run], count: int) -> list[str]:
    seconds = [run.seconds for run in mine]
    beyond = statistics.median(seconds) - statistics.median(run.seconds for run in least)
    each = "" if mine is least else f"{1e6 * beyond / count:.3g}"
    return [spread(seconds), f"{max(run.mib for run in mine):.0f}", each]
