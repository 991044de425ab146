"""The rules: one function for each layer type, in a file named as the layer's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from modelspec.layers.base import Layer
from modelspec.layers.convolution import Conv2D, DepthwiseConv2D
from modelspec.layers.core import Activation, Dense, ReLU
from modelspec.layers.merging import Add, Concatenate
from modelspec.layers.normalization import BatchNormalization
from modelspec.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from modelspec.layers.preprocessing import Rescaling
from modelspec.layers.regularization import Dropout
from modelspec.layers.reshaping import Flatten, Permute, ZeroPadding2D
from modelspec_torch.lower import (
    convolution,
    core,
    merging,
    normalization,
    pooling,
    preprocessing,
    regularization,
    reshaping,
)
from modelspec_torch.lower.context import Context

RULES: dict[type[Layer], Callable[[Any, Context], nn.Module]] = {
    Activation: core.activation,
    Add: merging.add,
    AveragePooling2D: pooling.average_pooling2d,
    BatchNormalization: normalization.batch_normalization,
    Concatenate: merging.concatenate,
    Conv2D: convolution.conv2d,
    Dense: core.dense,
    DepthwiseConv2D: convolution.depthwise_conv2d,
    Dropout: regularization.dropout,
    Flatten: reshaping.flatten,
    GlobalAveragePooling2D: pooling.global_average_pooling2d,
    GlobalMaxPooling2D: pooling.global_max_pooling2d,
    MaxPooling2D: pooling.max_pooling2d,
    Permute: reshaping.permute,
    ReLU: core.relu,
    Rescaling: preprocessing.rescaling,
    ZeroPadding2D: reshaping.zero_padding2d,
}
