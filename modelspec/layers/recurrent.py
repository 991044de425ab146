"""Recurrent layers: they read a sequence step by step and carry a state along, which starts at zero.

Inputs are ``(batch, time, features)``; the number of time steps may be known only at run time. The state is not an output:
a layer of a spec makes one value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from modelspec.layers.activations import Activation, ActivationField, Sigmoid, Tanh
from modelspec.layers.base import Layer, LayerError, Weight, floating
from modelspec.layers.constraints import Constraint
from modelspec.layers.fields import Positive, Share
from modelspec.layers.initializers import Constant, Initializer, Ones, Orthogonal, Zeros
from modelspec.layers.regularizers import Regularizer
from modelspec.layers.weighted import WithActivation, WithBias, WithKernel
from modelspec.tensors import Dim, TensorType, counted, format_shape

TANH = Tanh.model_construct()
SIGMOID = Sigmoid.model_construct()
MAX_UNROLLED = 1_000
"""The most time steps that Keras is asked to unroll."""


class Recurrent(WithActivation, WithBias, WithKernel):
    """A layer that carries a state of ``units`` numbers along the time axis."""

    chance: ClassVar[tuple[str, ...]] = ("dropout", "recurrent_dropout")
    gates: ClassVar[int] = 1
    """How many blocks of ``units`` columns the kernels have."""
    activation: ActivationField = TANH
    """The function that makes the new state."""
    units: Positive
    """The size of the state, and of the output's last axis."""
    recurrent_initializer: Initializer = Orthogonal.model_construct()
    """How the recurrent kernel starts."""
    recurrent_regularizer: Regularizer = None
    """The penalty on the recurrent kernel."""
    recurrent_constraint: Constraint = None
    """What the recurrent kernel is projected to after each training step."""
    dropout: Share = 0.0
    """The share of the input's features that is dropped in training, the same ones at every time step. As in Keras, 1 drops
    nothing. Two backends draw different masks from one seed."""
    recurrent_dropout: Share = 0.0
    """The share of the state that is dropped in training before it is multiplied by the recurrent kernel, likewise."""
    return_sequences: bool = False
    """Whether the output has the state after every time step, or only after the last one."""
    go_backwards: bool = False
    """Whether the sequence is read from its end; the states then are returned in that order too."""
    unroll: bool = False
    """Whether Keras unrolls the loop over time, which is faster for short sequences; the numbers are the same. The number of
    time steps must be known. The other backends decide for themselves."""
    seed: int | None = None
    """The seed of the dropout masks."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        if len(value.shape) != 2 or not isinstance(value.shape[1], int):
            known = "" if len(value.shape) != 2 else " with a known number of features"
            raise LayerError(
                "MS501",
                f"{self.kind} takes [time, features]{known}, but its input is {format_shape(value.shape)}",
                "shapes leave out the batch dimension; Reshape makes a sequence of another shape",
            )
        self._check_unroll(value.shape[0])
        for function in self.functions:
            function.check(2)
        return TensorType((*value.shape[:1], self.units) if self.return_sequences else (self.units,), value.dtype)

    @property
    def functions(self) -> tuple[Activation, ...]:
        """The functions, those of the gates first; each is applied to a state, ``(batch, units)``."""
        return (self.activation,)

    @property
    def ending(self) -> Activation | None:
        return None

    def ended_by(self, function: Activation) -> Layer | None:
        return None

    def _check_unroll(self, steps: Dim) -> None:
        if self.unroll and not isinstance(steps, int):
            raise LayerError(
                "MS203",
                f'unroll is true, but the number of time steps is "{steps}", which is known only at run time',
                'leave "unroll" out, or give the input a fixed number of time steps',
            )
        if self.unroll and counted(steps) > MAX_UNROLLED:
            raise LayerError(
                "MS203",
                f"unroll is true for {steps:,} time steps, each of which becomes operators of its own; it must be at most"
                f" {MAX_UNROLLED:,}",
                'leave "unroll" out: the numbers are the same',
            )

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        features = inputs[0].shape[1]
        assert isinstance(features, int)
        columns = self.gates * self.units
        recurrent_kernel = self.own_weight("recurrent_kernel", (self.units, columns), "recurrent")
        return (self.kernel((features, columns)), recurrent_kernel, *self.biases(columns))

    def biases(self, columns: int) -> tuple[Weight, ...]:
        """Return the bias where the layer has one."""
        return self.bias(columns)

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        steps, features = map(counted, inputs[0].shape)
        return steps * (features + self.units) * self.gates * self.units

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        """Return the products of all steps with the kernel."""
        return counted(inputs[0].shape[0]) * self.gates * self.units


class Gated(Recurrent):
    """A recurrent layer with gates."""

    recurrent_activation: ActivationField = SIGMOID
    """The function of the gates."""

    @property
    def functions(self) -> tuple[Activation, ...]:
        return self.recurrent_activation, self.activation


class SimpleRNN(Recurrent):
    """``h = activation(x @ kernel + h @ recurrent_kernel + bias)`` at every time step, as ``keras.layers.SimpleRNN``."""

    type: Literal["SimpleRNN"] = "SimpleRNN"


class LSTM(Gated):
    """Long short-term memory (Hochreiter and Schmidhuber 1997), as ``keras.layers.LSTM``.

    With ``i, f, g, o = split(x @ kernel + h @ recurrent_kernel + bias)``:
    ``c = recurrent_activation(f) * c + recurrent_activation(i) * activation(g)``, then
    ``h = recurrent_activation(o) * activation(c)``.
    """

    type: Literal["LSTM"] = "LSTM"
    gates: ClassVar[int] = 4
    unit_forget_bias: bool = True
    """Whether the bias of the forget gate starts at 1, whatever ``bias_initializer`` is (Jozefowicz et al. 2015)."""

    def biases(self, columns: int) -> tuple[Weight, ...]:
        made = self.bias(columns)
        return tuple(_forgetting(self, bias) for bias in made) if self.unit_forget_bias else made


class GRU(Gated):
    """Gated recurrent unit (Cho et al. 2014), as ``keras.layers.GRU``.

    With ``z, r, g = split(x @ kernel + bias)`` and the state's products ``z', r', g' = split(h @ recurrent_kernel)``:
    ``z, r = recurrent_activation(z + z'), recurrent_activation(r + r')``, then
    ``h = z * h + (1 - z) * activation(g + r * g')``.
    """

    type: Literal["GRU"] = "GRU"
    gates: ClassVar[int] = 3
    reset_after: bool = True
    """Whether the reset gate is applied to the product with the recurrent kernel, which then has a bias of its own (row 1 of
    the bias), or to the state before it: ``g' = (r * h) @ recurrent_kernel_g`` in the place of ``r * g'``."""

    def biases(self, columns: int) -> tuple[Weight, ...]:
        return self.bias(2, columns) if self.reset_after else self.bias(columns)


_WIDEST = 2**15
"""More units than the recurrent kernel of any model within the limit on parameters has."""


def _forgetting(layer: LSTM, bias: Weight) -> Weight:
    """Return the bias with ones for the forget gate, the second of four."""
    match layer.bias_initializer:
        case Zeros():
            value = 0.0
        case Ones():
            return bias
        case Constant(value=float(number)):
            value = number
        case other:
            given = "a list of numbers" if isinstance(other, Constant) else other.type
            raise LayerError(
                "MS203",
                f"unit_forget_bias is true and bias_initializer is {given}; beside a forget gate that starts at 1, the other"
                " gates start at one number",
                'set "unit_forget_bias" to false, or leave "bias_initializer" out',
            )
    units = min(layer.units, _WIDEST)
    if units < layer.units:
        return bias
    numbers = (value,) * units + (1.0,) * units + (value,) * (2 * units)
    return replace(bias, initializer=Constant.model_construct(value=numbers))
