"""Layers that add or remove what stands at the borders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from modelspec.layers.base import Layer, Spatial
from modelspec.layers.fields import Natural
from modelspec.tensors import TensorType, scaled


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


LAYERS: tuple[type[Layer], ...] = (ZeroPadding2D,)
