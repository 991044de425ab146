"""Activation functions, alone and at the end of other layers."""

from __future__ import annotations

from typing import Any

from case import FAR, Case, case, chain

from cases.arguments import FIRST, LEAKY, SOFTMAX_1, UNPARAMETERIZED

THRESHOLD: dict[str, Any] = {"type": "threshold", "threshold": 0.7, "default_value": -0.2}
_CONV: dict[str, Any] = {"type": "Conv2D", "filters": 6, "kernel_size": 2}
_FREE: dict[str, Any] = {"sizes": {"length": 5}}
_PARAMETERIZED: tuple[tuple[str, dict[str, Any]], ...] = (
    ("celu-alpha", {"type": "celu", "alpha": 0.7}),
    ("squareplus-b", {"type": "squareplus", "b": 0.3}),
    ("soft_shrink-threshold", {"type": "soft_shrink", "threshold": 1.5}),
    ("soft_shrink-0", {"type": "soft_shrink", "threshold": 0.0}),
    ("hard_shrink-threshold", {"type": "hard_shrink", "threshold": 1.5}),
    ("threshold", THRESHOLD),
    ("threshold-0", {"type": "threshold", "threshold": 0.0, "default_value": 0.0}),
    ("threshold-negative", {"type": "threshold", "threshold": -1.0, "default_value": 3.0}),
    ("step-half", {"type": "step", "value_at_zero": 0.5}),
    ("step-0", {"type": "step", "value_at_zero": 0.0}),
    ("step-odd", {"type": "step", "value_at_zero": 0.3}),
    ("step-beyond", {"type": "step", "value_at_zero": -2.0}),
)
"""Parameters that no short name stands for."""

CASES: tuple[Case, ...] = (
    *(case("Activation", name, (4, 5, 3), activation=name) for name in UNPARAMETERIZED),
    *(case("Activation", f"{name}-far", (3, 4, 5), activation=name, spec={"special": FAR}) for name in UNPARAMETERIZED),
    *(case("Dense", f"fused-{name}", (7,), units=5, activation=name) for name in UNPARAMETERIZED),
    *(case("Conv2D", f"fused-{name}", (4, 5, 3), filters=4, kernel_size=2, activation=name) for name in UNPARAMETERIZED),
    *(case("Activation", name, (4, 5, 3), activation=value) for name, value in _PARAMETERIZED),
    *(case("Dense", f"fused-{name}", (7,), units=5, activation=value) for name, value in _PARAMETERIZED),
    *(case("Conv2D", f"fused-{name}", (4, 5, 3), filters=4, kernel_size=2, activation=value) for name, value in _PARAMETERIZED),
    case("Activation", "threshold-far", (4, 5, 3), activation=THRESHOLD, spec={"special": FAR}),
    case("Activation", "celu-alpha-far", (4, 5, 3), activation={"type": "celu", "alpha": 0.3}, spec={"special": FAR}),
    case("Activation", "sparsemax-one", (1,), activation="sparsemax"),
    case("Activation", "sparsemax-vector", (9,), activation="sparsemax", spec={"batch": 1}),
    case("Activation", "sparsemax-as-many-as-examples", (3,), activation="sparsemax", spec={"batch": 3}),
    case("Activation", "sparsemax-rows-of-one", (3, 3), activation="sparsemax", spec={"batch": 1}),
    case("Activation", "sparsemax-axis1", (4, 5, 3), activation={"type": "sparsemax", "axis": 1}),
    case("Activation", "sparsemax-axis-minus2", (4, 5, 3), activation={"type": "sparsemax", "axis": -2}),
    case("Activation", "sparsemax-first", (4, 5, 3), activation={"type": "sparsemax", "axis": 1}, spec=FIRST),
    case("Activation", "sparsemax-free", ("length", 3), activation={"type": "sparsemax", "axis": 1}, spec=_FREE),
    case("Conv2D", "fused-sparsemax-axis1", (4, 5, 3), filters=4, kernel_size=2, activation={"type": "sparsemax", "axis": 1}),
    case("Activation", "glu", (4, 5, 6), activation="glu"),
    case("Activation", "glu-far", (4, 5, 6), activation="glu", spec={"special": FAR}),
    case("Activation", "glu-vector", (2,), activation="glu"),
    case("Activation", "glu-axis1", (4, 5, 3), activation={"type": "glu", "axis": 1}),
    case("Activation", "glu-axis-minus2", (3, 4, 5), activation={"type": "glu", "axis": -2}),
    case("Activation", "glu-free", ("length", 4), activation="glu", spec=_FREE),
    chain("glu-after-conv", _CONV, {"type": "Activation", "activation": "glu"}, _CONV),
    chain("glu-of-rows-after-conv", _CONV, {"type": "Activation", "activation": {"type": "glu", "axis": 1}}, _CONV),
    case("Activation", "swish", (4, 5), activation="swish"),
    case("Activation", "hard_swish", (4, 5), activation="hard_swish"),
    case("Activation", "none", (4, 5), activation=None),
    case("Activation", "leaky_relu-slope", (4, 5), activation={"type": "leaky_relu", "negative_slope": 0.3}),
    case("Activation", "leaky_relu-negative-slope", (4, 5), activation={"type": "leaky_relu", "negative_slope": -0.5}),
    case("Activation", "elu-alpha", (4, 5), activation={"type": "elu", "alpha": 0.7}),
    case("Activation", "gelu-tanh", (4, 5), activation={"type": "gelu", "approximate": True}),
    case("Activation", "gelu-tanh-far", (4, 5), activation={"type": "gelu", "approximate": True}, spec={"special": FAR}),
    case("Activation", "softmax-rank2", (7,), activation="softmax"),
    case("Activation", "softmax-rank3", (4, 5), activation="softmax"),
    case("Activation", "softmax-axis1", (4, 5, 3), activation=SOFTMAX_1),
    case("Activation", "softmax-axis2", (4, 5, 3), activation={"type": "softmax", "axis": 2}),
    case("Activation", "softmax-axis-minus2", (4, 5, 3), activation={"type": "softmax", "axis": -2}),
    case("Activation", "log_softmax-axis1", (4, 5, 3), activation={"type": "log_softmax", "axis": 1}),
    case("Conv2D", "fused-softmax-axis1", (4, 5, 3), filters=4, kernel_size=2, activation=SOFTMAX_1),
    case("Conv2D", "fused-softmax-axis2", (4, 5, 3), filters=4, kernel_size=2, activation={"type": "softmax", "axis": 2}),
    case("Conv2D", "fused-softmax-first", (3, 4, 5), filters=4, kernel_size=2, activation=SOFTMAX_1, **FIRST),
    case("Conv2D", "fused-softmax-first-last", (3, 4, 5), filters=4, kernel_size=2, activation="softmax", **FIRST),
    case("Conv2D", "fused-elu-alpha", (4, 5, 3), filters=4, kernel_size=2, activation={"type": "elu", "alpha": 0.5}),
    case("Conv2D", "fused-leaky-slope", (4, 5, 3), filters=4, kernel_size=1, activation=LEAKY),
    case("DepthwiseConv2D", "fused-tanh", (4, 5, 3), kernel_size=2, activation="tanh"),
    case("DepthwiseConv2D", "fused-softmax-axis1", (4, 5, 3), kernel_size=2, activation=SOFTMAX_1),
    case("SeparableConv2D", "fused-relu", (4, 5, 3), filters=4, kernel_size=2, activation="relu"),
    case("SeparableConv2D", "fused-softmax-axis1", (4, 5, 3), filters=4, kernel_size=2, activation=SOFTMAX_1),
    case("Dense", "fused-softmax-axis1", (4, 5, 3), units=4, activation=SOFTMAX_1),
)  # fmt: skip
