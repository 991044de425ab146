"""Cases of preprocessing layers."""

from __future__ import annotations

from case import Case, case

from cases.arguments import BYTES, FIRST

CASES: tuple[Case, ...] = (
    case("Rescaling", "image", (4, 5, 3), scale=1 / 127.5, offset=-1.0),
    case("Rescaling", "scale-only", (4, 5, 3), scale=0.3),
    case("Rescaling", "vectors", (4, 5, 3), scale=[0.3, 2.0, -1.0], offset=[0.1, -0.2, 5.0]),
    case("Rescaling", "vector-offset", (4, 5, 3), scale=2.0, offset=[0.1, -0.2, 5.0]),
    case("Rescaling", "matrix", (4, 5, 3), scale=[[1.0], [2.0], [3.0], [4.0], [5.0]]),
    case("Rescaling", "first-shaped", (3, 4, 5), scale=[[[1.0]], [[2.0]], [[3.0]]], offset=0.5, spec=FIRST),
    case("Rescaling", "bytes", (4, 5, 3), scale=1 / 255, spec=BYTES),
    case("Rescaling", "bytes-offset", (4, 5, 3), scale=1 / 127.5, offset=-1.0, spec=BYTES),
    case("Rescaling", "bytes-vectors", (4, 5, 3), scale=[0.017, 0.018, 0.019], offset=[-2.1, -2.0, -1.8], spec=BYTES),
    case("Rescaling", "vector-input", (6,), scale=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], offset=-0.1),
)  # fmt: skip
