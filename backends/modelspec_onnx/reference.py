"""ONNX's reference evaluator, for float64, with some of its operators mended."""

from __future__ import annotations

from math import erf
from typing import Any

import numpy as np
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun
from onnx.reference.ops import op_erf, op_max_pool

from modelspec.weights import Array
from modelspec_onnx.reference_recurrent import GRU, LSTM, RNN


class MaxPool(op_max_pool.MaxPool):
    """By its general path: with strides of 1, onnx 1.23 takes another, which reads ``pads`` as pairs by axis."""

    def _run(self, x: Array, **attributes: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._max_pool(x, **attributes)


class Erf(op_erf.Erf):
    """In the type of its input: onnx 1.23 rounds the result to float32."""

    def _run(self, x: Array) -> tuple[Array]:
        return (np.vectorize(erf, otypes=[x.dtype])(x),)


class HardSwish(OpRun):
    """With 1/6 as the operator defines it: onnx 1.23 goes by the operator's body, which holds it as a float32 attribute."""

    def _run(self, x: Array) -> tuple[Array]:
        return (x * np.clip(x / 6 + 0.5, 0, 1),)


class GlobalMaxPool(OpRun):
    """Over the spatial axes, however many they are: onnx 1.23 gets them right for two only."""

    def _run(self, x: Array) -> tuple[Array]:
        return (x.max(axis=tuple(range(2, x.ndim)), keepdims=True),)


def evaluator(model: bytes) -> ReferenceEvaluator:
    """Return the reference evaluator of a model."""
    return ReferenceEvaluator(model, new_ops=[MaxPool, GlobalMaxPool, Erf, HardSwish, RNN, LSTM, GRU])
