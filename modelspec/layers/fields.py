"""The base of every model of a document, and the field types that layers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from modelspec.tensors import float32


class Strict(BaseModel):
    """The base of every model of a document: exact types, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False)


def _size(count: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """Return the markers of a size along ``count`` spatial axes: one number for all of them, or a list."""

    def sized(value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            value = (value,) * count
        elif isinstance(value, list):
            value = tuple(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if not isinstance(value, tuple) or len(value) != count:  # pyright: ignore[reportUnknownArgumentType]
            integers = "positive integer" + "s" * (count > 1)
            raise PydanticCustomError("size", f"a positive integer or a list of {count} {integers}")  # pyright: ignore[reportArgumentType]
        return value  # pyright: ignore[reportUnknownVariableType]

    integer = {"type": "integer", "minimum": 1}
    schema = {"anyOf": [integer, {"type": "array", "items": integer, "minItems": count, "maxItems": count}]}
    return BeforeValidator(sized), WithJsonSchema(schema)


def _as_tuple(value: object) -> object:
    """Turn the lists of JSON, however nested, into tuples."""
    if isinstance(value, list):
        return tuple(_as_tuple(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


def by_name(known: Mapping[str, dict[str, Any]]) -> Callable[[Any], Any]:
    """Return a validator that puts objects in the place of short names."""

    def resolved(value: Any) -> Any:
        if isinstance(value, str) and value not in known:
            raise PydanticCustomError("unknown_name", "one of {known}", {"tag": value, "known": ", ".join(known)})
        return known[value] if isinstance(value, str) else value

    return resolved


MAX_AXES = 5
"""The most axes of an array that stands in a spec: those of a 3D kernel."""


def _as_array(value: object) -> object:
    """Return nested lists of numbers as tuples, or raise where they make no array."""
    array = _as_tuple(value)
    try:
        shape_of(array)
    except ValueError as error:
        raise PydanticCustomError("size", str(error)) from None  # pyright: ignore[reportArgumentType]
    return array


def shape_of(array: object, axes: int = MAX_AXES) -> tuple[int, ...]:
    """Return the shape of a number or of nested tuples of numbers, or raise ValueError where they make no array."""
    if isinstance(array, int | float) and not isinstance(array, bool):
        return ()
    if not isinstance(array, tuple) or not array or not axes:
        raise ValueError(f"a number, or lists of numbers, nested {MAX_AXES} deep at most")
    shapes = {shape_of(item, axes - 1) for item in array}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if len(shapes) != 1:
        raise ValueError("lists of equal lengths, so that they make an array")
    return (len(array), *shapes.pop())  # pyright: ignore[reportUnknownArgumentType]


def _array_schema() -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "number"}
    for _ in range(MAX_AXES):
        schema = {"anyOf": [{"type": "number"}, {"type": "array", "items": schema, "minItems": 1}]}
    return schema


Numbers = Annotated[float | tuple[Any, ...], BeforeValidator(_as_array), WithJsonSchema(_array_schema())]
"""A number, or an array as nested lists of numbers."""
Positive = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
ListOf = BeforeValidator(_as_tuple)
"""Marks a tuple field that JSON gives as a list."""
Size1D = Annotated[tuple[Positive], *_size(1)]
"""The size along one spatial axis: a number, or a list of one."""
Size2D = Annotated[tuple[Positive, Positive], *_size(2)]
"""Height and width: one number for both, or a list of two."""
Size3D = Annotated[tuple[Positive, Positive, Positive], *_size(3)]
"""Depth, height and width: one number for all, or a list of three."""
Sizes = tuple[int, ...]
"""What a base class says of a field that each of its layers declares as Size1D, Size2D or Size3D."""
Float32 = Annotated[float, AfterValidator(float32)]
"""A number that ONNX keeps in a float attribute, so that it is rounded to float32 for every backend alike."""
