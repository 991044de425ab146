"""Convolution layers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

from modelspec.geometry import Padding, output_size
from modelspec.layers.base import Layer, LayerError, Spatial, Weight
from modelspec.layers.fields import Positive, Size2D
from modelspec.layers.weighted import WithActivation, WithBias, WithKernel
from modelspec.tensors import Shape, TensorType, format_shape


class Window(WithActivation, WithBias, Spatial):
    """A layer that slides a window over its input."""

    strides: Size2D = (1, 1)
    """The step of the window along height and width."""
    padding: Padding = "valid"
    """``valid`` pads nothing; ``same`` pads with zeros to ``ceil(size / stride)`` outputs, the odd one at the end."""
    dilation_rate: Size2D = (1, 1)
    """The distance between the elements of the kernel."""

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


class Conv2D(WithKernel, Window):
    """2D convolution (cross-correlation), as ``keras.layers.Conv2D``: kernel ``(kh, kw, in / groups, filters)``."""

    type: Literal["Conv2D"] = "Conv2D"
    filters: Positive
    """The number of output channels."""
    kernel_size: Size2D
    """Height and width of the kernel."""
    groups: Positive = 1
    """The number of groups that the channels are split into; each sees only its own inputs."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        not_both_strided_and_dilated(self)
        channels = self.channels(value)
        for what, size in (("input channels", channels), ("filters", self.filters)):
            if size % self.groups:
                raise LayerError("MS501", f"{size} {what} cannot be split into {self.groups} groups of equal size")
        return TensorType(self.join(self.windows(value, self.kernel_size), self.filters), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        shape = (*self.kernel_size, self.channels(inputs[0]) // self.groups, self.filters)
        return (self.kernel(shape), *self.bias(self.filters))

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return output.elements * prod(self.kernel_size) * self.channels(inputs[0]) // self.groups


def not_both_strided_and_dilated(layer: Window) -> None:
    """Raise LayerError where a convolution is both, which Keras refuses."""
    if max(layer.strides) > 1 and max(layer.dilation_rate) > 1:
        raise LayerError(
            "MS203",
            f"strides is {list(layer.strides)} and dilation_rate is {list(layer.dilation_rate)}; one of them must be 1",
            "Keras refuses both at once",
        )


LAYERS: tuple[type[Layer], ...] = (Conv2D,)
