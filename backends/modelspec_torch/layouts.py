"""What the weights of each layer are called in its module, and how their axes are ordered there; read without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from modelspec.layers.base import Layer, Weight
from modelspec.layers.convolution import Conv2D
from modelspec.layers.core import Dense
from modelspec.layers.depthwise import DepthwiseConv2D
from modelspec.layers.normalization import BatchNormalization


@dataclass(frozen=True, slots=True)
class TorchWeight:
    """The name of a weight in its module, and the way from Keras's layout to PyTorch's."""

    name: str
    axes: str
    buffer: bool = False


_VECTOR = "size -> size"
WEIGHTS: Mapping[type[Layer], Mapping[str, TorchWeight]] = {
    BatchNormalization: {
        "gamma": TorchWeight("weight", _VECTOR),
        "beta": TorchWeight("bias", _VECTOR),
        "moving_mean": TorchWeight("running_mean", _VECTOR, buffer=True),
        "moving_variance": TorchWeight("running_var", _VECTOR, buffer=True),
    },
    Conv2D: {
        "kernel": TorchWeight("weight", "kh kw in out -> out in kh kw"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    Dense: {
        "kernel": TorchWeight("weight", "in out -> out in"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    DepthwiseConv2D: {
        "kernel": TorchWeight("weight", "kh kw in multiplier -> (in multiplier) 1 kh kw"),
        "bias": TorchWeight("bias", _VECTOR),
    },
}
"""By layer and the weight's own name. What is not here keeps name and axes, and is a buffer where it is never trained."""


def layout(layer: Layer, weight: Weight) -> TorchWeight:
    """Return what a weight of a layer becomes."""
    listed = WEIGHTS.get(type(layer), {}).get(weight.name)
    axes = " ".join(f"a{axis}" for axis in range(len(weight.shape)))
    return listed or TorchWeight(weight.name, f"{axes} -> {axes}", buffer=not weight.trainable)
