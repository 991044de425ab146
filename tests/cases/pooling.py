"""Cases of pooling layers."""

from __future__ import annotations

from case import Case, case

from cases.arguments import FIRST, SAME

CASES: tuple[Case, ...] = tuple(
    made
    for kind in ("MaxPooling2D", "AveragePooling2D")
    for made in (
        case(kind, "default", (6, 7, 3)),
        case(kind, "same-odd", (5, 7, 3), **SAME),
        case(kind, "same-3-stride2-even", (6, 8, 3), pool_size=3, strides=2, **SAME),
        case(kind, "same-3-stride2-odd", (5, 7, 3), pool_size=3, strides=2, **SAME),
        case(kind, "same-3-stride1", (4, 5, 3), pool_size=3, strides=1, **SAME),
        case(kind, "same-4-stride1", (5, 6, 1), pool_size=4, strides=1, **SAME),
        case(kind, "same-2-stride3", (7, 8, 2), pool_size=2, strides=3, **SAME),
        case(kind, "same-unequal", (6, 7, 2), pool_size=[3, 2], strides=[1, 2], **SAME),
        case(kind, "same-pool-beyond-input", (2, 3, 2), pool_size=5, strides=1, **SAME),
        case(kind, "same-negative", (5, 6, 2), pool_size=3, strides=2, **SAME, spec={"shift": -20.0}),
        case(kind, "valid-overlapping", (7, 9, 2), pool_size=3, strides=2),
        case(kind, "valid-remainder", (8, 10, 2), pool_size=[3, 2], strides=[4, 3]),
        case(kind, "whole-input", (4, 5, 2), pool_size=[4, 5]),
        case(kind, "first", (3, 6, 7), **FIRST),
        case(kind, "first-same-stride2", (3, 6, 8), pool_size=3, strides=2, **SAME, **FIRST),
    )
) + tuple(
    made
    for kind in ("GlobalAveragePooling2D", "GlobalMaxPooling2D")
    for made in (
        case(kind, "plain", (4, 5, 3)),
        case(kind, "keepdims", (4, 5, 3), keepdims=True),
        case(kind, "one-pixel", (1, 1, 3)),
        case(kind, "negative", (4, 5, 3), spec={"shift": -20.0}),
        case(kind, "first", (3, 4, 5), **FIRST),
        case(kind, "first-keepdims", (3, 4, 5), keepdims=True, **FIRST),
    )
)
