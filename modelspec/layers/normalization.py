"""Normalization layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from modelspec.layers.base import Layer, LayerError, Weight, floating
from modelspec.layers.constraints import Constraint
from modelspec.layers.fields import Float32
from modelspec.layers.initializers import ONES, ZEROS, Initializer
from modelspec.layers.regularizers import Regularizer
from modelspec.tensors import DataFormat, TensorType, float32, format_shape


class BatchNormalization(Layer):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` along an axis, as ``keras.layers.BatchNormalization``
    (Ioffe and Szegedy 2015): the statistics of the batch in training, their moving averages otherwise. The moving variance
    is biased, as in Keras."""

    type: Literal["BatchNormalization"] = "BatchNormalization"
    axis: int | None = None
    """The axis that keeps statistics of its own, counted with the batch as 0. Where not given, the channels: the last
    axis, or axis 1 where the spec's ``data_format`` is ``channels_first``."""
    momentum: Annotated[Float32, Field(ge=0, le=1)] = float32(0.99)
    """How much of a moving average stays at each step: Keras's sense, 1 minus PyTorch's."""
    epsilon: Annotated[Float32, Field(gt=0)] = float32(0.001)
    """Added to the variance."""
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
    moving_mean_initializer: Initializer = ZEROS
    """How the moving mean starts."""
    moving_variance_initializer: Initializer = ONES
    """How the moving variance starts."""
    synchronized: bool = False
    """Whether replicas share the batch's statistics in distributed training."""

    def with_default_format(self, data_format: DataFormat) -> Layer:
        if self.axis is not None:
            return self
        return self.model_copy(update={"axis": 1 if data_format == "channels_first" else -1})

    def axis_of(self, value: TensorType) -> int:
        """Return the axis as a positive number, batch included."""
        return (-1 if self.axis is None else self.axis) % value.rank

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        self._size(value)
        return value

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        shape = (self._size(inputs[0]),)
        return (
            *((self._gamma(shape),) if self.scale else ()),
            *((self._beta(shape),) if self.center else ()),
            Weight("moving_mean", shape, self.moving_mean_initializer, trainable=False),
            Weight("moving_variance", shape, self.moving_variance_initializer, trainable=False),
        )

    def _gamma(self, shape: tuple[int, ...]) -> Weight:
        return Weight(
            "gamma", shape, self.gamma_initializer, regularizer=self.gamma_regularizer, constraint=self.gamma_constraint
        )

    def _beta(self, shape: tuple[int, ...]) -> Weight:
        return Weight("beta", shape, self.beta_initializer, regularizer=self.beta_regularizer, constraint=self.beta_constraint)

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        axis = -1 if self.axis is None else self.axis
        return self.model_copy(update={"axis": axes.index(axis % len(axes))})

    def _size(self, value: TensorType) -> int:
        axis = -1 if self.axis is None else self.axis
        if not -value.rank < axis < value.rank or axis == 0:
            raise LayerError(
                "MS203",
                f"axis is {axis}; an input of {format_shape(value.shape)} has axes 1 to {value.rank - 1} after the batch",
            )
        size = value.shape[self.axis_of(value) - 1]
        if not isinstance(size, int):
            raise LayerError(
                "MS501",
                f'BatchNormalization needs a known size along axis {axis}, but it is "{size}"',
                "normalize the channels",
            )
        return size


LAYERS: tuple[type[Layer], ...] = (BatchNormalization,)
