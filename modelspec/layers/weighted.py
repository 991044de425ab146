"""What layers with weights share: a kernel, a bias, an activation, each with its initializer, penalty and constraint."""

from __future__ import annotations

from collections.abc import Callable

from modelspec.layers.activations import LINEAR, Activation, ActivationField
from modelspec.layers.base import Layer, Weight
from modelspec.layers.constraints import Constraint
from modelspec.layers.folding import AffineMap, Array, Formula, Merged
from modelspec.layers.initializers import GLOROT_UNIFORM, ZEROS, Initializer
from modelspec.layers.regularizers import ActivityRegularizer, Regularizer


class WithKernel(Layer):
    """A layer that multiplies by a kernel."""

    kernel_initializer: Initializer = GLOROT_UNIFORM
    """How the kernel starts."""
    kernel_regularizer: Regularizer = None
    """The penalty on the kernel."""
    kernel_constraint: Constraint = None
    """What the kernel is projected to after each training step."""

    def kernel(self, shape: tuple[int, ...]) -> Weight:
        """Return the kernel."""
        return self.own_weight("kernel", shape)


class WithBias(Layer):
    """A layer that may add a bias."""

    use_bias: bool = True
    """Whether a bias is added."""
    bias_initializer: Initializer = ZEROS
    """How the bias starts."""
    bias_regularizer: Regularizer = None
    """The penalty on the bias."""
    bias_constraint: Constraint = None
    """What the bias is projected to after each training step."""

    def bias(self, *shape: int) -> tuple[Weight, ...]:
        """Return the bias where the layer has one."""
        return (self.own_weight("bias", shape),) if self.use_bias else ()

    def scaled_outputs(self, affine: AffineMap, channels: int, scaled: Callable[[Array, Array], Array]) -> Merged:
        """Return the layer with an affine one after it in its kernel and bias; ``scaled`` multiplies the kernel by a number for
        each of the output's channels."""
        arrays: dict[str, Formula] = {"kernel": lambda own, by: scaled(own["kernel"], by.factor)}
        biased = self.use_bias or affine.shifts
        if biased:
            arrays["bias"] = lambda own, by: own.get("bias", 0.0) * by.factor + by.offset
        return Merged(self.model_copy(update={"use_bias": biased}), channels, arrays)

    def scaled_inputs(
        self, affine: AffineMap, channels: int, scaled: Callable[[Array, Array], Array], summed: Callable[[Array], Array]
    ) -> Merged:
        """Return the layer with an affine one before it in its kernel and bias; ``scaled`` multiplies the kernel by a number
        for each of the input's channels, and ``summed`` adds up all that makes one channel of the output."""
        arrays: dict[str, Formula] = {"kernel": lambda own, by: scaled(own["kernel"], by.factor)}
        if affine.shifts:
            arrays["bias"] = lambda own, by: own.get("bias", 0.0) + summed(scaled(own["kernel"], by.offset))
        return Merged(self.model_copy(update={"use_bias": self.use_bias or affine.shifts}), channels, arrays)


class WithActivation(Layer):
    """A layer that ends in an activation."""

    activation: ActivationField = LINEAR
    """The function applied to the output."""
    activity_regularizer: ActivityRegularizer = None
    """The penalty on the output, activated; Keras divides it by the batch size."""

    @property
    def ending(self) -> Activation | None:
        return self.activation

    def ended_by(self, function: Activation) -> Layer | None:
        return self.model_copy(update={"activation": function}) if self.activation == LINEAR else None
