"""Cases of resizing layers."""

from __future__ import annotations

from typing import Any

from case import Case, case, chain

from cases.arguments import BYTES, FIRST

_NEAREST: dict[str, Any] = {"interpolation": "nearest"}
_BILINEAR: dict[str, Any] = {"interpolation": "bilinear"}
_CROP: dict[str, Any] = {"crop_to_aspect_ratio": True}
_PAD: dict[str, Any] = {"pad_to_aspect_ratio": True}
_FREE: dict[str, Any] = {"spec": {"sizes": {"height": 5, "width": 9}}}
_FREE_SHAPE: tuple[int | str, ...] = ("height", "width", 3)


def _of_bytes(name: str, kind: str, shape: tuple[int, ...], **fields: Any) -> Case:
    """Return a case of integers, which another layer makes floating-point numbers of, as outputs must be."""
    halves = {"type": "Rescaling", "scale": 0.5}
    return chain(f"bytes-{name}", {"type": kind, "name": "layer", **fields}, halves, shapes=(shape,), **BYTES)


CASES: tuple[Case, ...] = (
    case("UpSampling1D", "plain", (4, 3)),
    case("UpSampling1D", "thrice", (5, 2), size=3),
    case("UpSampling1D", "once", (5, 2), size=1),
    case("UpSampling1D", "49-fold", (3, 1), size=49),
    case("UpSampling1D", "first", (3, 4), size=[2], **FIRST),
    case("UpSampling2D", "plain", (3, 4, 3)),
    case("UpSampling2D", "unequal", (3, 4, 2), size=[1, 3]),
    case("UpSampling2D", "nearest-explicit", (3, 5, 1), size=2, **_NEAREST),
    case("UpSampling2D", "first", (3, 4, 5), size=[3, 2], **FIRST),
    _of_bytes("up-sampling2d", "UpSampling2D", (3, 4, 3), size=[3, 2]),
    case("UpSampling2D", "batch-1", (3, 4, 3), spec={"batch": 1}),
    case("UpSampling2D", "bilinear", (3, 4, 3), size=2, **_BILINEAR),
    case("UpSampling2D", "bilinear-unequal", (5, 3, 2), size=[3, 1], **_BILINEAR),
    case("UpSampling2D", "bilinear-one-pixel", (1, 1, 2), size=4, **_BILINEAR),
    case("UpSampling2D", "bilinear-free-height", ("height", 4, 3), size=[1, 2], **_BILINEAR, **_FREE),
    case("UpSampling2D", "bilinear-free-once", _FREE_SHAPE, size=1, **_BILINEAR, **_FREE),
    case("UpSampling2D", "bilinear-first", (3, 4, 5), size=[3, 2], **_BILINEAR, **FIRST),
    case("UpSampling3D", "plain", (2, 3, 4, 2)),
    case("UpSampling3D", "unequal", (2, 3, 4, 1), size=[3, 1, 2]),
    case("UpSampling3D", "first", (2, 3, 2, 4), size=[1, 2, 3], **FIRST),
    case("Resizing", "up", (4, 5, 3), height=7, width=9),
    case("Resizing", "down", (9, 8, 3), height=4, width=5),
    case("Resizing", "both-ways", (4, 9, 1), height=10, width=3),
    case("Resizing", "to-one", (5, 6, 3), height=1, width=1),
    case("Resizing", "of-one", (1, 1, 3), height=3, width=2),
    case("Resizing", "same-size", (4, 5, 3), height=4, width=5),
    case("Resizing", "explicit", (4, 5, 3), height=6, width=6, antialias=False, fill_mode="constant", **_BILINEAR),
    case("Resizing", "first", (3, 4, 5), height=7, width=3, **FIRST),
    case("Resizing", "nearest-up", (4, 5, 3), height=7, width=11, **_NEAREST),
    case("Resizing", "nearest-down", (9, 8, 3), height=4, width=5, **_NEAREST),
    case("Resizing", "nearest-float32-scale", (28, 41, 1), height=49, width=123, **_NEAREST),
    case("Resizing", "nearest-first", (3, 4, 5), height=7, width=3, **_NEAREST, **FIRST),
    _of_bytes("resizing-nearest", "Resizing", (4, 5, 3), height=7, width=3, **_NEAREST),
    case("Resizing", "crop-wide", (6, 11, 3), height=4, width=4, **_CROP),
    case("Resizing", "crop-tall", (11, 6, 3), height=7, width=5, **_CROP),
    case("Resizing", "crop-nearest", (6, 11, 3), height=5, width=3, **_CROP, **_NEAREST),
    case("Resizing", "crop-first", (3, 6, 11), height=4, width=4, **_CROP, **FIRST),
    _of_bytes("resizing-crop", "Resizing", (6, 11, 3), height=4, width=4, **_CROP, **_NEAREST),
    case("Resizing", "pad-wide", (4, 9, 3), height=6, width=6, **_PAD),
    case("Resizing", "pad-tall", (11, 5, 3), height=4, width=6, **_PAD, fill_value=-1.5),
    case("Resizing", "pad-nothing", (4, 6, 3), height=2, width=3, **_PAD, fill_value=0.1),
    case("Resizing", "pad-nearest", (4, 9, 3), height=5, width=7, **_PAD, **_NEAREST, fill_value=0.1),
    case("Resizing", "pad-first", (3, 4, 9), height=6, width=6, **_PAD, fill_value=2.0, **FIRST),
    _of_bytes("resizing-pad", "Resizing", (4, 9, 3), height=5, width=5, **_PAD, **_NEAREST, fill_value=7),
    case("Resizing", "free", _FREE_SHAPE, height=4, width=6, **_FREE),
    case("Resizing", "free-nearest", _FREE_SHAPE, height=7, width=4, **_NEAREST, **_FREE),
    case("Resizing", "free-nearest-height", ("height", 9, 3), height=7, width=4, **_NEAREST, **_FREE),
    case("Resizing", "free-crop", _FREE_SHAPE, height=4, width=4, **_CROP, **_FREE),
)  # fmt: skip
