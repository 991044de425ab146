"""Dense, and the activations that are layers of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from modelspec.layers.activations import LINEAR, ActivationField
from modelspec.layers.base import Elementwise, Layer, LayerError, Weight, floating
from modelspec.layers.fields import Float32, Positive
from modelspec.layers.initializers import GLOROT_UNIFORM, ZEROS, Initializer
from modelspec.tensors import TensorType, format_shape


class Dense(Layer):
    """``activation(x @ kernel + bias)`` along the last axis, as ``keras.layers.Dense``: kernel ``(in, units)``."""

    type: Literal["Dense"] = "Dense"
    units: Positive
    """The size of the output's last axis."""
    activation: ActivationField = LINEAR
    """The function applied to the output."""
    use_bias: bool = True
    """Whether a bias is added."""
    kernel_initializer: Initializer = GLOROT_UNIFORM
    """How the kernel starts."""
    bias_initializer: Initializer = ZEROS
    """How the bias starts."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        if not value.shape or not isinstance(value.shape[-1], int):
            raise LayerError(
                "MS501",
                f"Dense needs a known size along the last axis, but its input is {format_shape(value.shape)}",
                "give the input fixed sizes, or reduce the unknown ones with a global pooling before it",
            )
        self.activation.check(value.rank)
        return TensorType((*value.shape[:-1], self.units), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        size = inputs[0].shape[-1]
        assert isinstance(size, int)
        bias = (Weight("bias", (self.units,), self.bias_initializer),) if self.use_bias else ()
        return (Weight("kernel", (size, self.units), self.kernel_initializer), *bias)

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        size = inputs[0].shape[-1]
        return output.elements * (size if isinstance(size, int) else 1)


class Activation(Layer):
    """An activation function as a layer of its own, as ``keras.layers.Activation``."""

    type: Literal["Activation"] = "Activation"
    activation: ActivationField
    """The function."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        self.activation.check(inputs[0].rank)
        return floating(self, inputs[0])

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        activation = self.activation.permuted(axes)
        return self.model_copy(update={"activation": activation}) if activation else None


class ReLU(Elementwise):
    """``min(x, max_value)`` where ``x > threshold``, else ``negative_slope * (x - threshold)``, as ``keras.layers.ReLU``."""

    type: Literal["ReLU"] = "ReLU"
    max_value: Annotated[Float32, Field(ge=0)] | None = None
    """The largest output; null is no limit."""
    negative_slope: Annotated[Float32, Field(ge=0)] = 0.0
    """The slope at and below the threshold."""
    threshold: Annotated[Float32, Field(ge=0)] = 0.0
    """The input above which it passes through."""
