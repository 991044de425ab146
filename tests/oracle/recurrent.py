"""The oracle of recurrent layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from modelspec.layers.recurrent import GRU, LSTM, Recurrent, SimpleRNN
from oracle.activations import activate
from oracle.kinds import Doubles, Mutations, Oracle, Weights

Step = Callable[[Any, Doubles, Doubles, Doubles, Weights], tuple[Doubles, Doubles]]
"""What an input and a state (and a second state, of LSTM) become."""


def recurrent(layer: Recurrent, x: Doubles, weights: Weights, step: Step) -> Doubles:
    """Return the state after every step, or after the last one."""
    h = c = np.zeros((len(x), layer.units))
    states: list[Doubles] = []
    for now in reversed(range(x.shape[1])) if layer.go_backwards else range(x.shape[1]):
        h, c = step(layer, x[:, now], h, c, weights)
        states.append(h)
    return np.stack(states, axis=1) if layer.return_sequences else h


def gates(array: Doubles, layer: Recurrent) -> list[Doubles]:
    """Return the blocks of each gate."""
    return [array[..., gate * layer.units : (gate + 1) * layer.units] for gate in range(array.shape[-1] // layer.units)]


def simple_step(layer: Any, x: Doubles, h: Doubles, c: Doubles, weights: Weights) -> tuple[Doubles, Doubles]:
    product = x @ weights["kernel"] + h @ weights["recurrent_kernel"] + weights.get("bias", 0.0)
    return activate(layer.activation, product), c


def lstm_step(layer: Any, x: Doubles, h: Doubles, c: Doubles, weights: Weights) -> tuple[Doubles, Doubles]:
    product = x @ weights["kernel"] + h @ weights["recurrent_kernel"] + weights.get("bias", 0.0)
    enter, forget, candidate, leave = gates(product, layer)
    kept = activate(layer.recurrent_activation, forget) * c
    c = kept + activate(layer.recurrent_activation, enter) * activate(layer.activation, candidate)
    return activate(layer.recurrent_activation, leave) * activate(layer.activation, c), c


def gru_step(layer: Any, x: Doubles, h: Doubles, c: Doubles, weights: Weights) -> tuple[Doubles, Doubles]:
    bias = weights.get("bias", np.zeros((2, 3 * layer.units) if layer.reset_after else 3 * layer.units))
    of_input, of_state = bias if layer.reset_after else (bias, np.zeros_like(bias))
    z, r, g = gates(x @ weights["kernel"] + of_input, layer)
    state_z, state_r, state_g = gates(h @ weights["recurrent_kernel"] + of_state, layer)
    z, r = activate(layer.recurrent_activation, z + state_z), activate(layer.recurrent_activation, r + state_r)
    candidate = gates(weights["recurrent_kernel"], layer)[2]
    inner = r * state_g if layer.reset_after else (r * h) @ candidate
    return z * h + (1 - z) * activate(layer.activation, g + inner), c


def simple_rnn(layer: SimpleRNN, inputs: list[Doubles], weights: Weights) -> Doubles:
    return recurrent(layer, inputs[0], weights, simple_step)


def lstm(layer: LSTM, inputs: list[Doubles], weights: Weights) -> Doubles:
    return recurrent(layer, inputs[0], weights, lstm_step)


def gru(layer: GRU, inputs: list[Doubles], weights: Weights) -> Doubles:
    return recurrent(layer, inputs[0], weights, gru_step)


def _reordered(order: list[int], apply: Callable[[Any, list[Doubles], Weights], Doubles]) -> Any:
    """Return the oracle with the gates of the weights in another order."""

    def wrong(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
        moved = {
            name: np.concatenate([gates(array, layer)[gate] for gate in order], axis=-1) for name, array in weights.items()
        }
        return apply(layer, inputs, moved)

    return wrong


def _in_time(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return simple_rnn(layer, inputs, weights)[:, ::-1]


def _reset_before(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return gru(layer.model_copy(update={"reset_after": False}), inputs, {**weights, "bias": weights["bias"].sum(axis=0)})


def _reset_after(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    both = np.stack([weights["bias"], np.zeros_like(weights["bias"])])
    return gru(layer.model_copy(update={"reset_after": True}), inputs, {**weights, "bias": both})


def _one_bias(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    both = np.stack([weights["bias"].sum(axis=0), np.zeros(3 * layer.units)])
    return gru(layer, inputs, {**weights, "bias": both})


def _update_swapped(layer: Any, x: Doubles, h: Doubles, c: Doubles, weights: Weights) -> tuple[Doubles, Doubles]:
    signs = np.repeat([-1.0, 1.0, 1.0], layer.units)
    return gru_step(layer, x, h, c, {name: signs * array for name, array in weights.items()})


ORACLE: Oracle = {
    GRU: gru,
    LSTM: lstm,
    SimpleRNN: simple_rnn,
}

MUTATIONS: Mutations = {
    "ONNX's order of LSTM's gates": ("LSTM-defaults", LSTM, _reordered([0, 3, 1, 2], lstm)),
    "PyTorch's order of GRU's gates": ("GRU-defaults", GRU, _reordered([1, 0, 2], gru)),
    "reset before the product": ("GRU-defaults", GRU, _reset_before),
    "reset after the product": ("GRU-reset-before", GRU, _reset_after),
    "GRU's two biases added": ("GRU-defaults", GRU, _one_bias),
    "the update gate the other way": (
        "GRU-defaults",
        GRU,
        lambda layer, inputs, weights: recurrent(layer, inputs[0], weights, _update_swapped),
    ),
    "backwards in the order of time": ("SimpleRNN-backwards-sequences", SimpleRNN, _in_time),
    "backwards ignored": (
        "SimpleRNN-backwards",
        SimpleRNN,
        lambda layer, inputs, weights: simple_rnn(layer.model_copy(update={"go_backwards": False}), inputs, weights),
    ),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
