"""Arguments that many cases share."""

from __future__ import annotations

from typing import Any

FIRST: dict[str, Any] = {"data_format": "channels_first"}
SAME: dict[str, Any] = {"padding": "same"}
SOFTMAX_1: dict[str, Any] = {"type": "softmax", "axis": 1}
BYTES: dict[str, Any] = {"dtype": "uint8"}
LEAKY: dict[str, Any] = {"type": "leaky_relu", "negative_slope": 0.1}
INITIAL: dict[str, Any] = {"initial": True}
UNPARAMETERIZED = (
    "linear", "relu", "relu6", "selu", "sigmoid", "tanh", "softplus", "softsign", "exponential", "silu", "hard_sigmoid",
    "leaky_relu", "elu", "gelu", "softmax", "log_softmax", "celu", "squareplus", "hard_silu", "mish", "hard_tanh",
    "log_sigmoid", "tanh_shrink", "soft_shrink", "hard_shrink", "sparse_plus", "sparse_sigmoid", "step", "sparsemax",
)  # fmt: skip
INITIALIZERS: tuple[tuple[str, Any], ...] = (
    *((name, name) for name in ("zeros", "ones", "random_uniform", "random_normal", "truncated_normal", "orthogonal")),
    *((name, name) for name in ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal")),
    *((name, name) for name in ("uniform", "normal", "identity")),
    ("identity-gain", {"type": "Identity", "gain": 2.0}),
    ("constant", {"type": "Constant", "value": 0.3}),
    ("constant-column", {"type": "Constant", "value": [float(row) for row in range(12)]}),
    ("seeded", {"type": "RandomNormal", "mean": 0.1, "stddev": 0.2, "seed": 7}),
    ("fan-out", {"type": "VarianceScaling", "scale": 0.5, "mode": "fan_out", "distribution": "untruncated_normal"}),
)
