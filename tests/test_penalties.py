"""Regularizers and constraints: Keras has its own, ``modelspec_torch.penalty`` and ``constrain`` are the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import penalizing
import pytest
from case import Case, case
from cases import CASES
from workers import Worker

from modelspec.layers import LAYERS
from modelspec.layers.base import Layer
from modelspec.layers.constraints import AnyConstraint
from modelspec.layers.regularizers import AnyRegularizer

On = Callable[[str], Worker]
Document = dict[str, Any]
STEPS = 3
RATE = 2.0**-5
"""Exact in float32, in which Keras's optimizers keep it."""

PENALTY: dict[str, Any] = {"type": "L1L2", "l1": 0.1, "l2": 0.2}
PAIRS: tuple[tuple[Any, Any], ...] = (
    ({"type": "L1", "l1": 0.3}, {"type": "MaxNorm", "max_value": 0.7}),
    ({"type": "L2", "l2": 0.2}, {"type": "MinMaxNorm", "min_value": 0.4, "max_value": 0.9, "rate": 0.8}),
    ({"type": "L1L2", "l1": 0.1, "l2": 0.3}, "non_neg"),
    ("l2", "unit_norm"),
)
"""A regularizer and a constraint, tried together."""


def _fields(layer: type[Layer], ending: str) -> list[str]:
    return [name for name in layer.model_fields if name.endswith(ending)]


WEIGHTED = tuple(layer for layer in LAYERS.values() if _fields(layer, "_regularizer"))


def subject(layer: type[Layer]) -> Case:
    """Return the first conformance case of a layer alone that holds weights and takes floating-point numbers of known sizes."""
    return next(
        each
        for each in CASES
        if len(each.layers) == 1
        and each.layers[0]["type"] == layer.__name__
        and each.layers[0].get("trainable", True)
        and not each.sizes
        and len(each.shapes) == 1
        and each.document.get("outputs") is None
        and (each.graph.weights or "activity_regularizer" in layer.model_fields)
    )


def with_fields(each: Case, **fields: Any) -> Document:
    """Return the case's document with more fields in its layer."""
    return {**each.document, "layers": [{**each.layers[0], **fields}]}


def compare(on: On, each: Case, document: Document, dtype: str = "float64", gate: float = 1e-10) -> list[float]:
    """Assert that penalties and trained weights agree, and return the penalties."""
    weights = each.weights(each.graph)
    inputs = {name: array.astype(dtype) if array.dtype.kind == "f" else array for name, array in each.inputs().items()}
    keras, keras_weights = on("keras").call(penalizing.keras_steps, document, weights, inputs, dtype, STEPS, RATE)
    torch, torch_weights = on("torch").call(penalizing.torch_steps, document, weights, inputs, dtype, STEPS, RATE)
    np.testing.assert_allclose(torch, keras, rtol=gate)
    assert keras_weights.keys() == torch_weights.keys() == weights.keys()
    for key, wanted in keras_weights.items():
        np.testing.assert_allclose(torch_weights[key], wanted, rtol=0, atol=gate * max(1.0, np.abs(wanted).max()), err_msg=key)
    return keras


@pytest.mark.parametrize("pair", range(len(PAIRS)))
@pytest.mark.parametrize("layer", WEIGHTED, ids=lambda layer: layer.__name__)
def test_a_few_steps_agree(layer: type[Layer], pair: int, on: On) -> None:
    regularizer, constraint = PAIRS[pair]
    each = subject(layer)
    fields = dict.fromkeys(_fields(layer, "_regularizer"), regularizer) | dict.fromkeys(
        _fields(layer, "_constraint"), constraint
    )
    assert compare(on, each, with_fields(each, **fields))[0] > 0


def test_every_regularizer_and_constraint_is_tried() -> None:
    tried = {value if isinstance(value, str) else value["type"] for pair in PAIRS for value in pair}
    names = {kind.__name__ for kind in (*AnyRegularizer.__args__, *AnyConstraint.__args__)}
    assert names - {"OrthogonalRegularizer"} == {
        {"non_neg": "NonNeg", "unit_norm": "UnitNorm", "l2": "L2"}.get(x, x) for x in tried
    }


AXES: tuple[tuple[str, dict[str, Any], Any], ...] = tuple(
    (kind, fields, axis)
    for kind, fields in (
        ("Dense", {"units": 5}),
        ("Conv2D", {"filters": 5, "kernel_size": [2, 3]}),
        ("DepthwiseConv2D", {"kernel_size": [2, 3], "depth_multiplier": 2}),
        ("SeparableConv2D", {"filters": 5, "kernel_size": [2, 3], "depth_multiplier": 2}),
    )
    for axis in ([0, 1] if kind == "Dense" else [[0, 1, 2], [0, 1], 3, -2])
)


@pytest.mark.parametrize(("kind", "fields", "axis"), AXES, ids=str)
def test_axes_of_a_constraint_are_those_of_keras(kind: str, fields: dict[str, Any], axis: Any, on: On) -> None:
    each = case(kind, f"constrained-{axis}", (4, 5, 3), **fields)
    names = ["depthwise_constraint", "pointwise_constraint"] if kind == "SeparableConv2D" else ["kernel_constraint"]
    if kind == "DepthwiseConv2D":
        names = ["depthwise_constraint"]
    compare(on, each, with_fields(each, **{name: {"type": "MaxNorm", "max_value": 0.5, "axis": axis} for name in names}))


@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_an_orthogonal_penalty(mode: str, on: On) -> None:
    """In float32: Keras multiplies by a float32 factor, which TensorFlow refuses in float64."""
    each = case("Dense", f"orthogonal-{mode}", (5,), units=4)
    penalty = {"type": "OrthogonalRegularizer", "factor": 0.2, "mode": mode}
    assert compare(on, each, with_fields(each, kernel_regularizer=penalty), "float32", 2e-6)[0] > 0


@pytest.mark.parametrize("activation", ["relu", {"type": "leaky_relu", "negative_slope": 0.3}, {"type": "softmax", "axis": 1}])
def test_the_penalty_on_an_output_is_on_what_the_activation_made(activation: Any, on: On) -> None:
    each = case("Conv2D", "penalized", (4, 5, 3), filters=4, kernel_size=2)
    plain = compare(on, each, with_fields(each, activity_regularizer=PENALTY))
    made = compare(on, each, with_fields(each, activity_regularizer=PENALTY, activation=activation))
    assert made[0] < plain[0]


def test_frozen_weights_have_neither(on: On) -> None:
    each = case("Dense", "frozen", (5,), units=4)
    document = with_fields(each, trainable=False, kernel_regularizer="l2", kernel_constraint="unit_norm")
    assert compare(on, each, document) == [0.0] * (STEPS + 1)


PENALIZED = case("Dense", "kept", (5,), units=4, kernel_regularizer="l2", activity_regularizer="l1", activation=None)
AFTER = case("Dense", "after", (5,), units=4, activity_regularizer="l2", activation={"type": "elu", "alpha": 0.5})


@pytest.mark.parametrize("each", [PENALIZED, AFTER], ids=lambda each: each.id)
def test_a_copy_has_its_own_penalties_and_a_saved_module_none(each: Case, on: On, tmp_path: Path) -> None:
    inputs = {name: array.astype(np.float64) for name, array in each.inputs().items()}
    called, fresh, again = on("torch").call(penalizing.torch_copy, each.document, inputs, str(tmp_path / "m.pt2"))
    assert called == again > fresh >= 0


@pytest.mark.parametrize("each", [PENALIZED, AFTER], ids=lambda each: each.id)
def test_keras_saves_and_loads_penalties(each: Case, on: On, tmp_path: Path) -> None:
    inputs = {name: array.astype(np.float64) for name, array in each.inputs().items()}
    made, loaded = on("keras").call(penalizing.keras_saved, each.document, inputs, str(tmp_path / "m.keras"))
    assert made == pytest.approx(loaded, rel=1e-12)
    assert made > 0


def test_onnx_has_no_training_and_leaves_them_out(on: On) -> None:
    each = case("Conv2D", "no-training", (4, 5, 3), filters=4, kernel_size=2)
    document = with_fields(each, kernel_regularizer="l2", activity_regularizer="l1", kernel_constraint="unit_norm")
    weights = each.weights(each.graph)
    plain, penalized = (on("onnx").call(penalizing.onnx_bytes, spec, weights) for spec in (each.document, document))
    assert plain == penalized
