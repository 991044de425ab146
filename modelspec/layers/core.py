"""Dense, and activation functions as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from modelspec.layers.activations import ActivationField
from modelspec.layers.base import Layer, LayerError, Weight, floating
from modelspec.layers.fields import Positive
from modelspec.layers.weighted import WithActivation, WithBias, WithKernel
from modelspec.tensors import TensorType, format_shape


class Dense(WithActivation, WithBias, WithKernel):
    """``activation(x @ kernel + bias)`` along the last axis, as ``keras.layers.Dense``: kernel ``(in, units)``."""

    type: Literal["Dense"] = "Dense"
    units: Positive
    """The size of the output's last axis."""

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
        return (self.kernel((size, self.units)), *self.bias(self.units))

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


LAYERS: tuple[type[Layer], ...] = (Activation, Dense)
