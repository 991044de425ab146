"""Dense, Embedding, and activation functions as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from modelspec.layers import activations
from modelspec.layers.activations import ActivationField
from modelspec.layers.base import Layer, LayerError, Weight, floating
from modelspec.layers.constraints import Constraint
from modelspec.layers.fields import Positive
from modelspec.layers.folding import AffineMap, Merged
from modelspec.layers.initializers import Initializer, RandomUniform
from modelspec.layers.regularizers import Regularizer
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

    def followed_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        if affine.axis not in (None, inputs[0].rank - 1) or not self.activation.is_identity:
            return None
        return self.scaled_outputs(affine, self.units, lambda kernel, factor: kernel * factor)

    def preceded_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        size = inputs[0].shape[-1]
        if affine.axis not in (None, inputs[0].rank - 1) or not isinstance(size, int):
            return None
        return self.scaled_inputs(
            affine, size, lambda kernel, factor: kernel * factor[:, None], lambda weighted: weighted.sum(axis=0)
        )


class Activation(Layer):
    """An activation function as a layer of its own, as ``keras.layers.Activation``."""

    type: Literal["Activation"] = "Activation"
    activation: ActivationField
    """The function."""

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return self.activation.is_identity

    def as_activation(self) -> activations.Activation | None:
        return self.activation

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        return self.activation.applied(floating(self, inputs[0]))

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        activation = self.activation.permuted(axes)
        return self.model_copy(update={"activation": activation}) if activation else None


class Embedding(Layer):
    """A row of a table for every integer, as ``keras.layers.Embedding``: ``y[..., :] = embeddings[x[...]]``.

    Floating-point numbers are cut to integers towards zero; -1 is the last row. What numbers beyond the table give is up to
    the backend: an error on a CPU.
    """

    type: Literal["Embedding"] = "Embedding"
    input_dim: Positive
    """The number of rows: one more than the largest integer."""
    output_dim: Positive
    """The size of a row, the output's last axis."""
    embeddings_initializer: Initializer = RandomUniform.model_construct()
    """How the table starts."""
    embeddings_regularizer: Regularizer = None
    """The penalty on the table."""
    embeddings_constraint: Constraint = None
    """What the table is projected to after each training step."""
    mask_zero: bool = False
    """Keras's implicit mask for steps that are 0. It is refused: a mask that travels beside the values is no part of a spec."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = inputs[0]
        if self.mask_zero:
            raise LayerError(
                "MS203",
                "mask_zero is true, but a spec has no implicit masks: every layer sees only its inputs",
                'leave "mask_zero" out; attention layers take a mask as an input',
            )
        return TensorType((*value.shape, self.output_dim), value.as_floats.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        return (self.own_weight("embeddings", (self.input_dim, self.output_dim)),)
