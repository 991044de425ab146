"""Gradients by every input and every trained weight: Keras and PyTorch, in float64, for every conformance case."""

from __future__ import annotations

from collections.abc import Callable

import gradients
import numpy as np
import oracle
import pytest
from case import Case, generator
from cases import CASES
from test_conformance import REFUSED
from workers import Array, Worker

from modelspec.graph import Graph
from modelspec.verify.gates import names_of

GATE = 1e-9
EXCEPTIONS: dict[str, tuple[float, str]] = {
    "CenterCrop": (1e-6, "TensorFlow's ResizeBilinear makes float32 of any input, so that gradients come through float32"),
    "bilinear": (1e-6, "TensorFlow's ResizeBilinear makes float32 of any input, so that gradients come through float32"),
    "gelu": (1e-8, "TensorFlow's erf, and its constant of the tanh form, are a few 1e-9 off in float64"),
}
"""Wider gates by activation, interpolation or layer, each with its reason."""

DIFFERENTIABLE = [
    case for case in CASES if not {(case.id, "keras"), (case.id, "torch")} & REFUSED.keys() and "far" not in case.id.split("-")
]
"""The cases that both backends take; values so far out that every gradient is 0 or 1 tell nothing."""


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=lambda case: case.id)
def test_gradients_agree(case: Case, on: Callable[[str], Worker]) -> None:
    graph = case.graph
    weights, inputs = case.weights(graph), smooth_inputs(case)
    directions = {
        name: generator(f"{case.id}/direction/{name}").normal(size=array.shape)
        for name, array in oracle.outputs(graph, inputs, weights).items()
    }
    arguments = (case.document, weights, inputs, directions)
    keras = on("keras").call(gradients.keras_gradients, *arguments)
    torch = on("torch").call(gradients.torch_gradients, *arguments)
    assert keras.keys() == torch.keys() == expected(graph, inputs)
    overall = max((np.abs(array).max(initial=0.0) for array in keras.values()), default=0.0)
    for name in keras:
        agree(name, keras[name], torch[name], gate(case), overall)


def test_the_gate_sees_a_wrong_gradient() -> None:
    right = np.array([1.0, -2.0])
    with pytest.raises(AssertionError, match="off by"):
        agree("x", right, right + np.array([0, 1e-8]), GATE, 2.0)
    with pytest.raises(AssertionError, match="off by"):
        agree("x", right, np.zeros(2), GATE, 2.0)


def smooth_inputs(case: Case) -> dict[str, Array]:
    """Return the inputs of a case with no value at a kink, where frameworks choose different subgradients."""
    return {
        name: generator(f"{case.id}/smooth/{name}").normal(0, 2, array.shape) + case.shift if array.dtype.kind == "f" else array
        for name, array in case.inputs().items()
    }


def expected(graph: Graph, inputs: dict[str, Array]) -> set[str]:
    """Return the names of what has a gradient: floating-point inputs and trained weights."""
    trained = {f"weights/{key}" for key, bound in graph.weights.items() if bound.trainable}
    return trained | {f"inputs/{name}" for name, array in inputs.items() if array.dtype.kind == "f"}


def agree(name: str, left: Array, right: Array, bound: float, overall: float) -> None:
    """Assert that two gradients differ by at most ``bound`` times their largest value.

    A gradient that is 0 but for rounding (of a bias before a softmax along another axis) may be off by the rounding of the
    largest of all, ``overall``.
    """
    assert left.shape == right.shape
    largest = max(np.abs(left).max(initial=0.0), np.abs(right).max(initial=0.0))
    off = np.abs(left - right).max(initial=0.0)
    assert off <= bound * largest + 1e-14 * overall, f"{name} is off by {off / largest:.3g} of its largest; at most {bound:.3g}"


def gate(case: Case) -> float:
    """Return the gate of a case, wider where it uses an exception."""
    used = {name for node in case.graph.nodes for name in names_of(node.layer)}
    return max([GATE, *(EXCEPTIONS[name][0] for name in EXCEPTIONS if name in used)])
