"""Layers that prepare data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from modelspec.layers.base import Layer, LayerError
from modelspec.layers.fields import ListOf
from modelspec.tensors import FLOATS, TensorType, format_shape

Constant = Annotated[
    float
    | tuple[float, ...]
    | tuple[tuple[float, ...], ...]
    | tuple[tuple[tuple[float, ...], ...], ...],
    ListOf,
]  # fmt: skip
"""A number, or a nested list of numbers that broadcasts as NumPy arrays do."""


class Rescaling(Layer):
    """``x * scale + offset``, as ``keras.layers.Rescaling``. Integers become float32 first."""

    type: Literal["Rescaling"] = "Rescaling"
    scale: Constant
    """The factor: a number, or a list with one for each element of the last axis."""
    offset: Constant = 0.0
    """What is added, likewise."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = inputs[0]
        for name, constant in (("scale", self.scale), ("offset", self.offset)):
            shape = _shape(constant)
            tail = value.shape[len(value.shape) - len(shape) :]
            if len(shape) > len(value.shape) or any(size not in (1, of) for size, of in zip(shape, tail, strict=True)):
                raise LayerError(
                    "MS501", f"{name} has the shape {list(shape)}, which does not broadcast to {format_shape(value.shape)}"
                )
        return value if value.dtype in FLOATS else TensorType(value.shape, "float32")

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        return self.model_copy(
            update={"scale": _permuted(self.scale, axes), "offset": _permuted(self.offset, axes)},
        )


def _shape(constant: Any) -> tuple[int, ...]:
    """Return the shape of a nested tuple; ragged ones count as their first row, and differ in ``_shape`` of others."""
    if not isinstance(constant, tuple):
        return ()
    shapes = {_shape(item) for item in constant}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if len(shapes) != 1:
        raise LayerError("MS203", "the rows of a nested list must have equal, non-zero lengths")
    return (len(constant), *shapes.pop())  # pyright: ignore[reportUnknownArgumentType]


def _permuted(constant: Any, axes: tuple[int, ...]) -> Any:
    """Reorder a constant that broadcasts to all axes but the batch."""
    if not isinstance(constant, tuple):
        return constant
    shape = _shape(constant)
    shape = (1,) * (len(axes) - 1 - len(shape)) + shape
    flat = _flat(constant)
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * shape[axis + 1]

    def build(order: tuple[int, ...], start: int) -> Any:
        if not order:
            return flat[start]
        axis = order[0] - 1
        return tuple(build(order[1:], start + step * strides[axis]) for step in range(shape[axis]))

    return build(axes[1:], 0)


def _flat(constant: Any) -> list[float]:
    return [item for row in constant for item in _flat(row)] if isinstance(constant, tuple) else [constant]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


LAYERS: tuple[type[Layer], ...] = (Rescaling,)
