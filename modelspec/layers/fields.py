"""The base of every model of a document, and the field types that layers share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from modelspec.tensors import float32


class Strict(BaseModel):
    """The base of every model of a document: exact types, no unknown keys, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, defer_build=True, allow_inf_nan=False)


def _pair(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        value = (value, value)
    elif isinstance(value, list):
        value = tuple(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if not isinstance(value, tuple) or len(value) != 2:  # pyright: ignore[reportUnknownArgumentType]
        raise PydanticCustomError("size", "a positive integer or a list of 2 positive integers")
    return value  # pyright: ignore[reportUnknownVariableType]


def _as_tuple(value: object) -> object:
    """Turn the lists of JSON, however nested, into tuples."""
    if isinstance(value, list):
        return tuple(_as_tuple(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


Positive = Annotated[int, Field(ge=1)]
Natural = Annotated[int, Field(ge=0)]
ListOf = BeforeValidator(_as_tuple)
"""Marks a tuple field that JSON gives as a list."""
Size2D = Annotated[
    tuple[Positive, Positive],
    BeforeValidator(_pair),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 2, "maxItems": 2},
            ]
        }
    ),
]
"""Height and width: one number for both, or a list of two."""
Float32 = Annotated[float, AfterValidator(float32)]
"""A number that ONNX keeps in a float attribute, so that it is rounded to float32 for every backend alike."""
