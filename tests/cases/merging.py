"""Cases of merging layers."""

from __future__ import annotations

from typing import Any

from case import Case, case, chain

from cases.arguments import FIRST

_FREE: dict[str, Any] = {"spec": {"sizes": {"height": 5, "width": 4}}}


def _elementwise(kind: str) -> tuple[Case, ...]:
    """Return the cases of a layer of two or more inputs: alike, broadcasting, with fewer axes."""
    return (
        case(kind, "two", (4, 5, 3), (4, 5, 3)),
        case(kind, "vectors", (7,), (7,)),
        case(kind, "sequences", (6, 1), (6, 4)),
        case(kind, "volumes", (2, 3, 4, 2), (2, 3, 4, 2)),
        case(kind, "broadcast-space", (4, 5, 3), (1, 1, 3)),
        case(kind, "broadcast-first", (1, 1, 3), (4, 5, 3)),
        case(kind, "broadcast-both", (4, 1, 3), (1, 5, 3)),
        case(kind, "broadcast-columns-alike", (4, 4, 4), (4, 1, 1), spec={"batch": 1}),
        case(kind, "broadcast-crosswise", (7, 1, 1), (1, 1, 7), spec={"batch": 1}),
        case(kind, "vector", (4, 5, 3), (3,)),
        case(kind, "vector-square", (3, 3, 3), (3,), spec={"batch": 3}),
        case(kind, "vector-first", (3,), (4, 3), spec={"batch": 1}),
        case(kind, "channels-first", (3, 4, 5), (3, 1, 1), spec=FIRST),
        case(kind, "free", ("height", "width", 3), (1, "width", 3), **_FREE),
        case(kind, "free-vector", ("height", "width", 3), (3,), **_FREE),
    )


def _several(kind: str) -> tuple[Case, ...]:
    return (
        case(kind, "three", (4, 5), (4, 5), (4, 5)),
        case(kind, "four", (4, 5, 2), (4, 5, 2), (4, 5, 2), (4, 5, 2)),
        case(kind, "broadcast-three", (7, 1, 1), (1, 1, 7), (1, 1, 1), spec={"batch": 7}),
        case(kind, "ranks-three", (3,), (4, 5, 3), (5, 1)),
    )


_CONV: dict[str, Any] = {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 2}

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
    case("Add", "vector", (4, 5, 3), (3,)),
    case("Add", "vector-square", (3, 3, 3), (3,), spec={"batch": 1}),
    case("Add", "ranks-three", (3,), (4, 5, 3), (5, 1)),
    *_elementwise("Average"),
    *_several("Average"),
    *_elementwise("Maximum"),
    *_several("Maximum"),
    *_elementwise("Minimum"),
    *_several("Minimum"),
    *_elementwise("Multiply"),
    *_several("Multiply"),
    *_elementwise("Subtract"),
    case("Concatenate", "default", (4, 5, 3), (4, 5, 2)),
    case("Concatenate", "three", (4, 5, 1), (4, 5, 2), (4, 5, 3)),
    case("Concatenate", "vectors", (4,), (3,)),
    case("Concatenate", "axis1", (4, 5, 3), (2, 5, 3), axis=1),
    case("Concatenate", "axis2", (4, 5, 3), (4, 1, 3), axis=2),
    case("Concatenate", "axis-minus2", (4, 5, 3), (4, 2, 3), axis=-2),
    case("Concatenate", "axis3", (4, 5, 3), (4, 5, 1), axis=3),
    case("Concatenate", "first-by-default", (3, 4, 5), (2, 4, 5), spec=FIRST),
    case("Dot", "vectors", (5,), (5,), axes=1),
    case("Dot", "vectors-normalized", (5,), (5,), axes=-1, normalize=True),
    case("Dot", "matrices", (3, 5), (10, 3), axes=[1, 2]),
    case("Dot", "square", (3, 3), (3, 3), axes=2),
    case("Dot", "attention", (6, 4), (5, 4), axes=-1),
    case("Dot", "normalized", (6, 4), (5, 4), axes=-1, normalize=True),
    case("Dot", "vector-matrix", (4,), (4, 6), axes=1),
    case("Dot", "matrix-vector", (6, 4), (4,), axes=[2, 1]),
    case("Dot", "images", (4, 5, 3), (2, 3, 4), axes=[1, 3]),
    case("Dot", "image-vector", (4, 5, 3), (3,), axes=[-1, -1], normalize=True),
    case("Dot", "vector-image", (5,), (4, 5, 3), axes=[1, 2]),
    case("Dot", "volume-sequence", (2, 3, 2, 2), (4, 3), axes=[2, 2]),
    case("Dot", "batch-1", (6, 1), (6, 5), axes=1, spec={"batch": 1}),
    case("Dot", "free", ("height", 4), ("width", 4), axes=2, **_FREE),
    case("Dot", "free-contracted", ("height", 4), ("height", 3), axes=1, normalize=True, **_FREE),
    case("Dot", "free-image", ("height", "width", 4), (3, 4), axes=[3, 2], **_FREE),
    chain("conv-multiply-vector", _CONV, {"type": "Multiply", "inputs": ["conv", "x1"]}, shapes=((5, 6, 3), (4,))),
    chain("conv-average-broadcast", _CONV, {"type": "Average", "inputs": ["conv", "x1"]}, shapes=((5, 6, 3), (1, 1, 4))),
    chain("conv-dot", _CONV, {"type": "Dot", "inputs": ["conv", "x1"], "axes": [3, 1]}, shapes=((5, 6, 3), (4, 2))),
)  # fmt: skip
