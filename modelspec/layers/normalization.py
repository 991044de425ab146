"""Normalization layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from modelspec.layers.axes import AlongAxes, AlongChannels, WeightedAxes
from modelspec.layers.base import Layer, LayerError, Weight
from modelspec.layers.constraints import Constraint
from modelspec.layers.fields import Axes, Float32, Positive
from modelspec.layers.folding import AffineMap, Array, Formula, Merged, Numbers, Own
from modelspec.layers.initializers import ONES, ZEROS, Initializer
from modelspec.layers.regularizers import Regularizer
from modelspec.tensors import TensorType, float32


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
        return (self.own_weight("gamma", shape),) if self.scale else ()

    def beta(self, *shape: int) -> tuple[Weight, ...]:
        """Return ``beta`` where the layer has one."""
        return (self.own_weight("beta", shape),) if self.center else ()


class BatchNormalization(AlongChannels, Affine):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` along an axis, as ``keras.layers.BatchNormalization``
    (Ioffe and Szegedy 2015): the statistics of the batch in training, their moving averages otherwise. The moving variance
    is biased, as in Keras."""

    type: Literal["BatchNormalization"] = "BatchNormalization"
    trainable: bool = True
    """Whether training changes the weights. One that is not trainable also normalizes with its moving statistics in training,
    as in Keras."""
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

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        size = self.size(inputs[0])
        return (
            *self.gamma(size),
            *self.beta(size),
            Weight("moving_mean", (size,), self.moving_mean_initializer, trainable=False),
            Weight("moving_variance", (size,), self.moving_variance_initializer, trainable=False),
        )

    def affine(self, inputs: Sequence[TensorType]) -> AffineMap | None:
        def numbers(own: Own) -> Numbers:
            factor = own.get("gamma", 1.0) / (own["moving_variance"] + self.epsilon) ** 0.5
            return Numbers(factor, own.get("beta", 0.0) - own["moving_mean"] * factor)

        return AffineMap(self.axis_of(inputs[0]), True, numbers)

    def followed_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        return self._merged(
            affine,
            inputs[0],
            gamma=lambda own, by: own.get("gamma", 1.0) * by.factor,
            beta=lambda own, by: own.get("beta", 0.0) * by.factor + by.offset,
        )

    def preceded_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        def beta(own: Own, by: Numbers) -> Array:
            slope = own.get("gamma", 1.0) / (own["moving_variance"] + self.epsilon) ** 0.5
            return own.get("beta", 0.0) + slope * (by.offset - own["moving_mean"])

        return self._merged(
            affine,
            inputs[0],
            gamma=lambda own, by: own.get("gamma", 1.0) * by.factor,
            beta=beta,
            moving_mean=lambda own, _: own["moving_mean"] * 0.0,
        )

    def _merged(self, affine: AffineMap, value: TensorType, **arrays: Formula) -> Merged | None:
        if affine.axis not in (None, self.axis_of(value)):
            return None
        return Merged(self.model_copy(update={"center": True, "scale": True}), self.size(value), arrays)


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
        value = super().infer(inputs)
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


class LayerNormalization(WeightedAxes, Affine):
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` with the mean and variance along the axes, of each example and
    each place by itself, as ``keras.layers.LayerNormalization`` (Ba et al. 2016). ``gamma`` and ``beta`` have the sizes of the
    axes, in ascending order."""

    type: Literal["LayerNormalization"] = "LayerNormalization"
    epsilon: Annotated[Float32, Field(gt=0)] = float32(0.001)
    """Added to the variance."""

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        sizes = self.sizes(inputs[0])
        return (*self.gamma(*sizes), *self.beta(*sizes))


class RMSNormalization(WeightedAxes):
    """``scale * x / sqrt(mean(x ** 2) + epsilon)`` with the mean along the axes, as ``keras.layers.RMSNormalization``
    (Zhang and Sennrich 2019). ``scale`` has the sizes of the axes, in ascending order."""

    type: Literal["RMSNormalization"] = "RMSNormalization"
    epsilon: Annotated[Float32, Field(gt=0)] = float32(1e-6)
    """Added to the mean of the squares."""

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        return (Weight("scale", self.sizes(inputs[0]), ONES),)


class UnitNormalization(AlongAxes):
    """``x / max(norm(x), 1e-12)`` with the L2 norm along the axes, as ``keras.layers.UnitNormalization``."""

    type: Literal["UnitNormalization"] = "UnitNormalization"
    axis: Axes = -1
    """The axis, or a list of axes, that the norm is taken along, counted with the batch as 0."""
