"""What layers with weights share: a kernel, a bias, an activation, each with its initializer, penalty and constraint."""

from __future__ import annotations

from modelspec.layers.activations import LINEAR, ActivationField
from modelspec.layers.base import Layer, Weight
from modelspec.layers.constraints import Constraint
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


class WithActivation(Layer):
    """A layer that ends in an activation."""

    activation: ActivationField = LINEAR
    """The function applied to the output."""
    activity_regularizer: ActivityRegularizer = None
    """The penalty on the output, activated; Keras divides it by the batch size."""
