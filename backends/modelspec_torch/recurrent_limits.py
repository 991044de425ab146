"""Which recurrent layers PyTorch has an operator for; read without PyTorch."""

from __future__ import annotations

from modelspec.layers.activations import Relu, Sigmoid, Tanh
from modelspec.layers.recurrent import GRU, LSTM, Recurrent, SimpleRNN


def has_operator(layer: Recurrent) -> bool:
    """Return whether PyTorch has an operator for a recurrent layer."""
    match layer:
        case SimpleRNN(activation=Tanh() | Relu()) | LSTM(activation=Tanh(), recurrent_activation=Sigmoid()):
            return True
        case GRU(activation=Tanh(), recurrent_activation=Sigmoid(), reset_after=after):
            return after
        case _:
            return False
