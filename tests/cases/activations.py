"""Activation functions, alone and at the end of other layers."""

from __future__ import annotations

from case import FAR, Case, case

from cases.arguments import FIRST, LEAKY, SOFTMAX_1, UNPARAMETERIZED

CASES: tuple[Case, ...] = (
    *(case("Activation", name, (4, 5, 3), activation=name) for name in UNPARAMETERIZED),
    *(case("Activation", f"{name}-far", (3, 4, 5), activation=name, spec={"special": FAR}) for name in UNPARAMETERIZED),
    *(case("Dense", f"fused-{name}", (7,), units=5, activation=name) for name in UNPARAMETERIZED),
    *(case("Conv2D", f"fused-{name}", (4, 5, 3), filters=4, kernel_size=2, activation=name) for name in UNPARAMETERIZED),
    case("Activation", "swish", (4, 5), activation="swish"),
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
