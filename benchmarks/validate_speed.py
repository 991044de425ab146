"""Validation in one warm process: specs a second and core, and how the time grows with the number of layers.

Times are processor time of one process.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from growing import SHAPES, document
from records import ROOT, Cell, Table, spread

from modelspec.elaboration import elaborate_whole
from modelspec.loading import parsed
from modelspec.rules import lint
from modelspec.rules.subject import Model
from modelspec.validation import validate_bytes

TITLE = "Validation in one process"
TEXT = "Processor time of one warm process, lint included."
ROUNDS = 40
ROUNDS_OF_GROWTH = 3
SPECS = ("xception", "xception_imagenet", "resnet50", "vgg16")
SIZES = (1_250, 2_500, 5_000, 10_000)
STAGES = ("parse", "check", "elaborate", "lint")


def tables(rounds: int) -> list[Table]:
    """Return the rates of specs, and the growth by shape."""
    found = {name: _rates(name, rounds) for name in SPECS}
    heads = ("layers", "specs a second and core", "ms: median (least to most)", *STAGES)
    samples = {f"{name}, ms": took["all"] for name, (_, took) in found.items()}
    speed = Table("spec", heads, [_rate(name, layers, took) for name, (layers, took) in found.items()], samples)
    heads = (*(f"{size:,}" for size in SIZES), "the last over the first, a layer")
    return [speed, Table("seconds for as many layers", heads, [_growth(name, make) for name, make in SHAPES.items()])]


def _rate(name: str, layers: int, took: dict[str, list[float]]) -> list[Cell]:
    stages = [f"{statistics.median(took[stage]):.2f}" for stage in STAGES]
    return [name, layers, f"{1e3 / statistics.median(took['all']):.0f}", spread(took["all"]), *stages]


def _rates(name: str, rounds: int) -> tuple[int, dict[str, list[float]]]:
    """Return the layers of a spec, and the milliseconds that it takes, in all and by stage."""
    path = ROOT / "specs" / f"{name}.json"
    data = path.read_bytes()
    took: dict[str, list[float]] = {stage: [] for stage in ("all", *STAGES)}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        made = work()
        took[stage].append(round(1e3 * (time.process_time() - start), 4))
        return made

    validate_bytes(data, path)
    for _ in range(rounds):
        timed("all", lambda: validate_bytes(data, path))
        opened = timed("parse", lambda: parsed(data, path))
        spec = timed("check", opened.spec)
        elaboration = timed("elaborate", lambda spec=spec: elaborate_whole(spec))
        timed("lint", lambda spec=spec, made=elaboration: lint(spec, [Model(spec, made)]))
    return len(elaboration.graph.nodes), took


def _growth(name: str, make: Callable[[int], dict[str, Any]]) -> list[Cell]:
    """Return the seconds by size, the least of the rounds, and the time of the largest over 8 times that of the smallest."""
    seconds: dict[int, float] = {}
    for _ in range(ROUNDS_OF_GROWTH):
        for size in SIZES:
            data = json.dumps(document(make(size))).encode()
            start = time.process_time()
            report = validate_bytes(data, Path("net.json"))
            took = time.process_time() - start
            if report.errors:
                raise RuntimeError(f"{report.findings[0]}")
            seconds[size] = min(took, seconds.get(size, took))
    linear = seconds[SIZES[-1]] / seconds[SIZES[0]] / (SIZES[-1] / SIZES[0])
    return [name, *(f"{took:.3f}" for took in seconds.values()), f"{linear:.2f}"]
