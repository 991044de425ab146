"""Normalization layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from modelspec.layers.base import Layer, LayerError, Weight, floating
from modelspec.layers.constraints import Constraint
from modelspec.layers.fields import Float32, ListOf, Positive
from modelspec.layers.initializers import ONES, ZEROS, Initializer
from modelspec.layers.regularizers import Regularizer
from modelspec.tensors import DataFormat, TensorType, float32, format_shape


class Affine(Layer):
    """A layer that may end in a product with ``gamma`` and a sum with ``beta``."""

    center: bool = True
    """Whether ``beta`` is added."""
    scale: bool = True
    """Whether it is multiplied by ``gamma``."""
    beta_initializer: Initializer = ZEROS
    """How ``beta`` starts."""
    beta_regularizer: Regularizer = None
    """The penalty on ``beta``."""
    beta_constraint: Constraint = None
    """What ``beta`` is projected to after each training step."""
    gamma_initializer: Initializer = ONES
    """How ``gamma`` starts."""
    gamma_regularizer: Regularizer = None
    """The penalty on ``gamma``."""
    gamma_constraint: Constraint = None
    """What ``gamma`` is projected to after each training step."""

    def gamma(self, *shape: int) -> tuple[Weight, ...]:
        """Return ``gamma`` where the layer has one."""
        made = Weight(
            "gamma", shape, self.gamma_initializer, regularizer=self.gamma_regularizer, constraint=self.gamma_constraint
        )
        return (made,) if self.scale else ()

    def beta(self, *shape: int) -> tuple[Weight, ...]:
        """Return ``beta`` where the layer has one."""
        made = Weight("beta", shape, self.beta_initializer, regularizer=self.beta_regularizer, constraint=self.beta_constraint)
        return (made,) if self.center else ()


class AlongChannels(Layer):
    """A layer with an axis of its own, which is that of the channels unless it says otherwise."""

    axis: int | None = None
    """The axis that has its own statistics or weights, counted with the batch as 0. Where not given, the channels: the last
    axis, or axis 1 where the spec's ``data_format`` is ``channels_first``."""

    def with_default_format(self, data_format: DataFormat) -> Layer:
        if self.axis is not None:
            return self
        return self.model_copy(update={"axis": 1 if data_format == "channels_first" else -1})

    def axis_of(self, value: TensorType) -> int:
        """Return the axis as a positive number, batch included."""
        return (-1 if self.axis is None else self.axis) % value.rank

    def size(self, value: TensorType) -> int:
        """Return the size along the axis, or raise LayerError where there is none or it is unknown."""
        return known_sizes(self, -1 if self.axis is None else self.axis, value)[0]

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        axis = -1 if self.axis is None else self.axis
        return self.model_copy(update={"axis": axes.index(axis % len(axes))})


Axes = Annotated[int | tuple[int, ...], ListOf]


def positive_axes(axis: int | tuple[int, ...] | None, rank: int) -> tuple[int, ...]:
    """Return axes as ascending positive numbers, batch included; None is no axis."""
    given = () if axis is None else (axis,) if isinstance(axis, int) else axis
    return tuple(sorted(each % rank for each in given))


def moved_axes(axis: int | tuple[int, ...] | None, axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return where axes, in ascending order, are after a permutation."""
    return tuple(axes.index(each) for each in positive_axes(axis, len(axes)))


def checked_axes(axis: int | tuple[int, ...], value: TensorType) -> tuple[int, ...]:
    """Return axes as ascending positive numbers, or raise LayerError for the batch, an axis out of range or one given twice."""
    given = (axis,) if isinstance(axis, int) else axis
    positive = positive_axes(axis, value.rank)
    inside = all(-value.rank < each < value.rank and each for each in given)
    if not given or not inside or len({*positive}) != len(given):
        raise LayerError(
            "MS203",
            f"axis is {axis if isinstance(axis, int) else list(axis)}; an input of {format_shape(value.shape)} has axes 1 to"
            f" {value.rank - 1} after the batch" + ("" if isinstance(axis, int) else ", and each can stand once"),
        )
    return positive


def known_sizes(layer: Layer, axis: int | tuple[int, ...], value: TensorType) -> tuple[int, ...]:
    """Return the sizes along axes in ascending order, or raise LayerError where an axis does not exist or a size is unknown."""
    sizes: list[int] = []
    for each in checked_axes(axis, value):
        size = value.shape[each - 1]
        if not isinstance(size, int):
            named = axis if isinstance(axis, int) else each
            raise LayerError(
                "MS501",
                f'{layer.kind} needs a known size along axis {named}, but it is "{size}"',
                "normalize the channels",
            )
        sizes.append(size)
    return tuple(sizes)


class BatchNormalization(AlongChannels, Affine):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` along an axis, as ``keras.layers.BatchNormalization``
    (Ioffe and Szegedy 2015): the statistics of the batch in training, their moving averages otherwise. The moving variance
    is biased, as in Keras."""

    type: Literal["BatchNormalization"] = "BatchNormalization"
    momentum: Annotated[Float32, Field(ge=0, le=1)] = float32(0.99)
    """How much of a moving average stays at each step: Keras's sense, 1 minus PyTorch's."""
    epsilon: Annotated[Float32, Field(gt=0)] = float32(0.001)
    """Added to the variance."""
    moving_mean_initializer: Initializer = ZEROS
    """How the moving mean starts."""
    moving_variance_initializer: Initializer = ONES
    """How the moving variance starts."""
    synchronized: bool = False
    """Whether replicas share the batch's statistics in distributed training."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        self.size(value)
        return value

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        size = self.size(inputs[0])
        return (
            *self.gamma(size),
            *self.beta(size),
            Weight("moving_mean", (size,), self.moving_mean_initializer, trainable=False),
            Weight("moving_variance", (size,), self.moving_variance_initializer, trainable=False),
        )


class GroupNormalization(AlongChannels, Affine):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` with the mean and variance of each example's groups of
    neighbouring channels, over all other axes, as ``keras.layers.GroupNormalization`` (Wu and He 2018). ``gamma`` and ``beta``
    have one number for each channel."""

    type: Literal["GroupNormalization"] = "GroupNormalization"
    groups: Literal[-1] | Positive = 32
    """The number of groups, a divisor of the number of channels; -1 is one for each channel, which is instance
    normalization."""
    epsilon: Annotated[Float32, Field(gt=0)] = float32(0.001)
    """Added to the variance."""

    def groups_of(self, value: TensorType) -> int:
        """Return the number of groups."""
        return self.size(value) if self.groups == -1 else self.groups

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        size = self.size(value)
        if size % self.groups_of(value):
            raise LayerError(
                "MS203",
                f"groups is {self.groups}, which does not divide the {size} channels along axis {self.axis_of(value)}",
                "-1 gives each channel its own statistics",
            )
        return value

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        size = self.size(inputs[0])
        return (*self.gamma(size), *self.beta(size))


class LayerNormalization(Affine):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` with the mean and variance along the axes, of each example and
    each place by itself, as ``keras.layers.LayerNormalization`` (Ba et al. 2016). ``gamma`` and ``beta`` have the sizes of the
    axes, in ascending order."""

    type: Literal["LayerNormalization"] = "LayerNormalization"
    axis: Axes = -1
    """The axis, or a list of axes, that are normalized together, counted with the batch as 0."""
    epsilon: Annotated[Float32, Field(gt=0)] = float32(0.001)
    """Added to the variance."""

    def axes_of(self, value: TensorType) -> tuple[int, ...]:
        """Return the axes as ascending positive numbers, batch included."""
        return positive_axes(self.axis, value.rank)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        known_sizes(self, self.axis, value)
        return value

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        sizes = known_sizes(self, self.axis, inputs[0])
        return (*self.gamma(*sizes), *self.beta(*sizes))

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        return _in_order(self, self.axis, axes)


class RMSNormalization(Layer):
    """``scale * x / sqrt(mean(x ** 2) + epsilon)`` with the mean along the axes, as ``keras.layers.RMSNormalization``
    (Zhang and Sennrich 2019). ``scale`` has the sizes of the axes, in ascending order."""

    type: Literal["RMSNormalization"] = "RMSNormalization"
    axis: Axes = -1
    """The axis, or a list of axes, that are normalized together, counted with the batch as 0."""
    epsilon: Annotated[Float32, Field(gt=0)] = float32(1e-6)
    """Added to the mean of the squares."""

    def axes_of(self, value: TensorType) -> tuple[int, ...]:
        """Return the axes as ascending positive numbers, batch included."""
        return positive_axes(self.axis, value.rank)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        known_sizes(self, self.axis, value)
        return value

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        return (Weight("scale", known_sizes(self, self.axis, inputs[0]), ONES),)

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        return _in_order(self, self.axis, axes)


class UnitNormalization(Layer):
    """``x / max(norm(x), 1e-12)`` with the L2 norm along the axes, as ``keras.layers.UnitNormalization``."""

    type: Literal["UnitNormalization"] = "UnitNormalization"
    axis: Axes = -1
    """The axis, or a list of axes, that the norm is taken along, counted with the batch as 0."""

    def axes_of(self, value: TensorType) -> tuple[int, ...]:
        """Return the axes as ascending positive numbers, batch included."""
        return positive_axes(self.axis, value.rank)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        checked_axes(self.axis, value)
        return value

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        return self.model_copy(update={"axis": moved_axes(self.axis, axes)})


def _in_order(layer: Layer, axis: int | tuple[int, ...], axes: tuple[int, ...]) -> Layer | None:
    """Return the layer for moved axes; None where they would change places, which those of its weights do not."""
    moved = moved_axes(axis, axes)
    return layer.model_copy(update={"axis": moved}) if list(moved) == sorted(moved) else None
