"""Depthwise convolutions, which keep channels apart, and separable ones, which mix them with a 1x1 convolution afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar, Literal

from modelspec.layers.base import LayerError, Part, Weight
from modelspec.layers.constraints import Constraint
from modelspec.layers.convolution import (
    Conv1D,
    Conv2D,
    Conv3D,
    Convolution,
    Window,
    Window1D,
    Window2D,
    Window3D,
    not_both_strided_and_dilated,
)
from modelspec.layers.fields import Positive
from modelspec.layers.folding import AffineMap, Array, Merged
from modelspec.layers.initializers import GLOROT_UNIFORM, Initializer
from modelspec.layers.regularizers import Regularizer
from modelspec.tensors import TensorType


class WithDepthwiseKernel(Window):
    """A layer that convolves every input channel with kernels of its own."""

    depth_multiplier: Positive = 1
    """The number of depthwise outputs for each input channel."""
    depthwise_initializer: Initializer = GLOROT_UNIFORM
    """How the depthwise kernel starts."""
    depthwise_regularizer: Regularizer = None
    """The penalty on the depthwise kernel."""
    depthwise_constraint: Constraint = None
    """What the depthwise kernel is projected to after each training step."""

    def depthwise_kernel(self, name: str, channels: int) -> Weight:
        """Return the kernel for so many input channels."""
        return self.own_weight(name, (*self.kernel_size, channels, self.depth_multiplier), "depthwise")

    def refuse_strides(self) -> None:
        """Raise LayerError for strides that Keras cannot compute a depthwise convolution with."""
        if self.spatial_rank == 3:
            not_both_strided_and_dilated(self)
        elif len(set(self.strides)) > 1:
            raise LayerError(
                "MS203",
                f"strides is {list(self.strides)}; a depthwise convolution takes the same step in height and width",
                "TensorFlow has no depthwise convolution with unequal strides",
            )


class Depthwise(WithDepthwiseKernel):
    """A convolution of every channel by itself: output channel ``i * depth_multiplier + j`` is input channel ``i`` under its
    ``j``-th kernel."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        self.refuse_strides()
        filters = self.channels(value) * self.depth_multiplier
        return TensorType(self.join(self.windows(value), filters), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        channels = self.channels(inputs[0])
        return (self.depthwise_kernel("kernel", channels), *self.bias(channels * self.depth_multiplier))

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return output.elements * prod(self.kernel_size)

    def followed_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        if not self.can_be_followed_by(affine, inputs[0]):
            return None
        filters = self.channels(inputs[0]) * self.depth_multiplier
        return self.scaled_outputs(affine, filters, lambda kernel, factor: kernel * factor.reshape(kernel.shape[-2:]))

    def preceded_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        if not self.can_be_preceded_by(affine, inputs[0]):
            return None

        def summed(weighted: Array) -> Array:
            return weighted.sum(axis=tuple(range(weighted.ndim - 2))).reshape(-1)

        return self.scaled_inputs(affine, self.channels(inputs[0]), lambda kernel, factor: kernel * factor[:, None], summed)


class DepthwiseConv1D(Window1D, Depthwise):
    """Depthwise 1D convolution, as ``keras.layers.DepthwiseConv1D``: kernel ``(k, in, depth_multiplier)``; output channel
    ``i * depth_multiplier + j`` is input channel ``i`` under its ``j``-th kernel."""

    type: Literal["DepthwiseConv1D"] = "DepthwiseConv1D"


class DepthwiseConv2D(Window2D, Depthwise):
    """Depthwise 2D convolution, as ``keras.layers.DepthwiseConv2D``: kernel ``(kh, kw, in, depth_multiplier)``;
    output channel ``i * depth_multiplier + j`` is input channel ``i`` under its ``j``-th kernel."""

    type: Literal["DepthwiseConv2D"] = "DepthwiseConv2D"


class DepthwiseConv3D(Window3D, Depthwise):
    """Depthwise 3D convolution, in Keras a ``keras.layers.Conv3D`` with a group for each channel: kernel
    ``(kd, kh, kw, in, depth_multiplier)``; output channel ``i * depth_multiplier + j`` is input channel ``i`` under its
    ``j``-th kernel."""

    type: Literal["DepthwiseConv3D"] = "DepthwiseConv3D"


class Separable(WithDepthwiseKernel):
    """A depthwise convolution, then a 1x1 convolution with bias and activation (Chollet 2017)."""

    depthwise_part: ClassVar[type[Depthwise]]
    """The first layer of the decomposition."""
    pointwise_part: ClassVar[type[Convolution]]
    """The second."""

    filters: Positive
    """The number of output channels."""
    pointwise_initializer: Initializer = GLOROT_UNIFORM
    """How the 1x1 kernel starts."""
    pointwise_regularizer: Regularizer = None
    """The penalty on the 1x1 kernel."""
    pointwise_constraint: Constraint = None
    """What the 1x1 kernel is projected to after each training step."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        self.refuse_strides()
        self.channels(value)
        return TensorType(self.join(self.windows(value), self.filters), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        channels = self.channels(inputs[0])
        one = (1,) * self.spatial_rank
        return (
            self.depthwise_kernel("depthwise_kernel", channels),
            self.own_weight("pointwise_kernel", (*one, channels * self.depth_multiplier, self.filters), "pointwise"),
            *self.bias(self.filters),
        )

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        inner = self.channels(inputs[0]) * self.depth_multiplier
        positions = output.elements // self.filters
        return positions * inner * (prod(self.kernel_size) + self.filters)

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        between = output.elements // self.filters * self.channels(inputs[0]) * self.depth_multiplier
        return super().inner_elements(inputs, output) + between

    def decompose(self, inputs: Sequence[TensorType]) -> tuple[Part, ...]:
        depthwise = self.depthwise_part(
            kernel_size=self.kernel_size,
            strides=self.strides,
            padding=self.padding,
            dilation_rate=self.dilation_rate,
            data_format=self.data_format,
            depth_multiplier=self.depth_multiplier,
            depthwise_initializer=self.depthwise_initializer,
            depthwise_regularizer=self.depthwise_regularizer,
            depthwise_constraint=self.depthwise_constraint,
            use_bias=False,
            trainable=self.trainable,
        )
        one = (1,) * self.spatial_rank
        pointwise = self.pointwise_part(
            filters=self.filters,
            kernel_size=one,
            strides=one,
            dilation_rate=one,
            data_format=self.data_format,
            kernel_initializer=self.pointwise_initializer,
            kernel_regularizer=self.pointwise_regularizer,
            kernel_constraint=self.pointwise_constraint,
            use_bias=self.use_bias,
            bias_initializer=self.bias_initializer,
            bias_regularizer=self.bias_regularizer,
            bias_constraint=self.bias_constraint,
            activation=self.activation,
            activity_regularizer=self.activity_regularizer,
            trainable=self.trainable,
        )
        return (
            Part("depthwise", depthwise, {"kernel": "depthwise_kernel"}),
            Part("pointwise", pointwise, {"kernel": "pointwise_kernel", "bias": "bias"}),
        )


class SeparableConv1D(Window1D, Separable):
    """Depthwise 1D convolution, then a convolution of size 1 with bias and activation, as ``keras.layers.SeparableConv1D``."""

    type: Literal["SeparableConv1D"] = "SeparableConv1D"
    depthwise_part = DepthwiseConv1D
    pointwise_part = Conv1D


class SeparableConv2D(Window2D, Separable):
    """Depthwise 2D convolution, then a 1x1 convolution with bias and activation, as ``keras.layers.SeparableConv2D``
    (Chollet 2017)."""

    type: Literal["SeparableConv2D"] = "SeparableConv2D"
    depthwise_part = DepthwiseConv2D
    pointwise_part = Conv2D


class SeparableConv3D(Window3D, Separable):
    """Depthwise 3D convolution, then a 1x1x1 convolution with bias and activation; Keras, which has no such layer, gets the
    two."""

    type: Literal["SeparableConv3D"] = "SeparableConv3D"
    depthwise_part = DepthwiseConv3D
    pointwise_part = Conv3D
