"""Convolution layers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import ClassVar, Literal

from modelspec.geometry import Padding, WindowPadding, output_size, padded_size, padding_amounts
from modelspec.layers.base import Layer, LayerError, Spatial, Weight
from modelspec.layers.fields import Positive, Size1D, Size2D, Size3D, Sizes
from modelspec.layers.folding import AffineMap, Array, Merged
from modelspec.layers.weighted import WithActivation, WithBias, WithKernel
from modelspec.tensors import Shape, TensorType, format_shape


class Window(WithActivation, WithBias, Spatial):
    """A layer that slides a kernel over its input."""

    kernel_size: Sizes
    """The size of the kernel along each spatial axis."""
    strides: Sizes
    """The step of the window along each spatial axis."""
    padding: Padding = "valid"
    """``valid`` pads nothing; ``same`` pads with zeros to ``ceil(size / stride)`` outputs, the odd one at the end."""
    dilation_rate: Sizes
    """The distance between the elements of the kernel."""

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        layer, activation = super().permuted(axes), self.activation.permuted(axes)
        return layer.model_copy(update={"activation": activation}) if layer and activation else None

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        sizes = zip(self.split(inputs[0].shape)[0], self.kernel_size, self.strides, self.dilation_rate, strict=True)
        return self.surplus(inputs[0], [padded_size(n, k, s, d, self.padding) for n, k, s, d in sizes])

    def pads(self, value: TensorType) -> bool:
        """Return whether zeros may stand around the input."""
        sizes = zip(self.split(value.shape)[0], self.kernel_size, self.strides, self.dilation_rate, strict=True)
        return any(padding_amounts(n, k, s, d, self.padding) != (0, 0) for n, k, s, d in sizes)

    def can_be_followed_by(self, affine: AffineMap, value: TensorType) -> bool:
        """Return whether an affine layer works along the output's channels, with no activation before it."""
        return affine.axis in (None, self.channel_axis(value)) and self.activation.is_identity

    def can_be_preceded_by(self, affine: AffineMap, value: TensorType) -> bool:
        """Return whether an affine layer works along the input's channels, and no padding would have to get its offset."""
        return affine.axis in (None, self.channel_axis(value)) and not (affine.shifts and self.pads(value))

    def windows(self, value: TensorType) -> Shape:
        """Return the spatial size of the output, or raise LayerError where the kernel does not fit."""
        self.activation.check(value.rank)
        sizes = self.split(value.shape)[0]
        result = tuple(
            output_size(n, k, s, d, self.padding)
            for n, k, s, d in zip(sizes, self.kernel_size, self.strides, self.dilation_rate, strict=True)
        )
        if any(isinstance(size, int) and size < 1 for size in result):
            sides = "x".join(map(str, self.kernel_size))
            raise LayerError(
                "MS504",
                (f"a {sides} kernel" if self.spatial_rank > 1 else f"a kernel of {sides}")
                + (f" dilated by {list(self.dilation_rate)}" if max(self.dilation_rate) > 1 else "")
                + f" does not fit an input of {format_shape(value.shape)}",
                'use padding "same", a smaller kernel, or less downsampling before it',
            )
        return result


class Window1D(Window):
    """A window along one spatial axis."""

    spatial_rank: ClassVar[int] = 1
    kernel_size: Size1D
    strides: Size1D = (1,)
    dilation_rate: Size1D = (1,)


class Window2D(Window):
    """A window along height and width."""

    spatial_rank: ClassVar[int] = 2
    kernel_size: Size2D
    strides: Size2D = (1, 1)
    dilation_rate: Size2D = (1, 1)


class Window3D(Window):
    """A window along depth, height and width."""

    spatial_rank: ClassVar[int] = 3
    kernel_size: Size3D
    strides: Size3D = (1, 1, 1)
    dilation_rate: Size3D = (1, 1, 1)


class Convolution(WithKernel, Window):
    """A cross-correlation of every input channel of a group with every output channel of it."""

    filters: Positive
    """The number of output channels."""
    groups: Positive = 1
    """The number of groups that the channels are split into; each sees only its own inputs."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        not_both_strided_and_dilated(self)
        channels = self.channels(value)
        for what, size in (("input channels", channels), ("filters", self.filters)):
            if size % self.groups:
                message = f"groups is {self.groups}, but {size} {what} cannot be split into {self.groups} groups of equal size"
                raise LayerError("MS501", message)
        return TensorType(self.join(self.windows(value), self.filters), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        shape = (*self.kernel_size, self.channels(inputs[0]) // self.groups, self.filters)
        return (self.kernel(shape), *self.bias(self.filters))

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return output.elements * prod(self.kernel_size) * self.channels(inputs[0]) // self.groups

    def followed_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        if not self.can_be_followed_by(affine, inputs[0]):
            return None
        return self.scaled_outputs(affine, self.filters, lambda kernel, factor: kernel * factor)

    def preceded_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        if not self.can_be_preceded_by(affine, inputs[0]):
            return None

        def scaled(kernel: Array, factor: Array) -> Array:
            by_group = factor.reshape(self.groups, -1).repeat(self.filters // self.groups, axis=0)
            return kernel * by_group.T

        def summed(weighted: Array) -> Array:
            return weighted.sum(axis=tuple(range(weighted.ndim - 1)))

        return self.scaled_inputs(affine, self.channels(inputs[0]), scaled, summed)


class Conv1D(Window1D, Convolution):
    """1D convolution (cross-correlation), as ``keras.layers.Conv1D``: kernel ``(k, in / groups, filters)``."""

    type: Literal["Conv1D"] = "Conv1D"
    padding: WindowPadding = "valid"  # pyright: ignore[reportIncompatibleVariableOverride]  (one choice more than the others)
    """``valid`` pads nothing; ``same`` pads with zeros to ``ceil(size / stride)`` outputs, the odd one at the end; ``causal``
    puts all zeros at the start, so that no output sees a later input."""


class Conv2D(Window2D, Convolution):
    """2D convolution (cross-correlation), as ``keras.layers.Conv2D``: kernel ``(kh, kw, in / groups, filters)``."""

    type: Literal["Conv2D"] = "Conv2D"


class Conv3D(Window3D, Convolution):
    """3D convolution (cross-correlation), as ``keras.layers.Conv3D``: kernel ``(kd, kh, kw, in / groups, filters)``."""

    type: Literal["Conv3D"] = "Conv3D"


def not_both_strided_and_dilated(layer: Window) -> None:
    """Raise LayerError where a convolution is both, which Keras refuses."""
    if max(layer.strides) > 1 and max(layer.dilation_rate) > 1:
        raise LayerError(
            "MS203",
            f"strides is {list(layer.strides)} and dilation_rate is {list(layer.dilation_rate)}; one of them must be 1",
            "Keras refuses both at once",
        )
