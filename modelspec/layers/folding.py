"""What layers say of themselves so that neighbours can be made one in inference: products and sums with fixed numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modelspec.layers.base import Layer

Array: TypeAlias = "NDArray[Any]"
Own: TypeAlias = "Mapping[str, Array]"
"""The arrays of a layer by the names of its weights, in float64."""


class Numbers(NamedTuple):
    """The numbers of ``factor * x + offset``, each a vector along an axis or a single number."""

    factor: Array
    offset: Array


Formula: TypeAlias = "Callable[[Own, Numbers], Array]"
"""Returns an array of two layers made one: of the arrays of the one that stays, and the numbers of the other."""


@dataclass(frozen=True)
class AffineMap:
    """``factor * x + offset``, with a number for each place along an axis, or one for all."""

    axis: int | None
    """The axis, counted with the batch as 0; None where one number stands for all places."""
    shifts: bool
    """Whether the offset may be other than 0."""
    numbers: Callable[[Own], Numbers]
    """Returns the numbers, of the layer's weights."""
    is_constant: bool = False
    """Whether the numbers stand in the layer's fields, so that they need no weights."""


@dataclass(frozen=True)
class Merged:
    """A layer that does the work of two: its own and that of an affine one beside it."""

    layer: Layer
    channels: int = 1
    """How many numbers it takes of factor and offset; a single one is repeated."""
    arrays: Mapping[str, Formula] = field(default_factory=dict[str, Formula])
    """The arrays that change, by the names of the merged layer's weights."""
