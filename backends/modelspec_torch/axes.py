"""Reorder arrays by the names of their axes: ``kh kw in out -> out in kh kw``.

The right side has the names of the left in another order; ``(in m)`` merges axes, the last of which runs fastest, and ``1``
is a new axis.
"""

from __future__ import annotations

import re

from modelspec.geometry import inverse
from modelspec.weights import Array


def permute(array: Array, pattern: str) -> Array:
    """Return the array in the order of the pattern's right side; raises ValueError for another number of axes."""
    left, groups = _parsed(pattern)
    if array.ndim != len(left):
        raise ValueError(f"{pattern!r} is for {len(left)} axes, not for the shape {array.shape}")
    return array.transpose(_order(left, groups)).reshape(permuted_shape(array.shape, pattern))


def restore(array: Array, pattern: str, shape: tuple[int, ...]) -> Array:
    """Return the array of the given shape that ``permute`` makes ``array`` of."""
    sizes, order = reading(pattern, shape)
    return array.reshape(sizes).transpose(order)


def reading(pattern: str, shape: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the shape that ``restore`` gives an array first, and the order that it then brings the axes in."""
    left, groups = _parsed(pattern)
    order = _order(left, groups)
    return tuple(shape[axis] for axis in order), inverse(order)


def permuted_shape(shape: tuple[int, ...], pattern: str) -> tuple[int, ...]:
    """Return the shape that ``permute`` gives an array of the given shape."""
    left, groups = _parsed(pattern)
    sizes = dict(zip(left, shape, strict=True))
    result: list[int] = []
    for group in groups:
        result.append(1)
        for name in group:
            result[-1] *= sizes[name]
    return tuple(result)


def _parsed(pattern: str) -> tuple[list[str], list[list[str]]]:
    left, right = pattern.split("->")
    tokens = re.findall(r"\([^)]*\)|\S+", right)
    return left.split(), [[] if token == "1" else token.strip("()").split() for token in tokens]


def _order(left: list[str], groups: list[list[str]]) -> tuple[int, ...]:
    return tuple(left.index(name) for group in groups for name in group)
