"""Recurrent layers: the order of gates, biases, what is reset, and the order of states."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelspec.layers.recurrent import GRU, LSTM, SimpleRNN
from modelspec.layers.wrappers import Bidirectional
from mutations.mutation import Mutation, spec
from mutations.rules import attributes, emitting, fields, weights

Array = NDArray[Any]

LSTM_GATES = "LSTM's gates: input, forget, cell, output in Keras and PyTorch; input, output, forget, cell in ONNX."
GRU_GATES = "GRU's gates: update, reset, candidate in Keras and ONNX; reset, update, candidate in PyTorch."
RESET = "GRU's reset: after the product by default in Keras and always in PyTorch; before it by default in ONNX."
BIAS = "Biases: Keras's LSTM has one, PyTorch and ONNX add two."
FORGET = "The forget gate: Keras puts 1 into the initial bias, other cells add 1 to the gate."
FUNCTION = "The functions of recurrent layers: fields in Keras, tanh in ONNX unless told otherwise."
BACKWARDS = "go_backwards: Keras returns states as they were read, the last of the sequence first; ONNX in the order of time."
BOTH = (
    "Bidirectional: Keras brings the states of the backward layer into the order of time, and without sequences takes its last"
    " state, that of the first step."
)
FIRST = {"type": "Dense", "name": "first", "units": 4}


def ordered(*order: int) -> Any:
    """Return a function that puts blocks along the last axis into an order."""

    def change(array: Array) -> Array:
        blocks = np.split(array, len(order), axis=-1)
        return np.concatenate([blocks[gate] for gate in order], axis=-1)

    return change


def of_all(change: Any) -> dict[str, Any]:
    """Return a change of every weight."""
    return dict.fromkeys(("kernel", "recurrent_kernel", "bias"), change)


def more_forget(bias: Array) -> Array:
    """Return a bias of LSTM with 1 more for the forget gate."""
    return bias + np.repeat([0.0, 1.0, 0.0, 0.0], len(bias) // 4)


def not_flipped(op: str, inputs: list[str], given: dict[str, Any]) -> tuple[str, list[str], dict[str, Any]]:
    """Leave out the Slice that turns states round."""
    return ("Identity", inputs[:1], {}) if op == "Slice" else (op, inputs, given)


def in_order_of_reading(right: Any, layer: Any, ctx: Any) -> Any:
    """Leave the states of the backward layer as they were read."""
    module = right(layer, ctx)
    module.sequences = False
    return module


def at_the_last_step(right: Any, layer: Any, ctx: Any) -> Any:
    """Take what both layers have at the last step, which the backward one reads first."""
    module = right(layer, ctx)
    module.backward_layer.return_sequences = True
    whole = module.backward_layer.forward
    module.backward_layer.forward = lambda x: whole(x)[:, 0]
    return module


MUTATIONS = (
    Mutation(
        id="lstm-gates",
        row=LSTM_GATES,
        wrong="the gates in Keras's order",
        backend="onnx",
        of=(LSTM,),
        rule=weights(**of_all(ordered(0, 2, 3, 1))),
        document=spec(FIRST, {"type": "LSTM", "name": "lstm", "units": 3}, shape=(5, 3)),
        layer="lstm",
        trap="gates stand in the order input, output, forget, cell of ONNX",
    ),
    Mutation(
        id="gru-gates",
        row=GRU_GATES,
        wrong="the gates in Keras's order",
        backend="torch",
        of=(GRU,),
        rule=weights(**of_all(ordered(1, 0, 2))),
        document=spec(FIRST, {"type": "GRU", "name": "gru", "units": 3}, shape=(5, 3)),
        layer="gru",
        trap="the gates update and reset are exchanged, as PyTorch has them",
    ),
    Mutation(
        id="gru-reset-default",
        row=RESET,
        wrong="linear_before_reset is 0",
        backend="onnx",
        of=(GRU,),
        rule=attributes("GRU", linear_before_reset=0),
        document=spec(FIRST, {"type": "GRU", "name": "gru", "units": 3}, shape=(5, 3)),
        layer="gru",
        trap="the state is reset before its product where it should be after it, or the other way round",
    ),
    Mutation(
        id="gru-reset-after",
        row=RESET,
        wrong="the state is reset after the product though the spec says before",
        backend="torch",
        of=(GRU,),
        rule=fields(reset_after=True),
        document=spec(
            FIRST, {"type": "GRU", "name": "gru", "units": 3, "reset_after": False, "use_bias": False}, shape=(5, 3)
        ),
        layer="gru",
        trap="the state is reset before its product where it should be after it, or the other way round",
    ),
    Mutation(
        id="lstm-bias-twice",
        row=BIAS,
        wrong="the same bias as both",
        backend="torch",
        of=(LSTM,),
        rule=weights(bias=lambda bias: 2 * bias),
        document=spec(FIRST, {"type": "LSTM", "name": "lstm", "units": 3}, shape=(5, 3)),
        layer="lstm",
        trap="the bias is added twice, as PyTorch has two",
    ),
    Mutation(
        id="lstm-forget",
        row=FORGET,
        wrong="1 added to the gate",
        backend="torch",
        of=(LSTM,),
        rule=weights(bias=more_forget),
        document=spec(FIRST, {"type": "LSTM", "name": "lstm", "units": 3}, shape=(5, 3)),
        layer="lstm",
    ),
    Mutation(
        id="rnn-function",
        row=FUNCTION,
        wrong="tanh though the spec says relu",
        backend="onnx",
        of=(SimpleRNN,),
        rule=attributes("RNN", activations=["Tanh"]),
        document=spec(
            {"type": "SimpleRNN", "name": "first", "units": 4, "return_sequences": True},
            {"type": "SimpleRNN", "name": "rnn", "units": 3, "activation": "relu"},
            shape=(5, 3),
        ),
        layer="rnn",
    ),
    Mutation(
        id="backwards-in-time",
        row=BACKWARDS,
        wrong="the states in the order of time",
        backend="onnx",
        of=(LSTM,),
        rule=emitting(not_flipped),
        document=spec(
            {"type": "LSTM", "name": "first", "units": 4, "return_sequences": True},
            {"type": "LSTM", "name": "lstm", "units": 3, "return_sequences": True, "go_backwards": True},
            shape=(5, 3),
        ),
        layer="lstm",
    ),
    Mutation(
        id="both-unflipped",
        row=BOTH,
        wrong="the states of the backward layer as they were read",
        backend="torch",
        of=(Bidirectional,),
        rule=in_order_of_reading,
        document=spec(
            FIRST,
            {
                "type": "Bidirectional", "name": "both",
                "layer": {"type": "LSTM", "units": 3, "return_sequences": True},
            },
            shape=(5, 3),
        ),
        layer="both",
    ),
    Mutation(
        id="both-last-step",
        row=BOTH,
        wrong="the state of the backward layer at the last step",
        backend="torch",
        of=(Bidirectional,),
        rule=at_the_last_step,
        document=spec(
            FIRST, {"type": "Bidirectional", "name": "both", "layer": {"type": "GRU", "units": 3}}, shape=(5, 3)
        ),
        layer="both",
    ),
)  # fmt: skip
