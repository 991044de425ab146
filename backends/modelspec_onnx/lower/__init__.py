"""One rule a layer, in files that mirror ``modelspec.layers``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modelspec import layers
from modelspec.layers.base import Layer
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.convolution import conv2d, depthwise_conv2d
from modelspec_onnx.lower.core import activation, dense, relu
from modelspec_onnx.lower.merging import add, concatenate
from modelspec_onnx.lower.normalization import batch_normalization
from modelspec_onnx.lower.pooling import average_pooling, global_average_pooling, global_max_pooling, max_pooling
from modelspec_onnx.lower.preprocessing import rescaling
from modelspec_onnx.lower.regularization import dropout
from modelspec_onnx.lower.reshaping import flatten, permute, zero_padding

Rule = Callable[[Any, Site], object]

RULES: dict[type[Layer], Rule] = {
    layers.Activation: activation,
    layers.Add: add,
    layers.AveragePooling2D: average_pooling,
    layers.BatchNormalization: batch_normalization,
    layers.Concatenate: concatenate,
    layers.Conv2D: conv2d,
    layers.Dense: dense,
    layers.DepthwiseConv2D: depthwise_conv2d,
    layers.Dropout: dropout,
    layers.Flatten: flatten,
    layers.GlobalAveragePooling2D: global_average_pooling,
    layers.GlobalMaxPooling2D: global_max_pooling,
    layers.MaxPooling2D: max_pooling,
    layers.Permute: permute,
    layers.ReLU: relu,
    layers.Rescaling: rescaling,
    layers.ZeroPadding2D: zero_padding,
}
