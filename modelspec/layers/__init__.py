"""The catalogue: every layer type by its name."""

from __future__ import annotations

from modelspec.layers.base import Layer
from modelspec.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from modelspec.layers.core import Activation, Dense, ReLU
from modelspec.layers.merging import Add, Concatenate
from modelspec.layers.normalization import BatchNormalization
from modelspec.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from modelspec.layers.preprocessing import Rescaling
from modelspec.layers.regularization import Dropout
from modelspec.layers.reshaping import Flatten, Permute, ZeroPadding2D

CATALOGUE: tuple[type[Layer], ...] = (
    Activation, Add, AveragePooling2D, BatchNormalization, Concatenate, Conv2D, Dense, DepthwiseConv2D, Dropout, Flatten,
    GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D, Permute, ReLU, Rescaling, SeparableConv2D, ZeroPadding2D,
)  # fmt: skip

LAYERS: dict[str, type[Layer]] = {layer.__name__: layer for layer in CATALOGUE}
