"""Layers that join several inputs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from modelspec.layers.axes import AlongChannels, checked_axes, is_axis
from modelspec.layers.base import Elementwise, Layer, LayerError, floating, same_dtype
from modelspec.layers.fields import ListOf
from modelspec.tensors import Dim, Shape, TensorType, format_shape


class Merge(Elementwise):
    """A layer that joins its inputs element by element. Sizes of 1 broadcast, and an input with fewer axes is taken to have
    sizes of 1 after the batch, as in Keras: ``[3]`` fits ``[4, 5, 3]`` along the last axis."""

    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        floating(self, inputs[0])
        same_dtype(self, inputs)
        shape: Shape = ()
        for value in inputs:
            pairs = [*zip_longest(reversed(shape), reversed(value.shape), fillvalue=1)]
            shape = tuple(_broadcast(self, a, b, inputs) for a, b in reversed(pairs))
        return TensorType(shape, inputs[0].dtype)


class Add(Merge):
    """The sum of the inputs, element by element, as ``keras.layers.Add``; sizes of 1 broadcast."""

    type: Literal["Add"] = "Add"


class Subtract(Merge):
    """The first input minus the second, element by element, as ``keras.layers.Subtract``; sizes of 1 broadcast."""

    type: Literal["Subtract"] = "Subtract"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)


class Multiply(Merge):
    """The product of the inputs, element by element, as ``keras.layers.Multiply``; sizes of 1 broadcast."""

    type: Literal["Multiply"] = "Multiply"


class Average(Merge):
    """The mean of the inputs, element by element, as ``keras.layers.Average``; sizes of 1 broadcast."""

    type: Literal["Average"] = "Average"


class Maximum(Merge):
    """The largest of the inputs, element by element, as ``keras.layers.Maximum``; sizes of 1 broadcast. Among equal ones the
    gradient goes to the first."""

    type: Literal["Maximum"] = "Maximum"


class Minimum(Merge):
    """The smallest of the inputs, element by element, as ``keras.layers.Minimum``; sizes of 1 broadcast. Among equal ones the
    gradient goes to the first."""

    type: Literal["Minimum"] = "Minimum"


class Concatenate(AlongChannels):
    """The inputs one after another along an axis, as ``keras.layers.Concatenate``."""

    type: Literal["Concatenate"] = "Concatenate"
    arity: ClassVar[tuple[int, int | None]] = (2, None)
    axis: int | None = None
    """The axis, counted with the batch as 0. Where not given, the channels: the last axis, or axis 1 where the spec's
    ``data_format`` is ``channels_first``."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        same_dtype(self, inputs)
        first = inputs[0]
        checked_axes(self.given_axis, first)
        joined = self.axis_of(first) - 1
        total = 0
        for value in inputs:
            size = value.shape[joined] if len(value.shape) == len(first.shape) else None
            if (
                size is None
                or value.shape[:joined] + value.shape[joined + 1 :] != first.shape[:joined] + first.shape[joined + 1 :]
            ):
                raise _do_not_fit(self, inputs, f"they must be equal along every axis but {joined + 1}")
            if not isinstance(size, int):
                message = f'Concatenate needs known sizes along axis {joined + 1}, but one is "{size}"'
                raise LayerError("MS501", message, "give the inputs fixed sizes there, or join them along another axis")
            total += size
        return TensorType((*first.shape[:joined], total, *first.shape[joined + 1 :]), first.dtype)


class Dot(Layer):
    """The sum of the products of two inputs along an axis of each, for every example by itself, as ``keras.layers.Dot``. The
    output has the other axes of the first input, then those of the second; ``[1]`` where there are none."""

    type: Literal["Dot"] = "Dot"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    axes: Annotated[int | Annotated[tuple[int, ...], Field(min_length=2, max_length=2)], ListOf]
    """The axis of both inputs, or a list with one for each, counted with the batch as 0."""
    normalize: bool = False
    """Whether both inputs are divided by their L2 norm along the axis first (by 1e-7 where the norm is smaller), which makes
    the output the cosine of the angle between them."""

    def axes_of(self, inputs: Sequence[TensorType]) -> tuple[int, int]:
        """Return the axis of each input as a positive number, batch included."""
        first, second = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return first % inputs[0].rank, second % inputs[1].rank

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        floating(self, inputs[0])
        same_dtype(self, inputs)
        for axis, value in zip((self.axes,) * 2 if isinstance(self.axes, int) else self.axes, inputs, strict=True):
            if not is_axis(axis, value.rank):
                raise LayerError(
                    "MS203",
                    f"axes is {self.axes if isinstance(self.axes, int) else list(self.axes)}; an input of"
                    f" {format_shape(value.shape)} has axes 1 to {value.rank - 1} after the batch",
                )
        axes = self.axes_of(inputs)
        sizes = [value.shape[axis - 1] for axis, value in zip(axes, inputs, strict=True)]
        if sizes[0] != sizes[1]:
            raise _do_not_fit(
                self,
                inputs,
                f"axis {axes[0]} of the first ({sizes[0]}) and {axes[1]} of the second ({sizes[1]}) must be equal",
                "axes counts the batch as 0: [2, 1] is the last axis of a sequence and the first of another",
            )
        left = [value.shape[: axis - 1] + value.shape[axis:] for axis, value in zip(axes, inputs, strict=True)]
        return TensorType((left[0] + left[1]) or (1,), inputs[0].dtype)

    def equation(self, inputs: Sequence[TensorType]) -> str:
        """Return the product in Einstein's notation, such as ``abc,ade->abde``; without the ``[1]`` of an empty output."""
        axes, ranks = self.axes_of(inputs), [value.rank for value in inputs]
        letters = "abcdefghijklmnopqrstuvwxyz"
        first = letters[: ranks[0]]
        second = list(letters[0] + letters[ranks[0] : ranks[0] + ranks[1] - 1])
        second[axes[1]] = first[axes[0]]
        left = [letter for letter in (*first, *second[1:]) if letter != first[axes[0]]]
        return f"{first},{''.join(second)}->{''.join(left)}"


_BRANCHES = "branches that meet need the same strides, padding and filters"
MAX_SHAPES = 8
"""How many shapes a message lists; of more inputs, only those that differ."""


def _do_not_fit(layer: Layer, inputs: Sequence[TensorType], wanted: str, hint: str = _BRANCHES) -> LayerError:
    shapes = [format_shape(value.shape) for value in inputs]
    if len(shapes) > MAX_SHAPES:
        different = list(dict.fromkeys(shapes))
        shapes = different[:MAX_SHAPES] + (["others"] if len(different) > MAX_SHAPES else [])
    return LayerError("MS501", f"the inputs of {layer.kind} have the shapes {' and '.join(shapes)}; {wanted}", hint)


def _broadcast(layer: Layer, a: Dim, b: Dim, inputs: Sequence[TensorType]) -> Dim:
    if b in (a, 1):
        return a
    if a == 1:
        return b
    raise _do_not_fit(layer, inputs, "they must be equal, or 1 where one is repeated")
