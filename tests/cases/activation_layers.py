"""Cases of activation layers."""

from __future__ import annotations

from case import Case, case

CASES: tuple[Case, ...] = (
    case("ReLU", "plain", (4, 5, 3)),
    case("ReLU", "vector", (20,)),
    case("ReLU", "max", (4, 5, 3), max_value=6.0),
    case("ReLU", "max-0", (4, 5, 3), max_value=0.0),
    case("ReLU", "max-odd", (4, 5, 3), max_value=1.7),
    case("ReLU", "slope", (4, 5, 3), negative_slope=0.3),
    case("ReLU", "threshold", (4, 5, 3), threshold=1.0),
    case("ReLU", "threshold-slope", (4, 5, 3), threshold=1.5, negative_slope=0.25),
    case("ReLU", "slope-max", (4, 5, 3), negative_slope=0.1, max_value=6.0),
    case("ReLU", "everything", (4, 5, 3), negative_slope=0.1, threshold=1.0, max_value=3.0),
    case("ReLU", "max-below-threshold", (4, 5, 3), negative_slope=0.1, threshold=3.0, max_value=1.0),
)  # fmt: skip
