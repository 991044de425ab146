"""What the weights of each layer are called in its module, and how their axes are ordered there; read without PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from modelspec.layers.base import Layer, Weight
from modelspec.layers.convolution import Conv1D, Conv2D, Conv3D
from modelspec.layers.core import Dense, Embedding
from modelspec.layers.depthwise import DepthwiseConv1D, DepthwiseConv2D, DepthwiseConv3D
from modelspec.layers.normalization import BatchNormalization, GroupNormalization, LayerNormalization, RMSNormalization
from modelspec.layers.recurrent import GRU, LSTM, SimpleRNN
from modelspec.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from modelspec.layers.wrappers import Bidirectional, SpectralNormalization


@dataclass(frozen=True, slots=True)
class TorchWeight:
    """The name of a weight in its module, and the way from Keras's layout to PyTorch's; no ``axes`` for one that stays as it
    is, with any number of axes."""

    name: str
    axes: str
    buffer: bool = False


_VECTOR = "size -> size"
_RECURRENT = {
    "kernel": TorchWeight("weight_ih", "in out -> out in"),
    "recurrent_kernel": TorchWeight("weight_hh", "in out -> out in"),
    "bias": TorchWeight("bias", ""),
}
WEIGHTS: Mapping[type[Layer], Mapping[str, TorchWeight]] = {
    BatchNormalization: {
        "gamma": TorchWeight("weight", _VECTOR),
        "beta": TorchWeight("bias", _VECTOR),
        "moving_mean": TorchWeight("running_mean", _VECTOR, buffer=True),
        "moving_variance": TorchWeight("running_var", _VECTOR, buffer=True),
    },
    Conv1D: {
        "kernel": TorchWeight("weight", "k in out -> out in k"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    Conv1DTranspose: {
        "kernel": TorchWeight("weight", "k out in -> in out k"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    Conv2D: {
        "kernel": TorchWeight("weight", "kh kw in out -> out in kh kw"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    Conv2DTranspose: {
        "kernel": TorchWeight("weight", "kh kw out in -> in out kh kw"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    Conv3D: {
        "kernel": TorchWeight("weight", "kd kh kw in out -> out in kd kh kw"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    Conv3DTranspose: {
        "kernel": TorchWeight("weight", "kd kh kw out in -> in out kd kh kw"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    Dense: {
        "kernel": TorchWeight("weight", "in out -> out in"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    Embedding: {
        "embeddings": TorchWeight("weight", ""),
    },
    DepthwiseConv1D: {
        "kernel": TorchWeight("weight", "k in multiplier -> (in multiplier) 1 k"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    DepthwiseConv2D: {
        "kernel": TorchWeight("weight", "kh kw in multiplier -> (in multiplier) 1 kh kw"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    DepthwiseConv3D: {
        "kernel": TorchWeight("weight", "kd kh kw in multiplier -> (in multiplier) 1 kd kh kw"),
        "bias": TorchWeight("bias", _VECTOR),
    },
    GroupNormalization: {
        "gamma": TorchWeight("weight", _VECTOR),
        "beta": TorchWeight("bias", _VECTOR),
    },
    LayerNormalization: {
        "gamma": TorchWeight("weight", ""),
        "beta": TorchWeight("bias", ""),
    },
    RMSNormalization: {
        "scale": TorchWeight("weight", ""),
    },
    GRU: _RECURRENT,
    LSTM: _RECURRENT,
    SimpleRNN: _RECURRENT,
}
"""By layer and the weight's own name. What is not here keeps name and axes, and is a buffer where it is never trained."""


def layout(layer: Layer, weight: Weight) -> TorchWeight:
    """Return what a weight of a layer becomes; the name is dotted where it is that of a module inside of the layer's."""
    if isinstance(layer, Bidirectional):
        prefix = next(prefix for prefix in layer.directions if weight.name.startswith(prefix))
        own = layout(layer.directions[prefix], replace(weight, name=weight.name.removeprefix(prefix)))
        return replace(own, name=f"{prefix}layer.{own.name}")
    if isinstance(layer, SpectralNormalization) and weight.name != "vector_u":
        own = layout(layer.layer, weight)
        return replace(own, name=f"layer.{own.name}")
    listed = WEIGHTS.get(type(layer), {}).get(weight.name)
    axes = " ".join(f"a{axis}" for axis in range(len(weight.shape)))
    named = listed or TorchWeight(weight.name, "", buffer=not weight.trainable)
    return named if named.axes else replace(named, axes=f"{axes} -> {axes}")
