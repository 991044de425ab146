"""Activations that are layers of their own, with their parameters as fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from modelspec.layers import activations
from modelspec.layers.activations import Activation
from modelspec.layers.axes import AlongAxes
from modelspec.layers.base import Elementwise, Layer, LayerError, Weight, floating
from modelspec.layers.constraints import Constraint
from modelspec.layers.fields import Axes, Float32
from modelspec.layers.initializers import ZEROS, Initializer
from modelspec.layers.regularizers import Regularizer
from modelspec.tensors import TensorType, float32, format_shape


class ReLU(Elementwise):
    """``min(x, max_value)`` where ``x > threshold``, else ``negative_slope * (x - threshold)``, as ``keras.layers.ReLU``."""

    type: Literal["ReLU"] = "ReLU"
    max_value: Annotated[Float32, Field(ge=0)] | None = None
    """The largest output; null is no limit."""
    negative_slope: Annotated[Float32, Field(ge=0)] = 0.0
    """The slope at and below the threshold."""
    threshold: Annotated[Float32, Field(ge=0)] = 0.0
    """The input above which it passes through."""

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return self.max_value is None and self.negative_slope == 1 and self.threshold == 0

    def as_activation(self) -> Activation | None:
        match self.max_value, self.negative_slope, self.threshold:
            case None, 0, 0:
                return activations.Relu()
            case 6, 0, 0:
                return activations.Relu6()
            case None, slope, 0:
                return activations.LeakyRelu(negative_slope=slope)
            case _:
                return None


class LeakyReLU(Elementwise):
    """``x`` where ``x >= 0``, else ``negative_slope * x``, as ``keras.layers.LeakyReLU`` (Maas et al. 2013)."""

    type: Literal["LeakyReLU"] = "LeakyReLU"
    negative_slope: Annotated[Float32, Field(ge=0)] = float32(0.3)
    """The slope below zero."""

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return self.negative_slope == 1

    def as_activation(self) -> Activation | None:
        return activations.LeakyRelu(negative_slope=self.negative_slope)


class ELU(Elementwise):
    """``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)``, as ``keras.layers.ELU`` (Clevert et al. 2016)."""

    type: Literal["ELU"] = "ELU"
    alpha: Float32 = 1.0
    """The limit for large negative values, negated."""

    def as_activation(self) -> Activation | None:
        return activations.Elu(alpha=self.alpha)


class PReLU(Layer):
    """``x`` where ``x >= 0``, else ``alpha * x``, as ``keras.layers.PReLU`` (He et al. 2015): ``alpha`` is a weight of the
    input's shape, with 1 along the shared axes.

    Where ``alpha`` only has a number for each channel, the layer works in either data format; else it keeps the spec's.
    """

    type: Literal["PReLU"] = "PReLU"
    alpha_initializer: Initializer = ZEROS
    """How ``alpha`` starts."""
    alpha_regularizer: Regularizer = None
    """The penalty on ``alpha``."""
    alpha_constraint: Constraint = None
    """What ``alpha`` is projected to after each training step."""
    shared_axes: Axes | None = None
    """The axis, or list of axes, along which one number stands for all, counted with the batch as 0: ``[1, 2]`` gives each
    channel of an image (height, width, channels) a slope of its own."""

    _spec_axes: tuple[int, ...] | None = PrivateAttr(default=None)
    """For a layer on reordered inputs: the axis of the spec that each of them is, batch included."""

    @property
    def shared(self) -> tuple[int, ...]:
        """The shared axes, as a list."""
        axes = self.shared_axes
        return (axes,) if isinstance(axes, int) else axes or ()

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        wrong = [axis for axis in self.shared if not 0 < axis < value.rank]
        if wrong or len(set(self.shared)) < len(self.shared):
            raise LayerError(
                "MS203",
                f"shared_axes is {list(self.shared)}; an input of {format_shape(value.shape)} has axes 1 to {value.rank - 1}"
                " after the batch, each to be named once",
            )
        self.alpha_shape(value)
        return value

    def alpha_shape(self, value: TensorType) -> tuple[int, ...]:
        """Return the shape of ``alpha`` that broadcasts with the input."""
        shape = tuple(1 if axis in self.shared else size for axis, size in enumerate(value.shape, 1))
        known = tuple(size for size in shape if isinstance(size, int))
        if len(known) < len(shape):
            raise LayerError(
                "MS501",
                f"PReLU needs a known size along each axis that is not shared, but its input is {format_shape(value.shape)}",
                "name the axes of unknown size in shared_axes",
            )
        return known

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        shape = self.alpha_shape(inputs[0])
        if self._spec_axes is not None:
            sizes = dict(zip(self._spec_axes[1:], shape, strict=True))
            shape = tuple(sizes[axis] for axis in range(1, len(shape) + 1))
        return (self.own_weight("alpha", shape),)

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        own = [axis for axis in axes[1:] if axis not in self.shared]
        if own != sorted(own):
            return None
        moved = self.model_copy(update={"shared_axes": tuple(axes.index(axis) for axis in self.shared)})
        before = self._spec_axes or tuple(range(len(axes)))
        moved._spec_axes = tuple(before[axis] for axis in axes)
        return moved


class Softmax(AlongAxes):
    """``exp(x) / sum(exp(x))`` along an axis, or over several, as ``keras.layers.Softmax``."""

    type: Literal["Softmax"] = "Softmax"
    axis: Axes = -1
    """The axis, or list of axes, that is summed over, counted with the batch as 0."""

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes, as a list."""
        return (self.axis,) if isinstance(self.axis, int) else self.axis

    def as_activation(self) -> Activation | None:
        return activations.Softmax(axis=self.axes[0]) if len(self.axes) == 1 else None
