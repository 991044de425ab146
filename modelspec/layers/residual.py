"""Scaled and stochastic residual branches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from modelspec.layers.base import Elementwise, Weight, floating
from modelspec.layers.constraints import Constraint
from modelspec.layers.initializers import Constant, Initializer
from modelspec.layers.merging import Merge
from modelspec.layers.normalization import AlongChannels
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

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        self.size(value)
        return value

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        return (
            Weight(
                "gamma",
                (self.size(inputs[0]),),
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            ),
        )

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return output.elements


class StochasticDepth(Elementwise):
    """Sets whole examples to 0 in training, each with the probability ``rate``, and scales the others by ``1 / (1 - rate)``: at
    the end of a residual branch it drops the branch (Huang et al. 2016). Keras has no such layer."""

    type: Literal["StochasticDepth"] = "StochasticDepth"
    rate: Annotated[float, Field(ge=0, le=1)]
    """The share of the examples that is dropped."""
    seed: int | None = None
    """The seed of the choice."""

    def noise_shape(self, rank: int) -> tuple[int | None, ...]:
        """Return the shape of the mask, batch included, where null takes the input's size."""
        return (None, *[1] * (rank - 1))


class ScaledAdd(Merge):
    """``x + scale * y``: a residual branch ``y`` with a fixed factor, as in Inception-ResNet (Szegedy et al. 2017); sizes of 1
    broadcast. Keras has no such layer."""

    type: Literal["ScaledAdd"] = "ScaledAdd"
    arity: ClassVar[tuple[int, int | None]] = (2, 2)
    scale: float
    """The factor of the second input."""
