"""What PyTorch cannot do of recurrent layers; a part of ``limits``."""

from __future__ import annotations

from modelspec.backend import Limit, Limits
from modelspec.layers.activations import Relu, Sigmoid, Tanh
from modelspec.layers.recurrent import GRU, LSTM, Recurrent, SimpleRNN
from modelspec.layers.wrappers import UnfoldTime
from modelspec.tensors import Symbol


def has_operator(layer: Recurrent) -> bool:
    """Return whether PyTorch has an operator for a recurrent layer."""
    match layer:
        case SimpleRNN(activation=Tanh() | Relu()) | LSTM(activation=Tanh(), recurrent_activation=Sigmoid()):
            return True
        case GRU(activation=Tanh(), recurrent_activation=Sigmoid(), reset_after=after):
            return after
        case _:
            return False


LIMITS: Limits = {
    UnfoldTime: (
        Limit(
            "the number of time steps is known only at run time; it is lost where they are taken as a part of the batch",
            lambda layer, _: isinstance(layer.steps, Symbol),
            "give the input a fixed number of time steps",
        ),
    ),
}
"""The uses of recurrent layers and of wrappers that are refused."""
