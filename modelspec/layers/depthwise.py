"""Depthwise convolutions, which keep channels apart, and separable ones, which mix them with a 1x1 convolution afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

from modelspec.layers.base import Layer, LayerError, Part, Weight
from modelspec.layers.constraints import Constraint
from modelspec.layers.convolution import Conv2D, Window, not_both_strided_and_dilated
from modelspec.layers.fields import Positive, Size2D
from modelspec.layers.initializers import GLOROT_UNIFORM, Initializer
from modelspec.layers.regularizers import Regularizer
from modelspec.tensors import TensorType


class DepthwiseConv2D(Window):
    """Depthwise 2D convolution, as ``keras.layers.DepthwiseConv2D``: kernel ``(kh, kw, in, depth_multiplier)``;
    output channel ``i * depth_multiplier + j`` is input channel ``i`` under its ``j``-th kernel."""

    type: Literal["DepthwiseConv2D"] = "DepthwiseConv2D"
    kernel_size: Size2D
    """Height and width of the kernel."""
    depth_multiplier: Positive = 1
    """The number of output channels for each input channel."""
    depthwise_initializer: Initializer = GLOROT_UNIFORM
    """How the kernel starts."""
    depthwise_regularizer: Regularizer = None
    """The penalty on the kernel."""
    depthwise_constraint: Constraint = None
    """What the kernel is projected to after each training step."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        _equal_strides(self)
        filters = self.channels(value) * self.depth_multiplier
        return TensorType(self.join(self.windows(value, self.kernel_size), filters), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        channels = self.channels(inputs[0])
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        return (_depthwise(self, "kernel", shape), *self.bias(channels * self.depth_multiplier))

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return output.elements * prod(self.kernel_size)


class SeparableConv2D(Window):
    """Depthwise 2D convolution, then a 1x1 convolution with bias and activation, as ``keras.layers.SeparableConv2D``
    (Chollet 2017)."""

    type: Literal["SeparableConv2D"] = "SeparableConv2D"
    filters: Positive
    """The number of output channels."""
    kernel_size: Size2D
    """Height and width of the depthwise kernel."""
    depth_multiplier: Positive = 1
    """The number of depthwise outputs for each input channel."""
    depthwise_initializer: Initializer = GLOROT_UNIFORM
    """How the depthwise kernel starts."""
    depthwise_regularizer: Regularizer = None
    """The penalty on the depthwise kernel."""
    depthwise_constraint: Constraint = None
    """What the depthwise kernel is projected to after each training step."""
    pointwise_initializer: Initializer = GLOROT_UNIFORM
    """How the 1x1 kernel starts."""
    pointwise_regularizer: Regularizer = None
    """The penalty on the 1x1 kernel."""
    pointwise_constraint: Constraint = None
    """What the 1x1 kernel is projected to after each training step."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        _equal_strides(self)
        not_both_strided_and_dilated(self)
        self.channels(value)
        return TensorType(self.join(self.windows(value, self.kernel_size), self.filters), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        channels = self.channels(inputs[0])
        return (
            _depthwise(self, "depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier)),
            Weight(
                "pointwise_kernel",
                (1, 1, channels * self.depth_multiplier, self.filters),
                self.pointwise_initializer,
                regularizer=self.pointwise_regularizer,
                constraint=self.pointwise_constraint,
            ),
            *self.bias(self.filters),
        )

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        inner = self.channels(inputs[0]) * self.depth_multiplier
        positions = output.elements // self.filters
        return positions * inner * (prod(self.kernel_size) + self.filters)

    def decompose(self, inputs: Sequence[TensorType]) -> tuple[Part, ...]:
        depthwise = DepthwiseConv2D(
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
        pointwise = Conv2D(
            filters=self.filters,
            kernel_size=(1, 1),
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


def _depthwise(layer: DepthwiseConv2D | SeparableConv2D, name: str, shape: tuple[int, ...]) -> Weight:
    return Weight(
        name,
        shape,
        layer.depthwise_initializer,
        regularizer=layer.depthwise_regularizer,
        constraint=layer.depthwise_constraint,
    )


def _equal_strides(layer: Window) -> None:
    if layer.strides[0] != layer.strides[1]:
        raise LayerError(
            "MS203",
            f"strides is {list(layer.strides)}; a depthwise convolution takes the same step in height and width",
            "TensorFlow has no depthwise convolution with unequal strides",
        )


LAYERS: tuple[type[Layer], ...] = (DepthwiseConv2D, SeparableConv2D)
