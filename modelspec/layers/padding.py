"""Layers that add or remove what stands at the borders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from modelspec.layers.base import LayerError, Part, Spatial, numeric
from modelspec.layers.fields import MAX_SIZE, Natural, Positive, is_integer
from modelspec.layers.preprocessing import Rescaling
from modelspec.layers.resizing import Resizing, cropped
from modelspec.tensors import FLOATS, TensorType, format_shape, scaled

_NATURAL: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": MAX_SIZE}
_PAIR: dict[str, Any] = {"type": "array", "items": _NATURAL, "minItems": 2, "maxItems": 2}
_FORMS = {
    1: "a number of at least 0, or [before, after], two such numbers",
    2: "a number, [height, width], or [[top, bottom], [left, right]]",
    3: "a number, [depth, height, width], or [[front, back], [top, bottom], [left, right]]",
}


def _borders(count: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the markers of amounts before and after along ``count`` spatial axes, in the forms that Keras takes."""

    def pair(side: Any) -> Any:
        if is_integer(side):
            return (side, side)
        if not isinstance(side, list | tuple) or len(side) != 2:  # pyright: ignore[reportUnknownArgumentType]
            raise PydanticCustomError("padding", _FORMS[count])  # pyright: ignore[reportArgumentType]
        return tuple(side)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]

    def sides(value: Any) -> Any:
        if is_integer(value):
            value = (value,) * count
        elif count == 1 and isinstance(value, list | tuple) and all(is_integer(side) and side >= 0 for side in value):  # pyright: ignore
            value = (value,) if len(value) == 2 else ()  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        elif count == 1 and isinstance(value, list):
            value = ()
        if not isinstance(value, list | tuple) or len(value) != count:  # pyright: ignore[reportUnknownArgumentType]
            raise PydanticCustomError("padding", _FORMS[count])  # pyright: ignore[reportArgumentType]
        return tuple(pair(side) for side in value)  # pyright: ignore[reportUnknownVariableType]

    side = {"anyOf": [_NATURAL, _PAIR]}
    listed = _PAIR if count == 1 else {"type": "array", "items": side, "minItems": count, "maxItems": count}
    return BeforeValidator(sides), WithJsonSchema({"anyOf": [_NATURAL, listed]})


_Side = tuple[Natural, Natural]
Borders1D = Annotated[tuple[_Side], *_borders(1), PlainSerializer(lambda value: list(value[0]), when_used="json")]
"""Before and after along one spatial axis: one number for both, or a list of two."""
Borders2D = Annotated[tuple[_Side, _Side], *_borders(2)]
"""Before and after along height and width: one number for all, a list of two, or a list of two lists."""
Borders3D = Annotated[tuple[_Side, _Side, _Side], *_borders(3)]
"""Before and after along depth, height and width: one number for all, a list of three, or a list of three lists."""
Borders = tuple[tuple[int, int], ...]
"""What a base class says of a field that each of its layers declares as Borders1D, Borders2D or Borders3D."""


class Bordered(Spatial):
    """A layer that moves the borders and leaves the numbers as they are, integers too."""

    def resized(self, value: TensorType, borders: Borders, sign: int) -> TensorType:
        """Return the type with the borders moved out (``sign`` 1) or in (-1), or raise LayerError where nothing stays."""
        numeric(self, self.ranked(value))
        sizes, channels = self.split(value.shape)
        made = [scaled(size, sign * (before + after)) for size, (before, after) in zip(sizes, borders, strict=True)]
        if any(isinstance(size, int) and size < 1 for size in made):
            raise LayerError(
                "MS504",
                f"{self.kind} takes {[list(side) for side in borders]} away from {format_shape(value.shape)}: nothing stays",
                "crop less than the size of the input",
            )
        return TensorType(self.join(made, channels), value.dtype)


class ZeroPadding(Bordered):
    """Zeros around the spatial axes."""

    padding: Borders

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return self.resized(inputs[0], self.padding, 1)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return not any(map(any, self.padding))


class ZeroPadding1D(ZeroPadding):
    """Zeros before and after, as ``keras.layers.ZeroPadding1D``."""

    type: Literal["ZeroPadding1D"] = "ZeroPadding1D"
    spatial_rank: ClassVar[int] = 1
    padding: Borders1D = ((1, 1),)
    """One number for both sides, or ``[before, after]``."""


class ZeroPadding2D(ZeroPadding):
    """Zeros around height and width, as ``keras.layers.ZeroPadding2D``."""

    type: Literal["ZeroPadding2D"] = "ZeroPadding2D"
    spatial_rank: ClassVar[int] = 2
    padding: Borders2D = ((1, 1), (1, 1))
    """One number for every side, ``[height, width]``, or ``[[top, bottom], [left, right]]``."""


class ZeroPadding3D(ZeroPadding):
    """Zeros around depth, height and width, as ``keras.layers.ZeroPadding3D``."""

    type: Literal["ZeroPadding3D"] = "ZeroPadding3D"
    spatial_rank: ClassVar[int] = 3
    padding: Borders3D = ((1, 1), (1, 1), (1, 1))
    """One number for every side, ``[depth, height, width]``, or ``[[front, back], [top, bottom], [left, right]]``."""


class Cropping(Bordered):
    """The input without its borders."""

    cropping: Borders

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return self.resized(inputs[0], self.cropping, -1)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return not any(map(any, self.cropping))


class Cropping1D(Cropping):
    """The input without its ends, as ``keras.layers.Cropping1D``. Keras's layer is always channels last; here
    ``data_format`` says where the channels stand, as everywhere."""

    type: Literal["Cropping1D"] = "Cropping1D"
    spatial_rank: ClassVar[int] = 1
    cropping: Borders1D = ((1, 1),)
    """What is taken away: one number for both sides, or ``[before, after]``."""


class Cropping2D(Cropping):
    """The input without its borders, as ``keras.layers.Cropping2D``."""

    type: Literal["Cropping2D"] = "Cropping2D"
    spatial_rank: ClassVar[int] = 2
    cropping: Borders2D = ((0, 0), (0, 0))
    """What is taken away: one number for every side, ``[height, width]``, or ``[[top, bottom], [left, right]]``."""


class Cropping3D(Cropping):
    """The input without its borders, as ``keras.layers.Cropping3D``."""

    type: Literal["Cropping3D"] = "Cropping3D"
    spatial_rank: ClassVar[int] = 3
    cropping: Borders3D = ((1, 1), (1, 1), (1, 1))
    """What is taken away: one number for every side, ``[depth, height, width]``, or
    ``[[front, back], [top, bottom], [left, right]]``."""


class CenterCrop(Spatial):
    """The middle of an image, as ``keras.layers.CenterCrop``; of an odd remainder the larger half is cut off at the end.

    An image that is smaller along either axis is not padded: as in Keras, the largest part of it that has the wanted aspect
    ratio is resized, bilinearly. Integers become float32.
    """

    type: Literal["CenterCrop"] = "CenterCrop"
    height: Positive
    """The height of the output."""
    width: Positive
    """The width of the output."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = numeric(self, self.ranked(inputs[0]))
        self.known(value)
        made = self.join((self.height, self.width), self.split(value.shape)[1])
        return TensorType(made, value.as_floats.dtype)

    def known(self, value: TensorType) -> tuple[int, int]:
        """Return height and width of the input, or raise LayerError where they are unknown until run time."""
        height, width = self.split(value.shape)[0]
        if not isinstance(height, int) or not isinstance(width, int):
            raise LayerError(
                "MS501",
                f"CenterCrop needs a known height and width, for it crops large images and resizes small ones, but its input is"
                f" {format_shape(value.shape)}",
                "Resizing takes any height and width",
            )
        return height, width

    def crops(self, value: TensorType) -> bool:
        """Return whether the image is only cropped, because it is large enough."""
        height, width = self.known(value)
        return height >= self.height and width >= self.width

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return self.known(inputs[0]) == (self.height, self.width)

    def decompose(self, inputs: Sequence[TensorType]) -> tuple[Part, ...]:
        value, wanted = inputs[0], (self.height, self.width)
        height, width = sizes = self.known(value)
        at_aspect = width * self.height // self.width, height * self.width // self.height
        kept = wanted if self.crops(value) else cropped(sizes, at_aspect)
        cut = tuple(((n - m) // 2, n - m - (n - m) // 2) for n, m in zip(sizes, kept, strict=True))
        parts: list[Part] = []
        if value.dtype not in FLOATS:
            parts.append(Part("float", Rescaling(scale=1.0)))
        if any(map(any, cut)) or (self.crops(value) and not parts):
            parts.append(Part("crop", Cropping2D(cropping=(cut[0], cut[1]), data_format=self.data_format)))
        if not self.crops(value):
            parts.append(Part("resize", Resizing(height=self.height, width=self.width, data_format=self.data_format)))
        return tuple(parts)
