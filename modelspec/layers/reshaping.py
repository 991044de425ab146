"""Layers that move elements about."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from modelspec.layers.base import Formatted, Layer, LayerError, Spatial
from modelspec.layers.fields import ListOf, Natural, Positive
from modelspec.tensors import TensorType, format_shape, scaled


class Flatten(Formatted):
    """All axes but the batch in one, channels last, as ``keras.layers.Flatten``: a channels-first input is brought to
    channels-last first, so that both formats give the same order."""

    type: Literal["Flatten"] = "Flatten"

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        shape = inputs[0].shape
        sizes = [size for size in shape if isinstance(size, int)]
        if len(sizes) != len(shape):
            raise LayerError(
                "MS501",
                f"Flatten needs known sizes, but its input is {format_shape(shape)}",
                "a global pooling takes any height and width",
            )
        return TensorType((prod(sizes),), inputs[0].dtype)


class Permute(Layer):
    """The axes in another order, as ``keras.layers.Permute``."""

    type: Literal["Permute"] = "Permute"
    dims: Annotated[tuple[Positive, ...], ListOf]
    """The order, counted from 1 without the batch: ``[3, 1, 2]`` brings the last of three axes to the front."""

    @property
    def axes(self) -> tuple[int, ...]:
        """The order with the batch as axis 0."""
        return (0, *self.dims)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = inputs[0]
        if sorted(self.dims) != list(range(1, value.rank)):
            raise LayerError(
                "MS203",
                f"dims is {list(self.dims)}; an input of {format_shape(value.shape)} needs each of 1 to {value.rank - 1} once",
            )
        return value.permuted(self.axes)


def _sides(value: object) -> object:
    def pair(side: object) -> object:
        if isinstance(side, int) and not isinstance(side, bool):
            return (side, side)
        return tuple(side) if isinstance(side, list | tuple) else side  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

    sides = (value, value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(sides, list | tuple) or len(sides) != 2:  # pyright: ignore[reportUnknownArgumentType]
        raise PydanticCustomError("padding", "a number, [height, width], or [[top, bottom], [left, right]]")
    return tuple(pair(side) for side in sides)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


_NATURAL = {"type": "integer", "minimum": 0}
_SIDE = {"anyOf": [_NATURAL, {"type": "array", "items": _NATURAL, "minItems": 2, "maxItems": 2}]}


class ZeroPadding2D(Spatial):
    """Zeros around height and width, as ``keras.layers.ZeroPadding2D``."""

    type: Literal["ZeroPadding2D"] = "ZeroPadding2D"
    padding: Annotated[
        tuple[tuple[Natural, Natural], tuple[Natural, Natural]],
        BeforeValidator(_sides),
        WithJsonSchema({"anyOf": [_NATURAL, {"type": "array", "items": _SIDE, "minItems": 2, "maxItems": 2}]}),
    ] = ((1, 1), (1, 1))
    """One number for every side, ``[height, width]``, or ``[[top, bottom], [left, right]]``."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        sizes, channels = self.split(value.shape)
        padded = [scaled(size, before + after) for size, (before, after) in zip(sizes, self.padding, strict=True)]
        return TensorType(self.join(padded, channels), value.dtype)
