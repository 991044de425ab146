"""Cases of normalization layers."""

from __future__ import annotations

from case import Case, case

from cases.arguments import FIRST

CASES: tuple[Case, ...] = (
    case("BatchNormalization", "image", (4, 5, 3)),
    case("BatchNormalization", "vector", (7,)),
    case("BatchNormalization", "sequence", (5, 3)),
    case("BatchNormalization", "volume", (2, 3, 4, 5)),
    case("BatchNormalization", "axis1", (4, 5, 3), axis=1),
    case("BatchNormalization", "axis2", (4, 5, 3), axis=2),
    case("BatchNormalization", "axis-minus2", (4, 5, 3), axis=-2),
    case("BatchNormalization", "first-by-default", (3, 4, 5), spec=FIRST),
    case("BatchNormalization", "no-scale", (4, 5, 3), scale=False),
    case("BatchNormalization", "no-center", (4, 5, 3), center=False),
    case("BatchNormalization", "neither", (4, 5, 3), center=False, scale=False),
    case("BatchNormalization", "large-epsilon", (4, 5, 3), epsilon=0.7),
    case("BatchNormalization", "small-epsilon", (4, 5, 3), epsilon=1e-7),
    case("BatchNormalization", "momentum", (4, 5, 3), momentum=0.5),
    case("BatchNormalization", "frozen", (4, 5, 3), trainable=False),
    case("BatchNormalization", "synchronized", (4, 5, 3), synchronized=True),
    case("BatchNormalization", "one-channel", (4, 5, 1)),
)  # fmt: skip
