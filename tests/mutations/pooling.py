"""Pooling: what padding counts as, where windows stand, and what becomes of the pooled axes."""

from __future__ import annotations

import math
from typing import Any

from modelspec.layers.pooling import (
    AdaptiveAveragePooling1D,
    AveragePooling2D,
    GlobalAveragePooling2D,
    MaxPooling1D,
    MaxPooling2D,
)
from mutations.mutation import Mutation, spec
from mutations.rules import attributes, called, fields, padded

AVERAGE = "Average pooling: Keras leaves padding out of the mean, PyTorch counts it unless told otherwise."
MAXIMUM = "Padding of max pooling: minus infinity in each framework; a padding of one's own before it is made of zeros."
PLACE = 'Padding "same" of pooling: Keras has the odd element at the end, PyTorch pads as much before as after.'
STRIDE = "The stride of pooling: by default the window in Keras and PyTorch, 1 in ONNX."
GLOBAL = "Global pooling: Keras drops the pooled axes, ONNX and PyTorch keep them with size 1."
ADAPTIVE = "Adaptive pooling: Keras's windows overlap where sizes do not divide, as PyTorch's; ONNX has no such operator."
CONV = {"type": "Conv2D", "name": "first", "filters": 4, "kernel_size": 3}


def equal_windows(right: Any, layer: Any, ctx: Any) -> Any:
    """Pool with windows that are all alike, the first ones as short as the stride."""
    from torch.nn import functional

    (n,), (m,) = ctx.spatial, layer.output_size
    stride = n // m
    return called(lambda x: functional.avg_pool1d(x, n - (m - 1) * stride, stride))


MUTATIONS = (
    Mutation(
        id="average-counts-padding",
        row=AVERAGE,
        wrong="count_include_pad is 1",
        backend="onnx",
        of=(AveragePooling2D,),
        rule=attributes("AveragePool", count_include_pad=1),
        document=spec(
            CONV,
            {"type": "AveragePooling2D", "name": "halved", "pool_size": 2},
            {"type": "AveragePooling2D", "name": "pool", "pool_size": 3, "strides": 1, "padding": "same"},
            shape=(10, 10, 3),
        ),
        layer="pool",
        trap="the padding counts as zeros",
    ),
    Mutation(
        id="maximum-of-zeros",
        row=MAXIMUM,
        wrong="zeros around an image of negative numbers",
        backend="torch",
        of=(MaxPooling2D,),
        rule=padded(lambda _, __, right: right),
        document=spec(
            {"type": "MaxPooling2D", "name": "halved", "pool_size": 2},
            {"type": "MaxPooling2D", "name": "pool", "pool_size": 3, "strides": 2, "padding": "same"},
            shape=(10, 10, 3),
            before={"type": "Rescaling", "name": "before", "scale": 0.75, "offset": -4.0},
        ),
        layer="pool",
        trap="the padding counts as zeros",
    ),
    Mutation(
        id="maximum-symmetric",
        row=PLACE,
        wrong="(size - 1) // 2 on both sides, with a stride of 2 on an even size",
        backend="torch",
        of=(MaxPooling2D,),
        rule=padded(lambda k, _, __: ((k - 1) // 2,) * 2, -math.inf),
        document=spec(
            CONV,
            {"type": "MaxPooling2D", "name": "pool", "pool_size": 3, "strides": 2, "padding": "same"},
            shape=(10, 10, 3),
        ),
        layer="pool",
        trap="the padding is the same on both sides, as PyTorch's own is",
    ),
    Mutation(
        id="pooling-stride",
        row=STRIDE,
        wrong="no strides",
        backend="onnx",
        of=(MaxPooling1D,),
        rule=attributes("MaxPool", strides=None),
        document=spec(
            {"type": "Conv1D", "name": "first", "filters": 4, "kernel_size": 2},
            {"type": "MaxPooling1D", "name": "pool", "pool_size": 2},
            shape=(9, 3),
        ),
        layer="pool",
    ),
    Mutation(
        id="global-keeps-axes",
        row=GLOBAL,
        wrong="the pooled axes stay",
        backend="onnx",
        of=(GlobalAveragePooling2D,),
        rule=fields(keepdims=True),
        document=spec(CONV, {"type": "GlobalAveragePooling2D", "name": "pool"}, shape=(8, 8, 3)),
        layer="pool",
        trap="the pooled axes stay where they should go, or go where they should stay",
    ),
    Mutation(
        id="adaptive-equal-windows",
        row=ADAPTIVE,
        wrong="windows that are all alike",
        backend="torch",
        of=(AdaptiveAveragePooling1D,),
        rule=equal_windows,
        document=spec(
            {"type": "Conv1D", "name": "first", "filters": 4, "kernel_size": 2},
            {"type": "AdaptiveAveragePooling1D", "name": "pool", "output_size": 4},
            shape=(8, 3),
        ),
        layer="pool",
    ),
)
