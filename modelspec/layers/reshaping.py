"""Layers that move elements about."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Annotated, Literal

from pydantic import Field

from modelspec.layers.base import Formatted, Layer, LayerError
from modelspec.layers.fields import ListOf, Positive
from modelspec.tensors import Dim, Shape, Symbol, TensorType, format_shape


class Flatten(Formatted):
    """All axes but the batch in one, channels last, as ``keras.layers.Flatten``: a channels-first input is brought to
    channels-last first, so that both formats give the same order."""

    type: Literal["Flatten"] = "Flatten"

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        shape = inputs[0].shape
        known, unknown = _factors(shape)
        if unknown and (known > 1 or len(unknown) > 1):
            raise LayerError(
                "MS501",
                f"Flatten needs known sizes, but its input is {format_shape(shape)}",
                "a global pooling takes any height and width",
            )
        return TensorType((unknown[0] if unknown else known,), inputs[0].dtype)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return len(inputs[0].shape) == 1


class Reshape(Layer):
    """The elements, in the order in which they stand (the last axis runs fastest), in another shape, as
    ``keras.layers.Reshape``."""

    type: Literal["Reshape"] = "Reshape"
    target_shape: Annotated[tuple[Annotated[int, Field(ge=-1)], ...], ListOf]
    """The new shape without the batch; one size may be -1, which is what the others leave."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = inputs[0]
        open_sizes = self.target_shape.count(-1)
        if 0 in self.target_shape or open_sizes > 1:
            problem = "0 is no size" if 0 in self.target_shape else "only one size may be -1"
            raise LayerError("MS203", f"target_shape is {list(self.target_shape)}; {problem}", "name the sizes that are known")
        fixed = prod(size for size in self.target_shape if size > 0)
        left = self._left(value, fixed, bool(open_sizes))
        return TensorType(tuple(left if size == -1 else size for size in self.target_shape), value.dtype)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return self.infer(inputs) == inputs[0]

    def _left(self, value: TensorType, fixed: int, is_open: bool) -> Dim:
        """Return the size that -1 stands for, or raise LayerError where the elements do not fill the shape."""
        known, unknown = _factors(value.shape)
        if len(unknown) == 1 and is_open and known == fixed:
            return unknown[0]
        if unknown:
            raise LayerError(
                "MS501",
                f"Reshape makes {list(self.target_shape)} of {format_shape(value.shape)}; a size unknown until run time must"
                " stay as it is, where -1 stands",
                "give the input fixed sizes",
            )
        if known % fixed or (not is_open and known != fixed):
            raise LayerError(
                "MS501",
                f"Reshape makes {list(self.target_shape)} of {format_shape(value.shape)}, but these are {known} elements, not"
                f" {'a multiple of ' * is_open}{fixed}",
                "the product of the sizes must stay the same",
            )
        return known // fixed


class Permute(Layer):
    """The axes in another order, as ``keras.layers.Permute``."""

    type: Literal["Permute"] = "Permute"
    dims: Annotated[tuple[Positive, ...], ListOf]
    """The order, counted from 1 without the batch: ``[3, 1, 2]`` brings the last of three axes to the front."""

    @property
    def axes(self) -> tuple[int, ...]:
        """The order with the batch as axis 0."""
        return (0, *self.dims)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return self.axes == tuple(range(inputs[0].rank))

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = inputs[0]
        if sorted(self.dims) != list(range(1, value.rank)):
            raise LayerError(
                "MS203",
                f"dims is {list(self.dims)}; an input of {format_shape(value.shape)} needs each of 1 to {value.rank - 1} once",
            )
        return value.permuted(self.axes)


class RepeatVector(Layer):
    """A vector several times, one below the other, as ``keras.layers.RepeatVector``: ``(features)`` becomes
    ``(n, features)``."""

    type: Literal["RepeatVector"] = "RepeatVector"
    n: Positive
    """How often."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = inputs[0]
        if len(value.shape) != 1:
            raise LayerError(
                "MS501",
                f"RepeatVector takes [features], but its input is {format_shape(value.shape)}",
                "Flatten or a global pooling makes a vector",
            )
        return TensorType((self.n, *value.shape), value.dtype)


def _factors(shape: Shape) -> tuple[int, list[Symbol]]:
    """Return the number of elements along the known axes, and the sizes of the others."""
    return prod(size for size in shape if isinstance(size, int)), [size for size in shape if isinstance(size, Symbol)]
