"""Gated layers for modelspec. Importing this module loads no framework: the rules are named and found when they are needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from modelspec.layers.activations import ActivationField, Relu
from modelspec.layers.base import Layer, LayerError, Part, Weight, floating
from modelspec.layers.core import Dense
from modelspec.layers.fields import Positive
from modelspec.layers.initializers import GLOROT_UNIFORM, ZEROS, Initializer
from modelspec.layers.weighted import WithBias, WithKernel
from modelspec.tensors import TensorType, format_shape


class GatedUnit(WithBias, WithKernel):
    """``a * sigmoid(b)``, where ``a`` and ``b`` are the halves of ``x @ kernel + bias`` along the last axis: a gated linear
    unit (Dauphin et al. 2017). The kernel is ``(in, 2 units)``."""

    type: Literal["GatedUnit"] = "GatedUnit"
    units: Positive
    """The size of the output's last axis."""

    lowerings: ClassVar[Mapping[str, str]] = {
        "keras": "modelspec_gated.keras_rules:gated_unit",
        "onnx": "modelspec_gated.onnx_rules:gated_unit",
        "torch": "modelspec_gated.torch_rules:gated_unit",
    }

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        _last(self, value)
        return TensorType((*value.shape[:-1], self.units), value.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        return (self.kernel((_last(self, inputs[0]), 2 * self.units)), *self.bias(2 * self.units))

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return 2 * output.elements * _last(self, inputs[0])


class FeedForward(Layer):
    """``activation(x @ first + a) @ second + b``: the position-wise network of a transformer (Vaswani et al. 2017). It has no
    rule for any backend, but says what it is made of."""

    type: Literal["FeedForward"] = "FeedForward"
    hidden: Positive
    """The size between the two products."""
    activation: ActivationField = Relu.model_construct()
    """The function applied to the first product."""
    kernel_initializer: Initializer = GLOROT_UNIFORM
    """How both kernels start."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        _last(self, value)
        self.activation.check(value.rank)
        return value

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        size = _last(self, inputs[0])
        return (
            Weight("first_kernel", (size, self.hidden), self.kernel_initializer),
            Weight("first_bias", (self.hidden,), ZEROS),
            Weight("second_kernel", (self.hidden, size), self.kernel_initializer),
            Weight("second_bias", (size,), ZEROS),
        )

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return 2 * output.elements * self.hidden

    def decompose(self, inputs: Sequence[TensorType]) -> tuple[Part, ...]:
        common = {"kernel_initializer": self.kernel_initializer, "trainable": self.trainable}
        first = Dense(units=self.hidden, activation=self.activation, **common)
        second = Dense(units=_last(self, inputs[0]), **common)
        return (
            Part("first", first, {"kernel": "first_kernel", "bias": "first_bias"}),
            Part("second", second, {"kernel": "second_kernel", "bias": "second_bias"}),
        )


def _last(layer: Layer, value: TensorType) -> int:
    """Return the size of the last axis, which must be known."""
    size = value.shape[-1] if value.shape else None
    if not isinstance(size, int):
        raise LayerError("MS501", f"{layer.kind} needs a known size along the last axis of {format_shape(value.shape)}")
    return size
