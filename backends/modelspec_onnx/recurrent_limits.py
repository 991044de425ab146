"""What ONNX cannot do of recurrent layers; a part of ``limits``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from modelspec.backend import Limit, Limits
from modelspec.layers import activations

if TYPE_CHECKING:
    from modelspec.layers.recurrent import Recurrent

_IN_OPERATORS = (
    activations.Elu,
    activations.HardSigmoid,
    activations.LeakyRelu,
    activations.Linear,
    activations.Relu,
    activations.Sigmoid,
    activations.Softsign,
    activations.Tanh,
)
"""The functions that ONNX's recurrent operators have, and ONNX Runtime computes; its softplus there is infinite above 88."""


def _has_other_functions(*layers: Recurrent) -> bool:
    return not all(isinstance(function, _IN_OPERATORS) for layer in layers for function in layer.functions)


_OTHER_FUNCTIONS = Limit(
    "ONNX's recurrent operators have elu, hard_sigmoid, leaky_relu, linear, relu, sigmoid, softsign and tanh, and no other"
    " function but softplus, which ONNX Runtime makes infinite above 88 there",
    lambda layer, _: _has_other_functions(layer),
    "use one of them",
)

LIMITS: Limits = {
    "Bidirectional": (replace(_OTHER_FUNCTIONS, applies=lambda layer, _: _has_other_functions(*layer.directions.values())),),
    "GRU": (_OTHER_FUNCTIONS,),
    "LSTM": (_OTHER_FUNCTIONS,),
    "SimpleRNN": (_OTHER_FUNCTIONS,),
}
"""The uses of recurrent layers that are refused."""
