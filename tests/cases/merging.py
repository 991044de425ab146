"""Cases of merging layers."""

from __future__ import annotations

from case import Case, case

from cases.arguments import FIRST

CASES: tuple[Case, ...] = (
    case("Add", "two", (4, 5, 3), (4, 5, 3)),
    case("Add", "three", (4, 5), (4, 5), (4, 5)),
    case("Add", "vectors", (7,), (7,)),
    case("Add", "broadcast-space", (4, 5, 3), (1, 1, 3)),
    case("Add", "broadcast-first", (1, 1, 3), (4, 5, 3)),
    case("Add", "broadcast-both", (4, 1, 3), (1, 5, 3)),
    case("Add", "broadcast-one-value-batch-of-channels", (5, 3, 3), (1, 1, 1), spec={"batch": 3}),
    case("Add", "broadcast-columns-alike", (4, 4, 4), (4, 1, 1), spec={"batch": 1}),
    case("Add", "broadcast-crosswise", (7, 1, 1), (1, 1, 7), spec={"batch": 1}),
    case("Add", "broadcast-crosswise-three", (7, 1, 1), (1, 1, 7), (1, 1, 1), spec={"batch": 7}),
    case("Add", "broadcast-channels-three", (4, 5, 3), (4, 5, 1), (1, 1, 1)),
    case("Concatenate", "default", (4, 5, 3), (4, 5, 2)),
    case("Concatenate", "three", (4, 5, 1), (4, 5, 2), (4, 5, 3)),
    case("Concatenate", "vectors", (4,), (3,)),
    case("Concatenate", "axis1", (4, 5, 3), (2, 5, 3), axis=1),
    case("Concatenate", "axis2", (4, 5, 3), (4, 1, 3), axis=2),
    case("Concatenate", "axis-minus2", (4, 5, 3), (4, 2, 3), axis=-2),
    case("Concatenate", "axis3", (4, 5, 3), (4, 5, 1), axis=3),
    case("Concatenate", "first-by-default", (3, 4, 5), (2, 4, 5), spec=FIRST),
)  # fmt: skip
