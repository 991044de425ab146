"""Window and padding arithmetic, stated once.

``n`` is a size, ``k`` a kernel size, ``s`` a stride, ``d`` a dilation. The definition of "same" is Keras's (TensorFlow's):
the output has ``ceil(n / s)`` elements, and of an odd amount of padding the larger half stands at the end.
"""

from __future__ import annotations

from typing import Literal

from modelspec.tensors import Dim, scaled

Padding = Literal["valid", "same"]
WindowPadding = Literal["valid", "same", "causal"]
"""What a window can be padded with; ``causal`` pads the beginning alone, so that no output sees what comes after it."""


def extent(k: int, d: int) -> int:
    """Return how many elements a dilated kernel spans."""
    return (k - 1) * d + 1


def output_size(n: Dim, k: int, s: int, d: int, padding: WindowPadding) -> Dim:
    """Return the number of positions of a window; 0 or less where it does not fit."""
    return scaled(n, s - extent(k, d) if padding == "valid" else s - 1, s)


def same_padding(n: int, k: int, s: int, d: int) -> tuple[int, int]:
    """Return the padding before and after ``n`` elements that makes ``ceil(n / s)`` windows."""
    total = max((-(-n // s) - 1) * s + extent(k, d) - n, 0)
    return total // 2, total - total // 2


def padding_amounts(n: Dim, k: int, s: int, d: int, padding: WindowPadding) -> tuple[int, int] | None:
    """Return the padding before and after; None where it depends on a size unknown until run time."""
    if padding == "valid" or extent(k, d) == 1:
        return 0, 0
    if padding == "causal":
        return extent(k, d) - 1, 0
    if isinstance(n, int):
        return same_padding(n, k, s, d)
    if s == 1:
        total = extent(k, d) - 1
        return total // 2, total - total // 2
    return None


def channels_first_axes(rank: int) -> tuple[int, ...]:
    """Return the permutation from channels-last to channels-first for a tensor of ``rank`` axes, batch included."""
    return (0, rank - 1, *range(1, rank - 1))


def channels_last_axes(rank: int) -> tuple[int, ...]:
    """Return the permutation from channels-first to channels-last for a tensor of ``rank`` axes, batch included."""
    return (0, *range(2, rank), 1)


def inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the permutation that undoes ``axes``."""
    return tuple(axes.index(axis) for axis in range(len(axes)))
