"""Convolution layers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

from modelspec.geometry import Padding, output_size
from modelspec.layers.activations import LINEAR, ActivationField
from modelspec.layers.base import Layer, LayerError, Part, Spatial, Weight
from modelspec.layers.fields import Positive, Size2D
from modelspec.layers.initializers import GLOROT_UNIFORM, ZEROS, Initializer
from modelspec.tensors import Shape, TensorType, format_shape


class Window(Spatial):
    """A layer that slides a window over its input."""

    strides: Size2D = (1, 1)
    """The step of the window along height and width."""
    padding: Padding = "valid"
    """``valid`` pads nothing; ``same`` pads with zeros to ``ceil(size / stride)`` outputs, the odd one at the end."""
    dilation_rate: Size2D = (1, 1)
    """The distance between the elements of the kernel."""
    activation: ActivationField = LINEAR
    """The function applied to the output."""
    use_bias: bool = True
    """Whether a bias is added."""
    bias_initializer: Initializer = ZEROS
    """How the bias starts."""

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        layer, activation = super().permuted(axes), self.activation.permuted(axes)
        return layer.model_copy(update={"activation": activation}) if layer and activation else None

    def windows(self, value: TensorType, kernel: tuple[int, ...]) -> Shape:
        """Return the spatial size of the output, or raise LayerError where the kernel does not fit."""
        self.activation.check(value.rank)
        sizes = self.split(value.shape)[0]
        result = tuple(
            output_size(n, k, s, d, self.padding)
            for n, k, s, d in zip(sizes, kernel, self.strides, self.dilation_rate, strict=True)
        )
        if any(isinstance(size, int) and size < 1 for size in result):
            raise LayerError(
                "MS504",
                f"a {'x'.join(map(str, kernel))} kernel"
                + (f" dilated by {list(self.dilation_rate)}" if max(self.dilation_rate) > 1 else "")
                + f" does not fit an input of {format_shape(value.shape)}",
                'use padding "same", a smaller kernel, or less downsampling before it',
            )
        return result

    def bias(self, size: int) -> tuple[Weight, ...]:
        """Return the bias where the layer has one."""
        return (Weight("bias", (size,), self.bias_initializer),) if self.use_bias else ()


class Conv2D(Window):
    """2D convolution (cross-correlation), as ``keras.layers.Conv2D``: kernel ``(kh, kw, in / groups, filters)``."""

    type: Literal["Conv2D"] = "Conv2D"
    filters: Positive
    """The number of output channels."""
    kernel_size: Size2D
    """Height and width of the kernel."""
    groups: Positive = 1
    """The number of groups that the channels are split into; each sees only its own inputs."""
    kernel_initializer: Initializer = GLOROT_UNIFORM
    """How the kernel starts."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        _not_both(self)
        channels = self.channels(value)
        for what, size in (("input channels", channels), ("filters", self.filters)):
            if size % self.groups:
                raise LayerError("MS501", f"{size} {what} cannot be split into {self.groups} groups of equal size")
        return TensorType(self.join(self.windows(value, self.kernel_size), self.filters), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        shape = (*self.kernel_size, self.channels(inputs[0]) // self.groups, self.filters)
        return (Weight("kernel", shape, self.kernel_initializer), *self.bias(self.filters))

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return output.elements * prod(self.kernel_size) * self.channels(inputs[0]) // self.groups


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

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        _equal_strides(self)
        filters = self.channels(value) * self.depth_multiplier
        return TensorType(self.join(self.windows(value, self.kernel_size), filters), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        channels = self.channels(inputs[0])
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        return (Weight("kernel", shape, self.depthwise_initializer), *self.bias(channels * self.depth_multiplier))

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
    pointwise_initializer: Initializer = GLOROT_UNIFORM
    """How the 1x1 kernel starts."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        _equal_strides(self)
        _not_both(self)
        self.channels(value)
        return TensorType(self.join(self.windows(value, self.kernel_size), self.filters), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        channels = self.channels(inputs[0])
        return (
            Weight("depthwise_kernel", (*self.kernel_size, channels, self.depth_multiplier), self.depthwise_initializer),
            Weight("pointwise_kernel", (1, 1, channels * self.depth_multiplier, self.filters), self.pointwise_initializer),
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
            use_bias=False,
            trainable=self.trainable,
        )
        pointwise = Conv2D(
            filters=self.filters,
            kernel_size=(1, 1),
            data_format=self.data_format,
            kernel_initializer=self.pointwise_initializer,
            use_bias=self.use_bias,
            bias_initializer=self.bias_initializer,
            activation=self.activation,
            trainable=self.trainable,
        )
        return (
            Part("depthwise", depthwise, {"kernel": "depthwise_kernel"}),
            Part("pointwise", pointwise, {"kernel": "pointwise_kernel", "bias": "bias"}),
        )


def _not_both(layer: Window) -> None:
    if max(layer.strides) > 1 and max(layer.dilation_rate) > 1:
        raise LayerError(
            "MS203",
            f"strides is {list(layer.strides)} and dilation_rate is {list(layer.dilation_rate)}; one of them must be 1",
            "Keras refuses both at once",
        )


def _equal_strides(layer: Window) -> None:
    if layer.strides[0] != layer.strides[1]:
        raise LayerError(
            "MS203",
            f"strides is {list(layer.strides)}; a depthwise convolution takes the same step in height and width",
            "TensorFlow has no depthwise convolution with unequal strides",
        )
