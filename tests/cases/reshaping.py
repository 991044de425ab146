"""Cases of reshaping layers."""

from __future__ import annotations

from case import Case, case

from cases.arguments import FIRST

CASES: tuple[Case, ...] = (
    case("Flatten", "image", (4, 5, 3)),
    case("Flatten", "vector", (7,)),
    case("Flatten", "sequence", (4, 5)),
    case("Flatten", "volume", (2, 3, 4, 2)),
    case("Flatten", "first", (3, 4, 5), **FIRST),
    case("Flatten", "first-sequence", (4, 5), **FIRST),
    case("Flatten", "first-vector", (7,), **FIRST),
    case("Flatten", "first-volume", (2, 3, 4, 2), **FIRST),
    case("Permute", "reversed", (2, 3, 4), dims=[3, 2, 1]),
    case("Permute", "rotated", (2, 3, 4), dims=[3, 1, 2]),
    case("Permute", "rotated-back", (2, 3, 4), dims=[2, 3, 1]),
    case("Permute", "identity", (2, 3, 4), dims=[1, 2, 3]),
    case("Permute", "sequence", (2, 3), dims=[2, 1]),
    case("Permute", "volume", (2, 3, 4, 5), dims=[4, 2, 1, 3]),
)  # fmt: skip
