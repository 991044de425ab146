"""Cases of layers that add or remove what stands at the borders."""

from __future__ import annotations

from typing import Any

from case import Case, case, chain

from cases.arguments import BYTES, FIRST

_FREE_1D: dict[str, Any] = {"spec": {"sizes": {"length": 6}}}
_FREE_2D: dict[str, Any] = {"spec": {"sizes": {"height": 5, "width": 6}}}
_FREE_3D: dict[str, Any] = {"spec": {"sizes": {"depth": 4, "height": 5, "width": 6}}}


def _of_bytes(name: str, kind: str, shape: tuple[int, ...], **fields: Any) -> Case:
    """Return a case of integers, which another layer makes floating-point numbers of, as outputs must be."""
    halves = {"type": "Rescaling", "scale": 0.5}
    return chain(f"bytes-{name}", {"type": kind, "name": "layer", **fields}, halves, shapes=(shape,), **BYTES)


CASES: tuple[Case, ...] = (
    case("ZeroPadding1D", "default", (4, 3)),
    case("ZeroPadding1D", "number", (4, 3), padding=2),
    case("ZeroPadding1D", "sides", (4, 1), padding=[0, 3]),
    case("ZeroPadding1D", "first-sides", (3, 4), padding=[2, 1], **FIRST),
    _of_bytes("zero-padding1d", "ZeroPadding1D", (4, 3), padding=[2, 1]),
    case("ZeroPadding1D", "free", ("length", 3), padding=[2, 1], **_FREE_1D),
    case("ZeroPadding2D", "default", (4, 5, 3)),
    case("ZeroPadding2D", "number", (4, 5, 3), padding=2),
    case("ZeroPadding2D", "pair", (4, 5, 3), padding=[1, 2]),
    case("ZeroPadding2D", "sides", (4, 5, 3), padding=[[0, 1], [2, 3]]),
    case("ZeroPadding2D", "nothing", (4, 5, 3), padding=0),
    case("ZeroPadding2D", "first-sides", (3, 4, 5), padding=[[0, 1], [2, 3]], **FIRST),
    _of_bytes("zero-padding2d", "ZeroPadding2D", (4, 5, 3), padding=[[0, 1], [2, 3]]),
    case("ZeroPadding3D", "default", (2, 3, 4, 2)),
    case("ZeroPadding3D", "each", (2, 3, 4, 2), padding=[0, 1, 2]),
    case("ZeroPadding3D", "sides", (2, 3, 4, 2), padding=[[0, 1], [2, 3], [4, 0]]),
    case("ZeroPadding3D", "first-sides", (2, 3, 4, 3), padding=[[0, 1], [2, 3], [1, 0]], **FIRST),
    case("ZeroPadding3D", "free", ("depth", "height", "width", 2), padding=[[0, 1], [2, 0], [1, 1]], **_FREE_3D),
    case("Cropping1D", "default", (5, 3)),
    case("Cropping1D", "end", (5, 3), cropping=[0, 2]),
    case("Cropping1D", "all-but-one", (5, 3), cropping=2),
    case("Cropping1D", "first", (3, 6), cropping=[3, 1], **FIRST),
    case("Cropping1D", "free", ("length", 3), cropping=[2, 1], **_FREE_1D),
    case("Cropping2D", "default", (5, 6, 3)),
    case("Cropping2D", "number", (5, 6, 3), cropping=2),
    case("Cropping2D", "pair", (5, 6, 3), cropping=[1, 2]),
    case("Cropping2D", "sides", (5, 6, 3), cropping=[[0, 1], [2, 3]]),
    case("Cropping2D", "begin", (5, 6, 1), cropping=[[3, 0], [1, 0]]),
    case("Cropping2D", "first-sides", (3, 5, 6), cropping=[[0, 1], [2, 3]], **FIRST),
    _of_bytes("cropping2d", "Cropping2D", (5, 6, 3), cropping=[[0, 1], [2, 3]]),
    case("Cropping2D", "free", ("height", "width", 3), cropping=[[0, 1], [2, 0]], **_FREE_2D),
    case("Cropping3D", "default", (3, 4, 5, 2)),
    case("Cropping3D", "each", (3, 4, 5, 2), cropping=[0, 1, 2]),
    case("Cropping3D", "sides", (3, 4, 5, 2), cropping=[[0, 1], [2, 1], [3, 0]]),
    case("Cropping3D", "first-sides", (2, 3, 4, 5), cropping=[[0, 1], [2, 1], [3, 0]], **FIRST),
    case("Cropping3D", "free", ("depth", "height", "width", 2), cropping=[[0, 1], [2, 0], [1, 1]], **_FREE_3D),
    case("CenterCrop", "even", (6, 8, 3), height=4, width=2),
    case("CenterCrop", "odd", (7, 8, 3), height=4, width=5),
    case("CenterCrop", "all", (5, 6, 3), height=5, width=6),
    case("CenterCrop", "first", (3, 7, 8), height=4, width=5, **FIRST),
    case("CenterCrop", "bytes", (7, 8, 3), height=4, width=5, spec=BYTES),
    case("CenterCrop", "smaller", (5, 8, 3), height=7, width=4),
    case("CenterCrop", "smaller-both", (3, 5, 1), height=8, width=8),
    case("CenterCrop", "smaller-first", (3, 6, 5), height=4, width=9, **FIRST),
    case("CenterCrop", "smaller-bytes", (4, 4, 3), height=8, width=4, spec=BYTES),
)  # fmt: skip
