"""Window and padding arithmetic, stated once.

``n`` is a size, ``k`` a kernel size, ``s`` a stride, ``d`` a dilation. The definition of "same" is Keras's (TensorFlow's):
the output has ``ceil(n / s)`` elements, and of an odd amount of padding the larger half stands at the end.
"""

from __future__ import annotations

from typing import Literal

from modelspec.tensors import Dim, counted, scaled

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


def padded_size(n: Dim, k: int, s: int, d: int, padding: WindowPadding) -> int:
    """Return a size with its padding, or the most that it can be; an unknown size counts as 1."""
    return counted(n) + sum(padding_amounts(n, k, s, d, padding) or (extent(k, d) - 1, 0))


def transposed_crop(k: int, s: int, d: int, padding: Padding, output_padding: int | None) -> tuple[int, int]:
    """Return what a transposed convolution cuts off before and after its full output of ``(n - 1) * s + extent`` elements.

    A negative number after it is as many elements that no input reaches. Without an output padding there are ``n * s`` outputs
    for "same", and for "valid" as many as the kernel reaches, or the strides where they are longer; with one,
    ``(n - 1) * s + extent % 2 + output_padding`` for "same", and so many more than the full output for "valid".
    """
    span = extent(k, d)
    if padding == "valid":
        return 0, -(max(s - span, 0) if output_padding is None else output_padding)
    total = span - (s if output_padding is None else span % 2 + output_padding)
    before = max(total, 0) // 2
    return before, total - before


def transposed_size(n: Dim, k: int, s: int, d: int, crop: tuple[int, int]) -> Dim | None:
    """Return the number of outputs of a transposed convolution; None for a multiple of an unknown size, which has no name."""
    rest = extent(k, d) - sum(crop)
    if isinstance(n, int):
        return (n - 1) * s + rest
    return scaled(n, rest - 1) if s == 1 else None


def channels_first_axes(rank: int) -> tuple[int, ...]:
    """Return the permutation from channels-last to channels-first for a tensor of ``rank`` axes, batch included."""
    return (0, rank - 1, *range(1, rank - 1))


def channels_last_axes(rank: int) -> tuple[int, ...]:
    """Return the permutation from channels-first to channels-last for a tensor of ``rank`` axes, batch included."""
    return (0, *range(2, rank), 1)


def inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the permutation that undoes ``axes``."""
    return tuple(axes.index(axis) for axis in range(len(axes)))
