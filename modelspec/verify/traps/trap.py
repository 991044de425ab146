"""What a trap is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from modelspec.layers.base import Layer
from modelspec.weights import Array


def unchanged(made: Array) -> Array:
    """Return what was made."""
    return made


@dataclass(frozen=True)
class Variant:
    """What the mistake computes, said otherwise."""

    layer: Layer | None
    """None stands for the first input as it is."""
    weights: Mapping[str, Array]
    """By their own names."""
    inputs: tuple[Array, ...]
    after: Callable[[Array], Array]
    """What is done with the result, by NumPy."""


@dataclass(frozen=True)
class Alone:
    """A layer that differs between backends, with all that it sees."""

    layer: Layer
    weights: Mapping[str, Array]
    """By their own names, in Keras's layout."""
    inputs: tuple[Array, ...]
    made: Array
    """What the odd backend makes of them."""
    rank: int
    """The number of axes of the result, the batch included."""

    def but(
        self,
        *,
        weights: Mapping[str, Array] | None = None,
        inputs: tuple[Array, ...] | None = None,
        after: Callable[[Array], Array] = unchanged,
        **fields: Any,
    ) -> Variant:
        """Return the variant with other fields, some other weights, other inputs, and something done afterwards."""
        layer = self.layer.model_copy(update=fields) if fields else self.layer
        return Variant(layer, {**self.weights, **(weights or {})}, self.inputs if inputs is None else inputs, after)

    def instead(self, function: Callable[[Array], Array]) -> Variant:
        """Return the variant that is a function of the first input."""
        return Variant(None, {}, self.inputs, function)


@dataclass(frozen=True)
class Trap:
    """A mistake that a lowering may make."""

    text: str
    """Completes "as if"."""
    variants: Callable[[Alone], Iterator[Variant]]
    """What it makes of a layer; nothing where it cannot be made."""
