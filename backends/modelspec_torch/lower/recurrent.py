"""Recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch._higher_order_ops.scan import scan
from torch.nn.functional import linear

from modelspec.layers import recurrent
from modelspec_torch.activations import activation
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.regularization import Random
from modelspec_torch.lower.rules import Rules
from modelspec_torch.recurrent_limits import has_operator

_State = tuple[Tensor, ...]
_Masks = Sequence[Tensor] | None


class Recurrence(Random):
    """A recurrent layer as Keras defines it, on PyTorch's own operators where they compute the same.

    ``nn.LSTM`` and its like have two biases that are only ever added, so that a step of training moves their sum twice as
    far; here is one. Gates stand in Keras's order. Where PyTorch has no operator for the functions, and where states are
    dropped in training, the steps are taken one by one.
    """

    gates = 1
    states = 1
    """How many tensors the state is; the first of them is the output."""
    weight_ih: nn.Parameter
    weight_hh: nn.Parameter
    bias: nn.Parameter | None

    def __init__(self, layer: recurrent.Recurrent) -> None:
        super().__init__(layer.seed)
        self.units, self.native = layer.units, has_operator(layer)
        self.dropout, self.recurrent_dropout = layer.dropout, layer.recurrent_dropout
        self.return_sequences, self.go_backwards = layer.return_sequences, layer.go_backwards
        self.activation = activation(layer.activation)
        self.register_parameter("bias", None)

    def forward(self, x: Tensor) -> Tensor:
        if self.go_backwards:
            x = x.flip(1)
        stepwise = not self.native or (self.training and 0 < self.recurrent_dropout < 1)
        masks = self._masks(x[:, :1], self.dropout)
        if masks is not None and not stepwise:
            x, masks = x * masks[0], None
        if torch.compiler.is_exporting():
            states = self._scan(x)
        else:
            states = self._loop(x, masks) if stepwise else self._operator(x, x.new_zeros(1, x.shape[0], self.units))
        return states if self.return_sequences else states[:, -1]

    def _operator(self, x: Tensor, start: Tensor) -> Tensor:
        """Return all states from PyTorch's own operator."""
        raise NotImplementedError

    def _step(self, product: Tensor, state: _State, masks: _Masks) -> _State:
        """Return the next state; ``product`` is that of the input with its kernel, bias added."""
        raise NotImplementedError

    def _weights(self) -> list[Tensor]:
        """Return the weights as PyTorch's operators take them; the second bias is zero."""
        return [self.weight_ih, self.weight_hh, *(() if self.bias is None else (self.bias, torch.zeros_like(self.bias)))]

    def _products(self, x: Tensor, masks: _Masks) -> Tensor:
        bias = self.bias if self.bias is None or self.bias.ndim == 1 else self.bias[0]
        products = _project(x, self.weight_ih, masks)
        return products if bias is None else products + bias

    def _loop(self, x: Tensor, masks: _Masks) -> Tensor:
        """Return all states, one step after the other."""
        state: _State = (x.new_zeros(x.shape[0], self.units),) * self.states
        products, masks = self._products(x, masks), self._masks(state[0], self.recurrent_dropout)
        made: list[Tensor] = []
        for product in products.unbind(1):
            state = self._step(product, state, masks)
            made.append(state[0])
        return torch.stack(made, 1)

    def _scan(self, x: Tensor) -> Tensor:
        """Return all states by an operator that an exported program runs for any number of steps and any batch: PyTorch's own
        operators would be unrolled there, and would refuse a batch of 1."""

        def step(state: list[Tensor], product: Tensor) -> tuple[list[Tensor], Tensor]:
            following = self._step(product, tuple(state), None)
            return list(following), following[0].clone()

        torch.compiler.reset()  # else sizes of what was traced before would stand in this program as sizes that it cannot take
        start = [x.new_zeros(x.shape[0], self.units) for _ in range(self.states)]
        return scan(step, start, self._products(x, None).transpose(0, 1), dim=0)[1].transpose(0, 1)

    def _masks(self, x: Tensor, p: float) -> _Masks:
        """Return factors of the shape of ``x``; as in Keras, each gate has its own where states are dropped too."""
        if not self.training or not 0 < p < 1:
            return None
        generator = self.generator_on(x.device)
        count = self.gates if self.recurrent_dropout else 1
        drawn = [torch.rand(x.shape, generator=generator, dtype=x.dtype, device=x.device) for _ in range(count)]
        return [(numbers >= p) / (1 - p) for numbers in drawn]

    def extra_repr(self) -> str:
        named = ("return_sequences", "go_backwards", "dropout", "recurrent_dropout")
        return ", ".join([f"units={self.units}", *(f"{name}={getattr(self, name)}" for name in named if getattr(self, name))])


class SimpleRNN(Recurrence):
    """``h = activation(x @ kernel + h @ recurrent_kernel + bias)``"""

    def _operator(self, x: Tensor, start: Tensor) -> Tensor:
        operator: Any = torch.rnn_relu if isinstance(self.activation, nn.ReLU) else torch.rnn_tanh
        return operator(x, start, self._weights(), self.bias is not None, 1, 0.0, False, False, True)[0]

    def _step(self, product: Tensor, state: _State, masks: _Masks) -> _State:
        return (self.activation(product + _project(state[0], self.weight_hh, masks)),)


class LSTM(Recurrence):
    """Long short-term memory; gates input, forget, cell, output."""

    gates = 4
    states = 2

    def __init__(self, layer: recurrent.LSTM) -> None:
        super().__init__(layer)
        self.recurrent_activation = activation(layer.recurrent_activation)

    def _operator(self, x: Tensor, start: Tensor) -> Tensor:
        return torch.lstm(x, (start, start), self._weights(), self.bias is not None, 1, 0.0, False, False, True)[0]

    def _step(self, product: Tensor, state: _State, masks: _Masks) -> _State:
        i, f, g, o = (product + _project(state[0], self.weight_hh, masks)).chunk(4, -1)
        cell = self.recurrent_activation(f) * state[1] + self.recurrent_activation(i) * self.activation(g)
        return self.recurrent_activation(o) * self.activation(cell), cell


class GRU(Recurrence):
    """Gated recurrent unit; gates update, reset, candidate."""

    gates = 3

    def __init__(self, layer: recurrent.GRU) -> None:
        super().__init__(layer)
        self.recurrent_activation = activation(layer.recurrent_activation)
        self.reset_after = layer.reset_after

    def _operator(self, x: Tensor, start: Tensor) -> Tensor:
        weights = [_reset_first(weight) for weight in self._weights()]
        return torch.gru(x, start, weights, self.bias is not None, 1, 0.0, False, False, True)[0]

    def _weights(self) -> list[Tensor]:
        return [self.weight_ih, self.weight_hh, *(() if self.bias is None else self.bias.unbind(0))]

    def _step(self, product: Tensor, state: _State, masks: _Masks) -> _State:
        (h,) = state
        z, r, g = product.chunk(3, -1)
        if self.reset_after:
            inner = _project(h, self.weight_hh, masks)
            inner_z, inner_r, inner_g = (inner if self.bias is None else inner + self.bias[1]).chunk(3, -1)
            z, r = self.recurrent_activation(z + inner_z), self.recurrent_activation(r + inner_r)
            return (z * h + (1 - z) * self.activation(g + r * inner_g),)
        gates, candidate = self.weight_hh.split([2 * self.units, self.units])
        inner_z, inner_r = _project(h, gates, None if masks is None else masks[:2]).chunk(2, -1)
        z, r = self.recurrent_activation(z + inner_z), self.recurrent_activation(r + inner_r)
        inner_g = _project(r * h, candidate, None if masks is None else masks[2:])
        return (z * h + (1 - z) * self.activation(g + inner_g),)


def _project(x: Tensor, weight: Tensor, masks: _Masks) -> Tensor:
    """Return the products of an input with a kernel; where there are several masks, each block of the kernel has its own."""
    if masks is None:
        return linear(x, weight)
    return torch.cat([linear(x * mask, block) for mask, block in zip(masks, weight.chunk(len(masks)), strict=True)], -1)


def _reset_first(weight: Tensor) -> Tensor:
    """Return update, reset, candidate in PyTorch's order: reset, update, candidate."""
    z, r, g = weight.chunk(3)
    return torch.cat([r, z, g])


def simple_rnn(layer: recurrent.SimpleRNN, ctx: Context) -> nn.Module:
    """``torch.rnn_tanh`` or ``torch.rnn_relu``, or step by step."""
    return ctx.bind(SimpleRNN(layer))


def lstm(layer: recurrent.LSTM, ctx: Context) -> nn.Module:
    """``torch.lstm``, or step by step."""
    return ctx.bind(LSTM(layer))


def gru(layer: recurrent.GRU, ctx: Context) -> nn.Module:
    """``torch.gru``, or step by step."""
    return ctx.bind(GRU(layer))


RULES: Rules = {
    recurrent.GRU: gru,
    recurrent.LSTM: lstm,
    recurrent.SimpleRNN: simple_rnn,
}
