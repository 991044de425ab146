"""Cases of pooling layers."""

from __future__ import annotations

from typing import Any

from case import Case, case

from cases.arguments import FIRST, SAME

_FREE_1D: dict[str, Any] = {"spec": {"sizes": {"length": 7}}}
_FREE_3D: dict[str, Any] = {"spec": {"sizes": {"depth": 4, "height": 5, "width": 6}}}
_ONE: dict[str, Any] = {"spec": {"batch": 1}}
_BEYOND_ONNX = ("AdaptiveAveragePooling2D", "AdaptiveMaxPooling1D")
"""What shows that only PyTorch has adaptive pooling of unknown sizes."""
_NEGATIVE: dict[str, Any] = {"spec": {"shift": -20.0}}


def _in_1d(kind: str) -> tuple[Case, ...]:
    return (
        case(kind, "default", (7, 3)),
        case(kind, "batch-1", (7, 3), **_ONE),
        case(kind, "same-odd", (5, 3), **SAME),
        case(kind, "same-3-stride2-even", (6, 3), pool_size=3, strides=2, **SAME),
        case(kind, "same-3-stride2-odd", (7, 3), pool_size=[3], strides=[2], **SAME),
        case(kind, "same-4-stride1", (6, 1), pool_size=4, strides=1, **SAME),
        case(kind, "same-2-stride3", (8, 2), pool_size=2, strides=3, **SAME),
        case(kind, "same-pool-beyond-input", (3, 2), pool_size=5, strides=1, **SAME),
        case(kind, "same-negative", (5, 2), pool_size=3, strides=2, **SAME, **_NEGATIVE),
        case(kind, "valid-overlapping", (9, 2), pool_size=3, strides=2),
        case(kind, "valid-remainder", (10, 2), pool_size=3, strides=4),
        case(kind, "whole-input", (5, 2), pool_size=5),
        case(kind, "first", (3, 7), **FIRST),
        case(kind, "first-same-stride2", (3, 8), pool_size=3, strides=2, **SAME, **FIRST),
        case(kind, "free-valid", ("length", 3), pool_size=3, strides=2, **_FREE_1D),
        case(kind, "free-same", ("length", 3), pool_size=3, strides=2, **SAME, **_FREE_1D),
        case(kind, "free-first-same", (3, "length"), pool_size=2, **SAME, **FIRST, **_FREE_1D),
    )


def _in_2d(kind: str) -> tuple[Case, ...]:
    return (
        case(kind, "default", (6, 7, 3)),
        case(kind, "same-odd", (5, 7, 3), **SAME),
        case(kind, "same-3-stride2-even", (6, 8, 3), pool_size=3, strides=2, **SAME),
        case(kind, "same-3-stride2-odd", (5, 7, 3), pool_size=3, strides=2, **SAME),
        case(kind, "same-3-stride1", (4, 5, 3), pool_size=3, strides=1, **SAME),
        case(kind, "same-4-stride1", (5, 6, 1), pool_size=4, strides=1, **SAME),
        case(kind, "same-2-stride3", (7, 8, 2), pool_size=2, strides=3, **SAME),
        case(kind, "same-unequal", (6, 7, 2), pool_size=[3, 2], strides=[1, 2], **SAME),
        case(kind, "same-pool-beyond-input", (2, 3, 2), pool_size=5, strides=1, **SAME),
        case(kind, "same-negative", (5, 6, 2), pool_size=3, strides=2, **SAME, **_NEGATIVE),
        case(kind, "valid-overlapping", (7, 9, 2), pool_size=3, strides=2),
        case(kind, "valid-remainder", (8, 10, 2), pool_size=[3, 2], strides=[4, 3]),
        case(kind, "whole-input", (4, 5, 2), pool_size=[4, 5]),
        case(kind, "first", (3, 6, 7), **FIRST),
        case(kind, "first-same-stride2", (3, 6, 8), pool_size=3, strides=2, **SAME, **FIRST),
    )


def _in_3d(kind: str) -> tuple[Case, ...]:
    return (
        case(kind, "default", (4, 5, 6, 2)),
        case(kind, "same-odd", (3, 5, 4, 2), **SAME),
        case(kind, "same-stride2", (4, 5, 3, 2), pool_size=3, strides=2, **SAME),
        case(kind, "same-unequal", (3, 4, 5, 1), pool_size=[3, 2, 4], strides=[1, 2, 3], **SAME),
        case(kind, "same-pool-beyond-input", (2, 3, 2, 2), pool_size=5, strides=1, **SAME),
        case(kind, "same-unread", (4, 6, 5, 2), pool_size=[1, 1, 2], strides=3, **SAME),
        case(kind, "same-unread-padded", (4, 6, 6, 2), pool_size=[3, 1, 1], strides=[2, 3, 3], **SAME),
        case(kind, "same-negative", (3, 4, 5, 2), pool_size=3, strides=2, **SAME, **_NEGATIVE),
        case(kind, "valid-overlapping", (5, 4, 6, 2), pool_size=3, strides=1),
        case(kind, "valid-unequal", (5, 4, 6, 2), pool_size=[2, 3, 1], strides=[3, 1, 2]),
        case(kind, "first", (2, 4, 5, 3), **FIRST),
        case(kind, "first-same", (2, 4, 5, 3), pool_size=2, strides=1, **SAME, **FIRST),
        case(kind, "free-valid", ("depth", "height", "width", 2), pool_size=2, strides=1, **_FREE_3D),
        case(kind, "free-same", ("depth", "height", "width", 2), pool_size=3, strides=2, **SAME, **_FREE_3D),
    )


def _over_all(kind: str, rank: int) -> tuple[Case, ...]:
    sizes, free = (4, 5, 3)[:rank], ("depth", "height", "width")[-rank:]
    known: dict[str, Any] = {"spec": {"sizes": dict(zip(free, sizes, strict=True))}}
    return (
        case(kind, "plain", (*sizes, 3)),
        case(kind, "keepdims", (*sizes, 3), keepdims=True),
        case(kind, "one-pixel", (*[1] * rank, 3)),
        case(kind, "one-channel", (*sizes, 1), **_ONE),
        case(kind, "negative", (*sizes, 3), **_NEGATIVE),
        case(kind, "first", (3, *sizes), **FIRST),
        case(kind, "first-keepdims", (3, *sizes), keepdims=True, **FIRST),
        *([case(kind, "free", (*free, 2), **known)] if rank != 2 else []),
    )


def _adaptive(kind: str, rank: int) -> tuple[Case, ...]:
    sizes, free = (5, 7, 4)[:rank], ("depth", "height", "width")[-rank:]
    known: dict[str, Any] = {"spec": {"sizes": dict(zip(free, sizes, strict=True))}}
    return (
        case(kind, "uneven", (*sizes, 2), output_size=[3, 4, 3][:rank]),
        case(kind, "even", (*(2 * n for n in sizes), 2), output_size=list(sizes)),
        case(kind, "same-size", (*sizes, 2), output_size=list(sizes)),
        case(kind, "larger", (*sizes, 2), output_size=9 if rank < 3 else 6),
        case(kind, "one", (*sizes, 3), output_size=1),
        case(kind, "of-one-pixel", (*[1] * rank, 3), output_size=2),
        case(kind, "negative", (*sizes, 1), output_size=[2, 3, 3][:rank], **_NEGATIVE),
        *([case(kind, "partly-one", (*sizes, 2), output_size=[2, 1, 3][:rank])] if rank > 1 else []),
        case(kind, "first", (3, *sizes), output_size=[3, 7, 2][:rank], **FIRST),
        case(kind, "free-one", (*free, 2), output_size=1, **known),
        *([case(kind, "free-two", (*free, 2), output_size=2, **known)] if kind in _BEYOND_ONNX else []),
    )


CASES: tuple[Case, ...] = (
    *_in_1d("MaxPooling1D"),
    *_in_1d("AveragePooling1D"),
    *_in_2d("MaxPooling2D"),
    *_in_2d("AveragePooling2D"),
    *_in_3d("MaxPooling3D"),
    *_in_3d("AveragePooling3D"),
    *_over_all("GlobalAveragePooling1D", 1),
    *_over_all("GlobalAveragePooling2D", 2),
    *_over_all("GlobalAveragePooling3D", 3),
    *_over_all("GlobalMaxPooling1D", 1),
    *_over_all("GlobalMaxPooling2D", 2),
    *_over_all("GlobalMaxPooling3D", 3),
    *_adaptive("AdaptiveAveragePooling1D", 1),
    *_adaptive("AdaptiveAveragePooling2D", 2),
    *_adaptive("AdaptiveAveragePooling3D", 3),
    *_adaptive("AdaptiveMaxPooling1D", 1),
    *_adaptive("AdaptiveMaxPooling2D", 2),
    *_adaptive("AdaptiveMaxPooling3D", 3),
)
