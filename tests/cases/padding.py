"""Cases of padding layers."""

from __future__ import annotations

from case import Case, case

from cases.arguments import FIRST

CASES: tuple[Case, ...] = (
    case("ZeroPadding2D", "default", (4, 5, 3)),
    case("ZeroPadding2D", "number", (4, 5, 3), padding=2),
    case("ZeroPadding2D", "pair", (4, 5, 3), padding=[1, 2]),
    case("ZeroPadding2D", "sides", (4, 5, 3), padding=[[0, 1], [2, 3]]),
    case("ZeroPadding2D", "nothing", (4, 5, 3), padding=0),
    case("ZeroPadding2D", "first-sides", (3, 4, 5), padding=[[0, 1], [2, 3]], **FIRST),
)  # fmt: skip
