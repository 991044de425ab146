"""Recurrent layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from modelspec.layers import activations
from modelspec.layers.activations import Activation
from modelspec.layers.recurrent import GRU, LSTM, Recurrent, SimpleRNN
from modelspec.weights import Array
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules

_OPERATORS: Mapping[type[Recurrent], str] = {SimpleRNN: "RNN", LSTM: "LSTM", GRU: "GRU"}
_GATES: Mapping[type[Recurrent], tuple[int, ...]] = {SimpleRNN: (0,), LSTM: (0, 3, 1, 2), GRU: (0, 1, 2)}
"""Keras's gates in ONNX's order: input, output, forget, cell for LSTM; update, reset, candidate for GRU in both."""


def recurrent(layer: Recurrent, site: Site) -> None:
    """Lower to RNN, LSTM or GRU."""
    states(layer, site, time_first(site), "", "")


def time_first(site: Site) -> str:
    """Return the input with the time axis before the batch, as the operators take it."""
    return site.emit("Transpose", [site.input], step="time_first", perm=[1, 0, 2])


def states(layer: Recurrent, site: Site, sequence: str, prefix: str, step: str, *, flip: bool = False) -> str:
    """Return the state after every step, (batch, time, units) in the order of reading, or the last one, (batch, units).

    ``prefix`` stands before the names of weights and operators; ``step`` is the name of the last operator; ``flip`` returns
    the states in the opposite order.
    """
    op = _OPERATORS[type(layer)]
    kernels = (f"{prefix}kernel", f"{prefix}recurrent_kernel")
    inputs = [sequence, *(site.weight(name, _rows(layer, site.required(name))) for name in kernels)]
    bias = site.array(f"{prefix}bias")
    if bias is not None:
        both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
        inputs.append(site.weight(f"{prefix}bias", np.concatenate([_gates(layer, row) for row in both])[None]))
    made = site.emit(
        op,
        inputs,
        step=f"{prefix}{op.lower()}",
        direction="reverse" if layer.go_backwards else "forward",
        hidden_size=layer.units,
        linear_before_reset=int(layer.reset_after) if isinstance(layer, GRU) else None,
        **_functions(layer),
    )
    axis = site.constant(f"{prefix}direction", [1], np.int64)
    sequence = site.emit("Squeeze", [made, axis], step=f"{prefix}states")
    if not layer.return_sequences:
        last = site.constant(f"{prefix}last", 0 if layer.go_backwards else -1, np.int64)
        return site.emit("Gather", [sequence, last], step=step, axis=0)
    if layer.go_backwards == flip:
        return site.emit("Transpose", [sequence], step=step, perm=[1, 0, 2])
    batch_first = site.emit("Transpose", [sequence], step=f"{prefix}batch_first", perm=[1, 0, 2])
    bounds = {"starts": -1, "ends": np.iinfo(np.int64).min, "axes": 1, "steps": -1}
    names = [site.constant(f"{prefix}flip_{name}", [bound], np.int64) for name, bound in bounds.items()]
    return site.emit("Slice", [batch_first, *names], step=step)


def _rows(layer: Recurrent, kernel: Array) -> Array:
    """Return ``(in, gates * units)`` as ``(1, gates * units, in)``."""
    return np.ascontiguousarray(_gates(layer, kernel).T[None])


def _gates(layer: Recurrent, array: Array) -> Array:
    """Return an array with the gates along its last axis in ONNX's order."""
    blocks = np.split(array, layer.gates, axis=-1)
    return np.concatenate([blocks[gate] for gate in _GATES[type(layer)]], axis=-1)


def _functions(layer: Recurrent) -> dict[str, Any]:
    """Return the attributes that name the functions; each takes its parameters from the front of ``alpha`` and ``beta``."""
    named = [_named(function) for function in layer.functions]
    if isinstance(layer, LSTM):
        named.append(named[-1])  # the function of the cell is that of the output, too
    alphas = [alpha for _, alpha, _ in named if alpha is not None]
    betas = [beta for _, _, beta in named if beta is not None]
    return {
        "activations": [name for name, _, _ in named],
        "activation_alpha": alphas or None,
        "activation_beta": betas or None,
    }


def _named(function: Activation) -> tuple[str, float | None, float | None]:
    """Return ONNX's name of a function, its alpha and its beta; Relu, Sigmoid, Softsign and Tanh are called alike."""
    match function:
        case activations.Linear():
            return "Affine", 1.0, 0.0
        case activations.LeakyRelu(negative_slope=slope):
            return "LeakyRelu", slope, None
        case activations.Elu(alpha=alpha):
            return "Elu", alpha, None
        case activations.HardSigmoid():
            return "HardSigmoid", 1 / 6, 0.5
        case _:
            return type(function).__name__, None, None


RULES: Rules = {
    GRU: recurrent,
    LSTM: recurrent,
    SimpleRNN: recurrent,
}
