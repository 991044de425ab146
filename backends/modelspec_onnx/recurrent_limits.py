"""What ONNX cannot do of recurrent layers; a part of ``limits``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modelspec.backend import Limit, Limits
from modelspec.graph import Node
from modelspec.layers import activations

if TYPE_CHECKING:
    from modelspec.layers.recurrent import Recurrent
    from modelspec.layers.wrappers import Bidirectional

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


def _has_other_functions(layer: Recurrent | Bidirectional, _: Node) -> bool:
    from modelspec.layers.wrappers import Bidirectional

    inside = layer.directions.values() if isinstance(layer, Bidirectional) else [layer]
    return not all(isinstance(function, _IN_OPERATORS) for it in inside for function in it.functions)


_OTHER_FUNCTIONS = Limit(
    "ONNX's recurrent operators have elu, hard_sigmoid, leaky_relu, linear, relu, sigmoid, softsign and tanh, and no other"
    " function but softplus, which ONNX Runtime makes infinite above 88 there",
    _has_other_functions,
    "use one of them",
)

LIMITS: Limits = {
    "Bidirectional": (_OTHER_FUNCTIONS,),
    "GRU": (_OTHER_FUNCTIONS,),
    "LSTM": (_OTHER_FUNCTIONS,),
    "SimpleRNN": (_OTHER_FUNCTIONS,),
}
"""The uses of recurrent layers that are refused."""
