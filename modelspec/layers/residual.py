"""Scaled and stochastic residual branches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from modelspec.layers.axes import AlongChannels
from modelspec.layers.base import Elementwise, Weight
from modelspec.layers.constraints import Constraint
from modelspec.layers.fields import InFloat32, Share
from modelspec.layers.folding import AffineMap, Numbers
from modelspec.layers.initializers import Constant, Initializer
from modelspec.layers.merging import Merge
from modelspec.layers.regularizers import Regularizer
from modelspec.tensors import TensorType


class LayerScale(AlongChannels):
    """``gamma * x`` with one trainable factor for each channel, small at the start, as ConvNeXt and CaiT end a residual branch
    (Touvron et al. 2021). Keras has no such layer."""

    type: Literal["LayerScale"] = "LayerScale"
    gamma_initializer: Initializer = Constant.model_construct(value=1e-6)
    """How ``gamma`` starts."""
    gamma_regularizer: Regularizer = None
    """The penalty on ``gamma``."""
    gamma_constraint: Constraint = None
    """What ``gamma`` is projected to after each training step."""

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        return (self.own_weight("gamma", (self.size(inputs[0]),)),)

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return output.elements

    def affine(self, inputs: Sequence[TensorType]) -> AffineMap | None:
        return AffineMap(self.axis_of(inputs[0]), False, lambda own: Numbers(own["gamma"], own["gamma"] * 0.0))


class StochasticDepth(Elementwise):
    """Sets whole examples to 0 in training, each with the probability ``rate``, and scales the others by ``1 / (1 - rate)``: at
    the end of a residual branch it drops the branch (Huang et al. 2016). Keras has no such layer."""

    type: Literal["StochasticDepth"] = "StochasticDepth"
    chance: ClassVar[tuple[str, ...]] = ("rate",)
    rate: Share
    """The share of the examples that is dropped."""
    seed: int | None = None
    """The seed of the choice."""

    def noise_shape(self, rank: int) -> tuple[int | None, ...]:
        """Return the shape of the mask, batch included, where null takes the input's size."""
        return (None, *[1] * (rank - 1))

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return True


class ScaledAdd(Merge):
    """``x + scale * y``: a residual branch ``y`` with a fixed factor, as in Inception-ResNet (Szegedy et al. 2017); sizes of 1
    broadcast. Keras has no such layer."""

    type: Literal["ScaledAdd"] = "ScaledAdd"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    scale: InFloat32
    """The factor of the second input."""
