"""Layers that join several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from modelspec.layers.base import Elementwise, Layer, LayerError, floating
from modelspec.tensors import DataFormat, Dim, TensorType, format_shape


def _same_dtype(layer: Layer, inputs: Sequence[TensorType]) -> None:
    for value in inputs:
        if value.dtype != inputs[0].dtype:
            raise LayerError(
                "MS503", f"{layer.kind} takes inputs of one data type, but has {inputs[0].dtype} and {value.dtype}"
            )


class Add(Elementwise):
    """The sum of the inputs, element by element; sizes of 1 broadcast, as in ``keras.layers.Add``."""

    type: Literal["Add"] = "Add"
    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        floating(self, inputs[0])
        _same_dtype(self, inputs)
        shape = inputs[0].shape
        for value in inputs[1:]:
            if len(value.shape) != len(shape):
                raise _do_not_fit(self, inputs)
            shape = tuple(_broadcast(self, a, b, inputs) for a, b in zip(shape, value.shape, strict=True))
        return TensorType(shape, inputs[0].dtype)


class Concatenate(Layer):
    """The inputs one after another along an axis, as ``keras.layers.Concatenate``."""

    type: Literal["Concatenate"] = "Concatenate"
    arity: ClassVar[tuple[int, int | None]] = (2, None)
    axis: int | None = None
    """The axis, counted with the batch as 0. Where not given, the channels: the last axis, or axis 1 where the spec's
    ``data_format`` is ``channels_first``."""

    def with_default_format(self, data_format: DataFormat) -> Layer:
        if self.axis is not None:
            return self
        return self.model_copy(update={"axis": 1 if data_format == "channels_first" else -1})

    def axis_of(self, value: TensorType) -> int:
        """Return the axis as a positive number, batch included."""
        return (-1 if self.axis is None else self.axis) % value.rank

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        _same_dtype(self, inputs)
        first = inputs[0]
        axis = -1 if self.axis is None else self.axis
        if not -first.rank < axis < first.rank or axis == 0:
            raise LayerError(
                "MS203",
                f"axis is {axis}; inputs of {format_shape(first.shape)} have axes 1 to {first.rank - 1} after the batch",
            )
        joined = self.axis_of(first) - 1
        total = 0
        for value in inputs:
            size = value.shape[joined] if len(value.shape) == len(first.shape) else None
            if (
                size is None
                or value.shape[:joined] + value.shape[joined + 1 :] != first.shape[:joined] + first.shape[joined + 1 :]
            ):
                raise _do_not_fit(self, inputs, f" along every axis but {joined + 1}")
            if not isinstance(size, int):
                raise LayerError("MS501", f'Concatenate needs known sizes along axis {joined + 1}, but one is "{size}"')
            total += size
        return TensorType((*first.shape[:joined], total, *first.shape[joined + 1 :]), first.dtype)

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        axis = -1 if self.axis is None else self.axis
        return self.model_copy(update={"axis": axes.index(axis % len(axes))})


def _do_not_fit(layer: Layer, inputs: Sequence[TensorType], where: str = "") -> LayerError:
    shapes = " and ".join(format_shape(value.shape) for value in inputs)
    return LayerError(
        "MS501",
        f"the inputs of {layer.kind} have the shapes {shapes}; they must be equal{where}",
        "branches that meet need the same strides, padding and filters",
    )


def _broadcast(layer: Layer, a: Dim, b: Dim, inputs: Sequence[TensorType]) -> Dim:
    if b in (a, 1):
        return a
    if a == 1:
        return b
    raise _do_not_fit(layer, inputs)


LAYERS: tuple[type[Layer], ...] = (Add, Concatenate)
