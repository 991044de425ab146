"""ONNX's recurrent operators for the reference evaluator: onnx 1.23 computes them with their default functions only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from onnx.reference.ops.op_gru import CommonGRU
from onnx.reference.ops.op_lstm import CommonLSTM
from onnx.reference.ops.op_rnn import CommonRNN

from modelspec.weights import Array

_FUNCTIONS: Mapping[str, tuple[int, Callable[..., Array]]] = {
    "Affine": (2, lambda x, alpha, beta: alpha * x + beta),
    "Elu": (1, lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))),
    "HardSigmoid": (2, lambda x, alpha, beta: np.clip(alpha * x + beta, 0, 1)),
    "LeakyRelu": (1, lambda x, alpha: np.where(x >= 0, x, alpha * x)),
    "Relu": (0, lambda x: np.maximum(x, 0)),
    "Sigmoid": (0, lambda x: np.exp(-np.logaddexp(0, -x))),
    "Softsign": (0, lambda x: x / (1 + np.abs(x))),
    "Tanh": (0, np.tanh),
}
"""The functions, each with how many parameters it has: none, an alpha, or an alpha and a beta."""


def _functions(operator: Any) -> list[Any]:
    """Return the functions of an operator; each takes its parameters from the front of the lists."""
    alphas, betas = list(operator.activation_alpha or ()), list(operator.activation_beta or ())
    made: list[Callable[[Array], Array]] = []
    for name in operator.activations:
        count, function = _FUNCTIONS[name]
        given = [parameters.pop(0) for parameters in (alphas, betas)[:count]]
        made.append(lambda x, function=function, given=given: function(x, *given))
    return made


class RNN(CommonRNN):
    """With any function."""

    def choose_act(self, name: str, alpha: float | None, beta: float | None) -> Any:
        return _functions(self)[0]


class LSTM(CommonLSTM):
    """With any functions."""

    def __init__(self, onnx_node: Any, run_params: Any) -> None:
        super().__init__(onnx_node, run_params)
        self.f, self.g, self.h = _functions(self)


class GRU(CommonGRU):
    """With any functions."""

    def __init__(self, onnx_node: Any, run_params: Any) -> None:
        super().__init__(onnx_node, run_params)
        self.f, self.g = _functions(self)
