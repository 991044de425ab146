"""Cases of core layers."""

from __future__ import annotations

from case import Case, case

from cases.arguments import FIRST

CASES: tuple[Case, ...] = (
    case("Dense", "rank2", (7,), units=4),
    case("Dense", "rank3", (5, 7), units=4),
    case("Dense", "rank4", (3, 4, 5), units=2),
    case("Dense", "no-bias", (7,), units=4, use_bias=False),
    case("Dense", "rank4-no-bias", (3, 4, 5), units=2, use_bias=False),
    case("Dense", "one-unit", (7,), units=1),
    case("Dense", "one-input", (1,), units=3),
    case("Dense", "first-by-default", (3, 4, 5), units=2, spec=FIRST),
)  # fmt: skip
