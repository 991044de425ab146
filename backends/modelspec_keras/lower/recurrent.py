"""Recurrent layers."""

from __future__ import annotations

from typing import Any

from modelspec.layers.activations import Activation
from modelspec.layers.recurrent import GRU, LSTM, Gated, Recurrent, SimpleRNN
from modelspec_keras.framework import keras
from modelspec_keras.lower.activations import argument
from modelspec_keras.lower.arguments import regularizer, weight_arguments
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def simple_rnn(layer: SimpleRNN, site: Site) -> Chain:
    """Lower to ``keras.layers.SimpleRNN``."""
    return (keras.layers.SimpleRNN(**_arguments(layer), **site.common),)


def lstm(layer: LSTM, site: Site) -> Chain:
    """Lower to ``keras.layers.LSTM``."""
    return (keras.layers.LSTM(unit_forget_bias=layer.unit_forget_bias, **_arguments(layer), **site.common),)


def gru(layer: GRU, site: Site) -> Chain:
    """Lower to ``keras.layers.GRU``."""
    return (keras.layers.GRU(reset_after=layer.reset_after, **_arguments(layer), **site.common),)


def _arguments(layer: Recurrent) -> dict[str, Any]:
    gates = {"recurrent_activation": _named(layer.recurrent_activation)} if isinstance(layer, Gated) else {}
    return {
        **gates,
        "units": layer.units,
        "activation": _named(layer.activation),
        "use_bias": layer.use_bias,
        **weight_arguments(layer, "kernel", "recurrent", "bias"),
        "activity_regularizer": regularizer(layer.activity_regularizer),
        "dropout": layer.dropout,
        "recurrent_dropout": layer.recurrent_dropout,
        "return_sequences": layer.return_sequences,
        "go_backwards": layer.go_backwards,
        "unroll": layer.unroll,
        "seed": layer.seed,
    }


def _named(function: Activation) -> str:
    """Return Keras's name of a function that is applied to a state, (batch, units); ``limits`` refuses those without one."""
    name = argument(function, 2)
    assert name is not None
    return name


RULES: Rules = {
    GRU: gru,
    LSTM: lstm,
    SimpleRNN: simple_rnn,
}
