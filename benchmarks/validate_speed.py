"""Validation in one warm process: specs a second and core, and how the time grows with the number of layers.

python benchmarks/validate_speed.py [--rounds 40] [--rounds-of-growth 3] [-o benchmarks/results/validate_speed.json]

Times are processor time of one process.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from processes import environment

from modelspec.elaboration import elaborate_whole
from modelspec.loading import parsed
from modelspec.rules import lint
from modelspec.rules.subject import Model
from modelspec.validation import validate_bytes

ROOT = Path(__file__).parent.parent
SPECS = ("xception", "xception_imagenet", "resnet50", "vgg16")
SIZES = (1_250, 2_500, 5_000, 10_000)
Layers = list[dict[str, Any]]


def _written_out(count: int) -> dict[str, Any]:
    return {"layers": [{"type": "Dense", "units": 8 + number % 7} for number in range(count)]}


def _loop(count: int) -> dict[str, Any]:
    body = [{"type": "Dense", "units": "${8 + i % 4}"}, {"type": "Activation", "activation": "relu"}]
    return {"layers": [{"for": "i", "in": {"range": count // 2}, "layers": body}]}


def _nested_blocks(count: int) -> dict[str, Any]:
    units = {"units": {"type": "integer"}}
    inner: Layers = [{"type": "Dense", "units": "${units}"}, {"type": "Activation", "activation": "relu"}]
    calls = [{"block": "inner", "with": {"units": f"${{units + {number}}}"}} for number in (0, 1)]
    outer = {"parameters": units, "layers": [*calls, {"type": "Dropout", "rate": 0.1}]}
    body = [{"block": "outer", "with": {"units": "${8 + i % 4}"}}]
    return {
        "blocks": {"inner": {"parameters": units, "layers": inner}, "outer": outer},
        "layers": [{"for": "i", "in": {"range": count // 5}, "layers": body}],
    }


def _chain_of_adds(count: int) -> dict[str, Any]:
    adds = [{"type": "Add", "inputs": [f"a{number - 1}", "x"], "name": f"a{number}"} for number in range(1, count)]
    return {"layers": [{"type": "Dense", "units": 8, "name": "a0"}, *adds]}


def _wide_concatenate(count: int) -> dict[str, Any]:
    branches = [{"type": "Dense", "units": 1, "name": f"d{number}", "inputs": "x"} for number in range(count - 1)]
    return {"layers": [*branches, {"type": "Concatenate", "inputs": [branch["name"] for branch in branches]}]}


SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    "layers written out": _written_out,
    "a loop": _loop,
    "nested blocks in a loop": _nested_blocks,
    "a chain of Add": _chain_of_adds,
    "a wide Concatenate": _wide_concatenate,
}


def rates(name: str, rounds: int) -> dict[str, Any]:
    """Return the milliseconds that a spec takes, in all and by stage, and how many of it that is a second."""
    path = ROOT / "specs" / f"{name}.json"
    data = path.read_bytes()
    took: dict[str, list[float]] = {"all": [], "parse": [], "check": [], "elaborate": [], "lint": []}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        made = work()
        took[stage].append(1e3 * (time.process_time() - start))
        return made

    validate_bytes(data, path)
    for _ in range(rounds):
        timed("all", lambda: validate_bytes(data, path))
        opened = timed("parse", lambda: parsed(data, path))
        spec = timed("check", opened.spec)
        elaboration = timed("elaborate", lambda spec=spec: elaborate_whole(spec))
        timed("lint", lambda spec=spec, made=elaboration: lint(spec, [Model(spec, made)]))
    medians = {stage: round(statistics.median(values), 2) for stage, values in took.items()}
    spread = [round(min(took["all"]), 2), round(max(took["all"]), 2)]
    layers = len(elaboration.graph.nodes)
    return {"layers": layers, "milliseconds": medians, "spread": spread, "per_second": round(1e3 / medians["all"])}


def growth(make: Callable[[int], dict[str, Any]], rounds: int) -> dict[str, Any]:
    """Return the seconds by size, the least of the rounds, and the time of the largest over 8 times that of the smallest."""
    seconds: dict[int, float] = {}
    for _ in range(rounds):
        for size in SIZES:
            document = {"format_version": 1, "name": "net", "inputs": {"x": {"shape": [8]}}, **make(size)}
            data = json.dumps(document).encode()
            start = time.process_time()
            report = validate_bytes(data, Path("net.json"))
            took = time.process_time() - start
            if report.errors:
                raise RuntimeError(f"{report.findings[0]}")
            seconds[size] = min(took, seconds.get(size, took))
    linear = seconds[SIZES[-1]] / seconds[SIZES[0]] / (SIZES[-1] / SIZES[0])
    return {"seconds": {str(size): round(took, 3) for size, took in seconds.items()}, "over_linear": round(linear, 2)}


def main() -> None:
    """Run the rounds, print the tables, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--rounds-of-growth", type=int, default=3)
    parser.add_argument("-o", "--output", default=ROOT / "benchmarks" / "results" / "validate_speed.json", type=Path)
    options = parser.parse_args()
    speed = {name: rates(name, options.rounds) for name in SPECS}
    grown = {name: growth(make, options.rounds_of_growth) for name, make in SHAPES.items()}
    rounds = {"rates": options.rounds, "growth": options.rounds_of_growth}
    record = {"environment": environment(), "rounds": rounds, "rates": speed, "growth": grown}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=2) + "\n")
    for name, row in speed.items():
        stages = ", ".join(f"{stage} {value}" for stage, value in row["milliseconds"].items())
        print(f"  {name:20}{row['layers']:>5} layers{row['per_second']:>6} a second; ms: {stages}; {row['spread']}")
    for name, row in grown.items():
        print(f"  {name:28}{row['seconds']}  {row['over_linear']}x linear")


if __name__ == "__main__":
    main()
