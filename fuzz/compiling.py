"""What must hold of any document that is compiled to ONNX: one function, which raises where something does not."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import onnx
from documents import Choices, document

import modelspec
from modelspec.diagnostics import SpecError
from modelspec.layers import LAYERS
from modelspec.model import Model
from modelspec.passes.target import IoLayout
from modelspec.tensors import Dim, DType, Symbol

Outcome = Literal["refused", "too large", "beyond the backend", "compiled"]

MAX_PARAMETERS = 200_000
MAX_BYTES = 2**22
"""What is compiled: the rest of a model's size is no other code."""
BATCH, SIZE = 2, 7
"""What the models are run on: zeros; ``SIZE`` along axes that are unknown until then."""
MAX_RUN = 1_000_000
"""The multiply-adds of what is run: ONNX's reference evaluator, which runs float64, takes its time."""
KNOWN = "ScalesValidation 'Linear' mode only supports"
"""ONNX Runtime's optimizer moves Transposes through a linear Resize, which then fails (docs/frameworks.md)."""
TARGETS = (None, *(f"opset=={it}" for it in range(17, 24)))
LAYOUTS: tuple[IoLayout, ...] = ("spec", "channels_first", "channels_last")
DTYPES: tuple[DType | None, ...] = (None, "float64")


def check(choices: Choices) -> Outcome:
    """Make a document, compile it, and see that ONNX's checker accepts what is compiled."""
    made = document(choices)
    target, io_layout, dtype = choices.of(TARGETS), choices.of(LAYOUTS), choices.of(DTYPES)
    return compiled(made, target=target, io_layout=io_layout, dtype=dtype, functions=choices.of((False, True)))


def compiled(
    made: Any,
    *,
    target: str | None = None,
    io_layout: IoLayout = "spec",
    dtype: DType | None = None,
    functions: bool = False,
) -> Outcome:
    """Compile a document; only findings may come of it, or a model that the checker accepts."""
    try:
        graph = modelspec.elaborate(made)
    except SpecError:
        return "refused"
    graph.check()
    if graph.parameters > MAX_PARAMETERS or sum(node.output.bytes for node in graph.nodes) > MAX_BYTES:
        return "too large"
    try:
        model = modelspec.compile(graph, "onnx", target=target, io_layout=io_layout, dtype=dtype, functions=functions)
    except SpecError as error:
        assert {it.code for it in error.diagnostics} == {"MS703"}, error
        return "beyond the backend"
    onnx.checker.check_model(model.native, full_check=True)
    check_run(model)
    return "compiled"


def check_run(model: Model) -> None:
    """See that the model runs, and that what it makes has the names, shapes and types that the graph says.

    Where sizes are unknown until run time, it may refuse those that are tried. What an Embedding makes of numbers beyond its
    table is not defined.
    """
    nodes = model.graph.nodes
    if any(isinstance(node.layer, LAYERS["Embedding"]) for node in nodes) or sum(it.multiply_adds for it in nodes) > MAX_RUN:
        return
    free = any(isinstance(dim, Symbol) for kind in model.graph.inputs.values() for dim in kind.shape)
    try:
        made = model(
            {name: np.zeros((BATCH, *map(_size, kind.shape)), kind.dtype) for name, kind in model.graph.inputs.items()}
        )
    except SpecError as error:
        assert free or KNOWN in str(error), error
        return
    for name, kind in model.graph.output_types.items():
        told = (BATCH, *map(_size, kind.shape)), kind.dtype
        assert (made[name].shape, made[name].dtype) == told, f"{name} is {made[name].shape} {made[name].dtype}, not {told}"


def _size(dim: Dim) -> int:
    return dim if isinstance(dim, int) else (SIZE + dim.offset) // dim.divisor
