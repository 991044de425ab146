"""ONNX's reference evaluator, for float64, with two of its operators mended."""

from __future__ import annotations

from math import erf
from typing import Any

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator
from onnx.reference.ops import op_erf, op_max_pool

from modelspec.weights import Array


class MaxPool(op_max_pool.MaxPool):
    """By its general path: with strides of 1, onnx 1.23 takes another, which reads ``pads`` as pairs by axis."""

    def _run(self, x: Array, **attributes: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._max_pool(x, **attributes)


class Erf(op_erf.Erf):
    """In the type of its input: onnx 1.23 rounds the result to float32."""

    def _run(self, x: Array) -> tuple[Array]:
        return (np.vectorize(erf, otypes=[x.dtype])(x),)


def evaluator(model: onnx.ModelProto) -> ReferenceEvaluator:
    """Return the reference evaluator of a model."""
    return ReferenceEvaluator(model, new_ops=[MaxPool, Erf])
