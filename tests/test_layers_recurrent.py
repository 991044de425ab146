"""What recurrent layers, wrappers and Embedding refuse, and where the finding stands."""

from __future__ import annotations

from typing import Any

import pytest

import modelspec
from modelspec.diagnostics import SpecError

LSTM: dict[str, Any] = {"type": "LSTM", "units": 4}
DENSE: dict[str, Any] = {"type": "Dense", "units": 2}


def document(shape: list[Any], layer: dict[str, Any]) -> dict[str, Any]:
    return {"format_version": 1, "name": "m", "inputs": {"x": {"shape": shape}}, "layers": [layer]}


@pytest.mark.parametrize(
    ("shape", "layer", "code", "message"),
    [
        ([5], LSTM, "MS501", r"LSTM takes \[time, features\]"),
        ([5, "n"], LSTM, "MS501", "known number of features"),
        (["n", 5], {**LSTM, "unroll": True}, "MS203", "known only at run time"),
        ([4, 5], {**LSTM, "bias_initializer": "random_normal"}, "MS203", "unit_forget_bias is true"),
        (
            [4, 5],
            {"type": "Bidirectional", "layer": {**LSTM, "go_backwards": True}},
            "MS203",
            "one of them must read backwards",
        ),
        (
            [4, 5],
            {
                "type": "Bidirectional",
                "layer": LSTM,
                "merge_mode": "sum",
                "backward_layer": {**LSTM, "units": 3, "go_backwards": True},
            },
            "MS501",
            "4 units and backward_layer 3",
        ),
        ([4], {"type": "TimeDistributed", "layer": DENSE}, "MS501", "at least one axis after the time"),
        ([4, 5], {"type": "TimeDistributed", "layer": {"type": "BatchNormalization"}}, "MS203", "does not take a BatchNormal"),
        ([4], {"type": "Embedding", "input_dim": 3, "output_dim": 2, "mask_zero": True}, "MS203", "no implicit masks"),
    ],
)
def test_refusals(shape: list[Any], layer: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        modelspec.elaborate(document(shape, layer))
    assert [finding.code for finding in caught.value.diagnostics] == [code]


@pytest.mark.parametrize(
    ("inner", "pointer"),
    [({**DENSE, "units": 0}, "/layers/0/layer/units"), ({**DENSE, "unit": 1}, "/layers/0/layer/unit"), ({}, "/layers/0/layer")],
)
def test_a_finding_inside_stands_at_its_place(inner: dict[str, Any], pointer: str) -> None:
    with pytest.raises(SpecError) as caught:
        modelspec.load(document([4, 5], {"type": "TimeDistributed", "layer": inner}))
    assert [finding.pointer for finding in caught.value.diagnostics] == [pointer]


def test_expressions_stand_inside_too() -> None:
    spec = document([4, 5], {"type": "TimeDistributed", "layer": {**DENSE, "units": "${2 * size}"}})
    graph = modelspec.elaborate({**spec, "parameters": {"size": {"type": "integer", "default": 3}}})
    assert graph.nodes[0].output.shape == (4, 6)


def test_what_keras_cannot_distribute_is_said_before_any_work() -> None:
    inner = {"type": "Conv2D", "filters": 2, "kernel_size": 2, "data_format": "channels_first"}
    with pytest.raises(SpecError, match=r"MS703.*channels_first, which TensorFlow"):
        modelspec.compile(document([4, 3, 5, 6], {"type": "TimeDistributed", "layer": inner}), "keras")


def test_a_penalty_that_keras_forgets_in_two_directions_is_refused() -> None:
    inner = {"type": "SimpleRNN", "units": 2, "activity_regularizer": "l2"}
    with pytest.raises(SpecError, match=r"MS703.*has an activity_regularizer"):
        modelspec.compile(document([4, 3], {"type": "Bidirectional", "layer": inner}), "keras")
