"""Cases of regularization layers."""

from __future__ import annotations

from case import Case, case

CASES: tuple[Case, ...] = (
    case("Dropout", "image", (4, 5, 3), rate=0.5),
    case("Dropout", "vector", (9,), rate=0.25, seed=3),
    case("Dropout", "rate-0", (9,), rate=0.0),
    case("Dropout", "rate-1", (9,), rate=1.0),
    case("Dropout", "noise-shape", (4, 5, 3), rate=0.5, noise_shape=[None, 1, 1, None]),
    case("Dropout", "noise-shape-sizes", (4, 5, 3), rate=0.5, noise_shape=[None, 4, 1, 3]),
)  # fmt: skip
