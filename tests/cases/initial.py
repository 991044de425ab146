"""Weights as the spec starts them."""

from __future__ import annotations

from typing import Any

from case import Case, case

from cases.arguments import INITIAL, INITIALIZERS

_RANDOM_BATCH_NORMALIZATION: dict[str, Any] = {
    "beta_initializer": "random_normal",
    "gamma_initializer": "random_uniform",
    "moving_mean_initializer": "ones",
    "moving_variance_initializer": {"type": "Constant", "value": 4.0},
}
_RANDOM_SEPARABLE: dict[str, Any] = {
    "depthwise_initializer": "he_uniform",
    "pointwise_initializer": "orthogonal",
    "bias_initializer": "random_normal",
}
_NUMBERS: dict[str, Any] = {"type": "Constant", "value": [[0.0, 1.0], [-2.0, 0.5]]}
_RANDOM_CONV: dict[str, Any] = {"kernel_initializer": "he_normal", "bias_initializer": "ones"}
_RANDOM_DEPTHWISE: dict[str, Any] = {"depthwise_initializer": "orthogonal", "bias_initializer": "ones"}

CASES: tuple[Case, ...] = (
    *(case("Dense", f"initial-{name}", (12,), units=8, kernel_initializer=value, spec=INITIAL) for name, value in INITIALIZERS),
    case("Dense", "initial-bias", (5,), units=4, bias_initializer="he_normal", spec=INITIAL),
    case("Dense", "initial-identity-square", (6,), units=6, kernel_initializer="identity", spec=INITIAL),
    case("Dense", "initial-identity-wide", (4,), units=6, kernel_initializer="identity", spec=INITIAL),
    case("Conv2D", "initial-numbers", (5, 6, 3), filters=4, kernel_size=2, kernel_initializer=_NUMBERS, spec=INITIAL),
    case("Conv2D", "initial", (5, 6, 3), filters=4, kernel_size=3, **_RANDOM_CONV, spec=INITIAL),
    case("DepthwiseConv2D", "initial", (5, 6, 3), kernel_size=3, **_RANDOM_DEPTHWISE, spec=INITIAL),
    case("SeparableConv2D", "initial", (5, 6, 3), filters=4, kernel_size=3, **_RANDOM_SEPARABLE, spec=INITIAL),
    case("BatchNormalization", "initial", (5, 6, 3), **_RANDOM_BATCH_NORMALIZATION, spec=INITIAL),
)
