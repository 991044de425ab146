"""Fields that name axes: which of them exist, which a layer works along, and where they are in other orders.

Axes are counted with the batch as 0, which no layer works along; negative ones count from the last, -1.
"""

from __future__ import annotations

from collections.abc import Sequence

from modelspec.layers.base import Layer, LayerError, floating
from modelspec.layers.fields import Axes
from modelspec.tensors import DataFormat, TensorType, format_shape


def is_axis(axis: int, rank: int) -> bool:
    """Return whether a tensor with ``rank`` axes, batch included, has an axis besides the batch."""
    return axis != 0 and -rank < axis < rank


def positive_axes(axis: int | tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    """Return axes as ascending positive numbers; None is no axis."""
    given = () if axis is None else (axis,) if isinstance(axis, int) else axis
    return tuple(sorted(each % rank for each in given))


def moved_axes(axis: int | tuple[int, ...] | None, axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return where axes, in ascending order, are after a permutation."""
    return tuple(axes.index(each) for each in positive_axes(axis, len(axes)))


def checked_axes(axis: int | tuple[int, ...], value: TensorType, field: str = "axis") -> tuple[int, ...]:
    """Return axes as ascending positive numbers, or raise LayerError (MS203) where ``field`` names none, the batch, an axis
    that does not exist, or one twice."""
    given = (axis,) if isinstance(axis, int) else axis
    positive = positive_axes(axis, value.rank)
    if not given or not all(is_axis(each, value.rank) for each in given) or len({*positive}) != len(given):
        found: int | list[int] = axis if isinstance(axis, int) else list(axis)
        several = "" if isinstance(axis, int) else ", one or more of which are to be named, each once"
        available = f"an input of {format_shape(value.shape)} has axes 1 to {value.rank - 1} after the batch"
        raise LayerError("MS203", f"{field} is {found}; {available}{several}")
    return positive


def known_sizes(layer: Layer, axis: int | tuple[int, ...], value: TensorType) -> tuple[int, ...]:
    """Return the sizes along axes in ascending order, or raise LayerError where an axis does not exist (MS203) or a size is
    unknown (MS501)."""
    sizes: list[int] = []
    for each in checked_axes(axis, value):
        size = value.shape[each - 1]
        if not isinstance(size, int):
            named = axis if isinstance(axis, int) else each
            raise LayerError(
                "MS501",
                f'{layer.kind} needs a known size along axis {named}, but it is "{size}"',
                "give the input a fixed size there, or name another axis",
            )
        sizes.append(size)
    return tuple(sizes)


class AlongChannels(Layer):
    """A layer that works along one axis, which is that of the channels unless it says otherwise."""

    axis: int | None = None
    """The axis that has its own statistics or weights, counted with the batch as 0. Where not given, the channels: the last
    axis, or axis 1 where the spec's ``data_format`` is ``channels_first``."""

    @property
    def given_axis(self) -> int:
        """The axis as it was given, or the last one."""
        return -1 if self.axis is None else self.axis

    def with_default_format(self, data_format: DataFormat) -> Layer:
        if self.axis is not None:
            return self
        return self.model_copy(update={"axis": 1 if data_format == "channels_first" else -1})

    def axis_of(self, value: TensorType) -> int:
        """Return the axis as a positive number, batch included."""
        return self.given_axis % value.rank

    def size(self, value: TensorType) -> int:
        """Return the size along the axis, or raise LayerError where there is none or it is unknown."""
        return known_sizes(self, self.given_axis, value)[0]

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        self.size(value)
        return value

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        return self.model_copy(update={"axis": axes.index(self.given_axis % len(axes))})


class AlongAxes(Layer):
    """A layer that works along one axis, or along several together."""

    axis: Axes = -1
    """The axis, or a list of axes, that are normalized together, counted with the batch as 0."""

    def axes_of(self, value: TensorType) -> tuple[int, ...]:
        """Return the axes as ascending positive numbers, batch included."""
        return positive_axes(self.axis, value.rank)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        checked_axes(self.axis, value)
        return value

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        return self.model_copy(update={"axis": moved_axes(self.axis, axes)})


class WeightedAxes(AlongAxes):
    """A layer along axes that has weights of their sizes, in ascending order."""

    def sizes(self, value: TensorType) -> tuple[int, ...]:
        """Return the sizes along the axes, or raise LayerError where an axis does not exist or a size is unknown."""
        return known_sizes(self, self.axis, value)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        self.sizes(value)
        return value

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        """Return the layer for moved axes; None where they would change places, which those of its weights do not."""
        moved = moved_axes(self.axis, axes)
        return super().permuted(axes) if list(moved) == sorted(moved) else None
