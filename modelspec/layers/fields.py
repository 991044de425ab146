"""The base of every model of a document, and the field types that layers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import get_annotations
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from modelspec.tensors import float32

MAX_SIZE = 2**31 - 1
"""TensorFlow keeps strides and sizes in 32 bits, and ends the process where one is larger."""


class Strict(BaseModel):
    """The base of every model of a document: exact types, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Evaluate the annotations of the class; pydantic evaluates strings again for every class below it."""
        super().__init_subclass__(**kwargs)
        with suppress(NameError):  # of a class that is defined later, which pydantic waits for
            cls.__annotations__ = get_annotations(cls, eval_str=True)


def is_integer(value: object) -> bool:
    """Return whether a value of a document is an integer, which true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def _per_axis(count: int, least: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the markers of integers, ``least`` or more, along ``count`` spatial axes: one for all of them, or a list."""
    kind = "natural number" if least == 0 else "positive integer"

    def listed(value: object) -> object:
        if is_integer(value):
            return (value,) * count
        if not isinstance(value, list | tuple) or len(value) != count:  # pyright: ignore[reportUnknownArgumentType]
            wanted = f"a {kind} or a list of {count} {kind}{'s' * (count > 1)}"
            raise PydanticCustomError("size", wanted)  # pyright: ignore[reportArgumentType]
        return tuple(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    integer = {"type": "integer", "minimum": least, "maximum": MAX_SIZE}
    schema = {"anyOf": [integer, {"type": "array", "items": integer, "minItems": count, "maxItems": count}]}
    return BeforeValidator(listed), WithJsonSchema(schema)


def one_or_list(least: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the markers of a tuple of integers that a document may give as one number."""

    def listed(value: object) -> object:
        if is_integer(value):
            return (value,)
        if not isinstance(value, list | tuple) or not value:
            raise PydanticCustomError("size", "an integer or a list of one or more integers")
        return tuple(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    integer: dict[str, object] = {"type": "integer", **({"minimum": least} if least > 0 else {})}
    return BeforeValidator(listed), WithJsonSchema({"anyOf": [integer, {"type": "array", "items": integer, "minItems": 1}]})


def _as_tuple(value: object) -> object:
    """Turn the lists of JSON, however nested, into tuples."""
    if isinstance(value, list):
        return tuple(_as_tuple(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


def by_name(known: Mapping[str, dict[str, Any]]) -> Callable[[Any], Any]:
    """Return a validator that puts objects in the place of short names."""

    def resolved(value: Any) -> Any:
        if not isinstance(value, str | dict | BaseModel):
            example = next(iter(known))
            raise PydanticCustomError("size", 'a name such as "{example}", or an object with a "type"', {"example": example})
        if isinstance(value, str) and value not in known:
            raise PydanticCustomError("unknown_name", "one of {known}", {"tag": value, "known": ", ".join(known)})
        return known[value] if isinstance(value, str) else value  # pyright: ignore[reportUnknownVariableType]

    return resolved


MAX_AXES = 5
"""The most axes of an array that stands in a spec: those of a 3D kernel."""


def _in_float32(value: float) -> float:
    """Return a number, or raise where float32 has none near it."""
    try:
        float32(value)
    except ValueError:
        raise PydanticCustomError("float32", "between -3.4e38 and 3.4e38, which float32 can hold") from None
    return value


def _as_array(value: object) -> object:
    """Return nested lists of numbers as tuples, or raise where they make no array."""
    if isinstance(value, str):
        raise PydanticCustomError("size", 'a number, or lists of numbers; arithmetic stands in an expression: "${1 / 255}"')
    array = _as_tuple(value)
    try:
        shape_of(array)
    except ValueError as error:
        raise PydanticCustomError("size", str(error)) from None  # pyright: ignore[reportArgumentType]
    _in_float32(_largest(array))
    return array


def _largest(array: Any) -> float:
    """Return the largest absolute value of an array."""
    return max(map(_largest, array)) if isinstance(array, tuple) else abs(array)  # pyright: ignore[reportUnknownArgumentType]


def _not_negative(array: Any) -> Any:
    """Return an array, or raise where it has a number below 0."""
    if _smallest(array) < 0:
        raise PydanticCustomError("negative", "0 or more: a variance is a mean of squares")
    return array


def _smallest(array: Any) -> float:
    return min(map(_smallest, array)) if isinstance(array, tuple) else array  # pyright: ignore[reportUnknownArgumentType]


def shape_of(array: object, axes: int = MAX_AXES) -> tuple[int, ...]:
    """Return the shape of a number or of nested tuples of numbers, or raise ValueError where they make no array."""
    if isinstance(array, int | float) and not isinstance(array, bool):
        return ()
    if not isinstance(array, tuple) or not array or not axes:
        raise ValueError(f"a number, or lists of numbers, nested {MAX_AXES} deep at most")
    if {*map(type, array)} <= {int, float}:  # pyright: ignore[reportUnknownArgumentType] - a row, which may be long
        return (len(array),)  # pyright: ignore[reportUnknownArgumentType]
    shapes = {shape_of(item, axes - 1) for item in array}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if len(shapes) != 1:
        raise ValueError("lists of equal lengths, so that they make an array")
    return (len(array), *shapes.pop())  # pyright: ignore[reportUnknownArgumentType]


def _array_schema(**limits: float) -> dict[str, Any]:
    number = {"type": "number", **limits}
    schema: dict[str, Any] = number
    for _ in range(MAX_AXES):
        schema = {"anyOf": [number, {"type": "array", "items": schema, "minItems": 1}]}
    return schema


Numbers = Annotated[float | tuple[Any, ...], BeforeValidator(_as_array), WithJsonSchema(_array_schema())]
"""A number, or an array as nested lists of numbers."""
Variances = Annotated[
    float | tuple[Any, ...],
    AfterValidator(_not_negative),
    BeforeValidator(_as_array),
    WithJsonSchema(_array_schema(minimum=0)),
]
"""Numbers of which none is below 0."""
Positive = Annotated[int, Field(ge=1, le=MAX_SIZE)]
Natural = Annotated[int, Field(ge=0, le=MAX_SIZE)]
ListOf = BeforeValidator(_as_tuple)
"""Marks a tuple field that JSON gives as a list."""
Axes = Annotated[int | tuple[int, ...], ListOf]
"""An axis, or a list of axes."""
Size1D = Annotated[tuple[Positive], *_per_axis(1, 1)]
"""The size along one spatial axis: a number, or a list of one."""
Size2D = Annotated[tuple[Positive, Positive], *_per_axis(2, 1)]
"""Height and width: one number for both, or a list of two."""
Size3D = Annotated[tuple[Positive, Positive, Positive], *_per_axis(3, 1)]
"""Depth, height and width: one number for all, or a list of three."""
Amount1D = Annotated[tuple[Natural], *_per_axis(1, 0)]
"""What Size1D is, where 0 is allowed; and so on."""
Amount2D = Annotated[tuple[Natural, Natural], *_per_axis(2, 0)]
Amount3D = Annotated[tuple[Natural, Natural, Natural], *_per_axis(3, 0)]
Sizes = tuple[int, ...]
"""What a base class says of a field that each of its layers declares as Size1D, Size2D or Size3D (or Amount1D and so on)."""
Share = Annotated[float, Field(ge=0, le=1)]
"""How much of something is dropped."""
ShareBelow1 = Annotated[float, Field(ge=0, lt=1)]
"""How much of something is dropped, where something must stay."""
InFloat32 = Annotated[float, AfterValidator(_in_float32)]
"""A number that is no infinity in float32."""
Float32 = Annotated[float, AfterValidator(lambda value: float32(_in_float32(value)))]
"""A number that ONNX keeps in a float attribute, so that it is rounded to float32 for every backend alike."""
