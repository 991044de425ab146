"""Cases of reshaping layers."""

from __future__ import annotations

from typing import Any

from case import Case, case, chain

from cases.arguments import BYTES, FIRST

_FREE: dict[str, Any] = {"spec": {"sizes": {"length": 5}}}


def _of_bytes(name: str, kind: str, shape: tuple[int, ...], **fields: Any) -> Case:
    """Return a case of integers, which another layer makes floating-point numbers of, as outputs must be."""
    halves = {"type": "Rescaling", "scale": 0.5}
    return chain(f"bytes-{name}", {"type": kind, "name": "layer", **fields}, halves, shapes=(shape,), **BYTES)


CASES: tuple[Case, ...] = (
    case("Flatten", "image", (4, 5, 3)),
    case("Flatten", "vector", (7,)),
    case("Flatten", "sequence", (4, 5)),
    case("Flatten", "volume", (2, 3, 4, 2)),
    case("Flatten", "first", (3, 4, 5), **FIRST),
    case("Flatten", "first-sequence", (4, 5), **FIRST),
    case("Flatten", "first-vector", (7,), **FIRST),
    case("Flatten", "first-volume", (2, 3, 4, 2), **FIRST),
    case("Flatten", "free", ("length", 1), **_FREE),
    case("Permute", "reversed", (2, 3, 4), dims=[3, 2, 1]),
    case("Permute", "rotated", (2, 3, 4), dims=[3, 1, 2]),
    case("Permute", "rotated-back", (2, 3, 4), dims=[2, 3, 1]),
    case("Permute", "identity", (2, 3, 4), dims=[1, 2, 3]),
    case("Permute", "sequence", (2, 3), dims=[2, 1]),
    case("Permute", "volume", (2, 3, 4, 5), dims=[4, 2, 1, 3]),
    case("RepeatVector", "plain", (3,), n=4),
    case("RepeatVector", "once", (3,), n=1),
    case("RepeatVector", "of-one", (1,), n=3),
    _of_bytes("repeat-vector", "RepeatVector", (3,), n=2),
    case("RepeatVector", "free", ("length",), n=2, **_FREE),
    case("Reshape", "image", (4, 3, 2), target_shape=[2, 2, 6]),
    case("Reshape", "open", (4, 3, 2), target_shape=[-1, 3]),
    case("Reshape", "to-vector", (4, 3, 2), target_shape=[24]),
    case("Reshape", "to-volume", (6, 4), target_shape=[2, 3, -1, 1]),
    case("Reshape", "to-number", (1,), target_shape=[]),
    case("Reshape", "same", (4, 3), target_shape=[4, 3]),
    case("Reshape", "first-by-default", (2, 3, 4), target_shape=[4, 6], spec=FIRST),
    case("Reshape", "batch-1", (4, 3), target_shape=[3, 4], spec={"batch": 1}),
    _of_bytes("reshape", "Reshape", (4, 3), target_shape=[-1, 2]),
    case("Reshape", "free", ("length", 4, 3), target_shape=[2, -1, 6], **_FREE),
)  # fmt: skip
