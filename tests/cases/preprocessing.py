"""Cases of preprocessing layers."""

from __future__ import annotations

from typing import Any

from case import Case, case, chain

from cases.arguments import BYTES, FIRST, INITIAL

_STATISTICS: dict[str, Any] = {"mean": [0.3, -1.1, 2.0], "variance": [0.7, 1.9, 0.01]}
_BYTE_STATISTICS: dict[str, Any] = {"mean": [123.7, 116.3, 103.5], "variance": [3409.5, 3262.7, 3289.6]}
_MATRICES: dict[str, Any] = {"mean": [[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]], "variance": [[0.4, 0.5, 0.6], [1.4, 1.5, 1.6]]}
_CONV: dict[str, Any] = {"type": "Conv2D", "filters": 4, "kernel_size": 2}

CASES: tuple[Case, ...] = (
    case("Normalization", "image", (4, 5, 3), **_STATISTICS),
    case("Normalization", "invert", (4, 5, 3), invert=True, **_STATISTICS),
    case("Normalization", "vector", (3,), **_STATISTICS),
    case("Normalization", "sequence", (5, 3), **_STATISTICS, spec={"batch": 1}),
    case("Normalization", "volume", (2, 3, 4, 3), **_STATISTICS),
    case("Normalization", "axis1", (3, 4, 5), axis=1, **_STATISTICS),
    case("Normalization", "first", (3, 4, 5), axis=1, **_STATISTICS, spec=FIRST),
    case("Normalization", "axes", (4, 2, 3), axis=[-1, 2], **_MATRICES),
    case("Normalization", "axes-row", (4, 2, 3), axis=[1, 3], **_STATISTICS),
    case("Normalization", "axes-column", (3, 2, 4), axis=[1, 3], mean=[[0.3], [-1.1], [2.0]], variance=[[0.7], [1.9], [0.01]]),
    case("Normalization", "one-number", (4, 5, 3), mean=0.3, variance=0.7),
    case("Normalization", "no-axis", (4, 5, 3), axis=None, mean=0.3, variance=0.7),
    case("Normalization", "no-variance", (4, 3), mean=[0.3, -1.1, 2.0], variance=[0.0, 1e-16, 1e-10]),
    case("Normalization", "bytes", (4, 5, 3), **_BYTE_STATISTICS, spec=BYTES),
    case("Normalization", "free", ("height", "width", 3), **_STATISTICS, spec={"sizes": {"height": 5, "width": 4}}),
    case("Normalization", "adapted-initial", (4, 5, 3), spec=INITIAL),
    case("Normalization", "adapted-initial-axes", (4, 5, 3), axis=[1, 3], invert=True, spec=INITIAL),
    case("Normalization", "adapted-initial-no-axis", (4, 5), axis=None, spec=INITIAL),
    case("Normalization", "adapted-initial-bytes", (4, 5, 3), spec={**INITIAL, **BYTES}),
    chain("normalization-conv", {"type": "Normalization", **_STATISTICS}, _CONV),
    chain("bytes-normalization-conv", {"type": "Normalization", **_BYTE_STATISTICS}, _CONV, **BYTES),
    chain("normalization-axes-conv", {"type": "Normalization", "axis": [2, 3], **_STATISTICS}, _CONV),
    case("Rescaling", "image", (4, 5, 3), scale=1 / 127.5, offset=-1.0),
    case("Rescaling", "scale-only", (4, 5, 3), scale=0.3),
    case("Rescaling", "vectors", (4, 5, 3), scale=[0.3, 2.0, -1.0], offset=[0.1, -0.2, 5.0]),
    case("Rescaling", "vector-offset", (4, 5, 3), scale=2.0, offset=[0.1, -0.2, 5.0]),
    case("Rescaling", "matrix", (4, 5, 3), scale=[[1.0], [2.0], [3.0], [4.0], [5.0]]),
    case("Rescaling", "first-shaped", (3, 4, 5), scale=[[[1.0]], [[2.0]], [[3.0]]], offset=0.5, spec=FIRST),
    case("Rescaling", "volume", (2, 3, 1, 2), scale=[[[[1.0, 2.0]], [[3.0, 0.5]], [[-1.0, 0.1]]]], offset=[0.1, -0.2]),
    case("Rescaling", "bytes", (4, 5, 3), scale=1 / 255, spec=BYTES),
    case("Rescaling", "bytes-offset", (4, 5, 3), scale=1 / 127.5, offset=-1.0, spec=BYTES),
    case("Rescaling", "bytes-vectors", (4, 5, 3), scale=[0.017, 0.018, 0.019], offset=[-2.1, -2.0, -1.8], spec=BYTES),
    case("Rescaling", "vector-input", (6,), scale=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], offset=-0.1),
)  # fmt: skip
