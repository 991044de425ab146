"""The conformance matrix, measured: ``python tests/matrix.py`` writes docs/conformance.md.

Every conformance case runs on every backend, in float64 and float32, against the oracle; gradients are of Keras and PyTorch.
"""

from __future__ import annotations

import os
import platform
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import gradients
import numpy as np
import oracle
from case import Case, generator
from cases import CASES
from test_conformance import REFUSED, relative_l2
from test_gradients import DIFFERENTIABLE, smooth_inputs
from workers import BACKENDS, Array, WorkerError, Workers

PAGE = Path(__file__).parent.parent / "docs" / "conformance.md"
NAMES = {"keras": "Keras", "onnx": "ONNX", "torch": "PyTorch"}

INTRODUCTION = """Each runs on every backend in float64 and float32, against the NumPy oracle (`tests/oracle`). ONNX
computes float64 in ONNX's reference evaluator and float32 in ONNX Runtime.

- float64: the largest difference over the largest value, the worst of all cases. The gate is 1e-10.
- float32: relative L2 distance from the oracle, the worst of all cases. The gate is 3 times the other backends' own, plus 1e-6.
- gradients: by inputs and trained weights in float64, Keras against PyTorch, over the largest of the case. The gate is 1e-9.

Exceptions to the gates stand with their reasons in `tests/test_conformance.py` and `tests/test_gradients.py`, refusals in
[the layers' pages](layers/README.md).
"""


@dataclass
class Row:
    """What was seen of one layer: the worst errors, by backend."""

    cases: int = 0
    refused: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BACKENDS, 0))
    float64: dict[str, float] = field(default_factory=lambda: dict.fromkeys(BACKENDS, 0.0))
    float32: dict[str, float] = field(default_factory=lambda: dict.fromkeys(BACKENDS, 0.0))
    gradients: float = 0.0
    differentiated: int = 0


def measure(workers: Workers, cases: Iterable[Case]) -> dict[str, Row]:
    """Return a row for each layer; chains of layers are one row."""
    rows: defaultdict[str, Row] = defaultdict(Row)
    for case in cases:
        row = rows[case.id.partition("-")[0]]
        row.cases += 1
        graph, inputs = case.graph, case.inputs()
        weights = case.weights(graph)
        wanted = oracle.outputs(graph, inputs, weights)
        for backend in BACKENDS:
            try:
                for dtype, worst in (("float64", row.float64), ("float32", row.float32)):
                    given = {name: array.astype(dtype) if array.dtype.kind == "f" else array for name, array in inputs.items()}
                    found = workers.on(backend).run(case.document, weights=weights, inputs=given, dtype=dtype)
                    distance = _largest if dtype == "float64" else relative_l2
                    worst[backend] = max([worst[backend], *(distance(found[name], wanted[name]) for name in wanted)])
            except WorkerError as error:
                if (case.id, backend) not in REFUSED:
                    raise
                assert error.codes == ("MS703",)
                row.refused[backend] += 1
    for case in DIFFERENTIABLE:
        row = rows[case.id.partition("-")[0]]
        row.differentiated += 1
        row.gradients = max(row.gradients, _gradient_error(workers, case))
    return dict(rows)


def _gradient_error(workers: Workers, case: Case) -> float:
    graph, inputs = case.graph, smooth_inputs(case)
    weights = case.weights(graph)
    directions = {
        name: generator(f"{case.id}/direction/{name}").normal(size=array.shape)
        for name, array in oracle.outputs(graph, inputs, weights).items()
    }
    arguments = (case.document, weights, inputs, directions)
    keras = workers.on("keras").call(gradients.keras_gradients, *arguments)
    torch = workers.on("torch").call(gradients.torch_gradients, *arguments)
    largest = max((np.abs(array).max(initial=0.0) for array in keras.values()), default=0.0)
    errors = [np.abs(keras[name] - torch[name]).max(initial=0.0) for name in keras]
    return float(max(errors, default=0.0) / largest) if largest else 0.0


def _largest(found: Array, wanted: Array) -> float:
    """Return the largest difference over the largest value."""
    largest = np.abs(wanted).max(initial=0.0)
    return float(np.abs(found - wanted).max(initial=0.0) / largest) if largest else 0.0


def page(rows: dict[str, Row]) -> str:
    """Return the matrix as Markdown."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("keras", "tensorflow", "torch", "onnx", "onnxruntime", "numpy"))
    columns = [f"{NAMES[backend]} {kind}" for kind in ("float64", "float32") for backend in BACKENDS]
    lines = [
        "# Conformance",
        "",
        f"Written by `python tests/matrix.py`: {sum(row.cases for row in rows.values())} cases.",
        "",
        INTRODUCTION,
        f"Measured with {versions} on {platform.machine()}, {os.cpu_count()} cores.",
        "",
        f"| layer | cases | {' | '.join(columns)} | gradients | refused |",
        "|---|---|" + "---|" * (len(columns) + 2),
    ]
    for name, row in sorted(rows.items()):
        errors = [row.float64[backend] for backend in BACKENDS] + [row.float32[backend] for backend in BACKENDS]
        refused = ", ".join(f"{NAMES[backend]} {count}" for backend, count in row.refused.items() if count)
        shown = " | ".join(f"{error:.1e}" for error in errors)
        gradient = f"{row.gradients:.1e}" if row.differentiated else ""
        lines.append(f"| {name} | {row.cases} | {shown} | {gradient} | {refused} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    workers = Workers()
    PAGE.write_text(page(measure(workers, CASES)), encoding="utf-8")
    workers.close()
