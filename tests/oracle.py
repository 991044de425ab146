"""Every layer of the catalogue in float64 NumPy, from Keras's definitions; written to be read, and independent of the backends.

Inference semantics. Windows are gathered one by one, padding is stated in ``same_padding``, and a channels-first layer is
computed in channels-last order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, erf, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelspec.graph import Graph
from modelspec.layers import activations
from modelspec.layers.base import Layer
from modelspec.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from modelspec.layers.core import Activation, Dense, ReLU
from modelspec.layers.merging import Add, Concatenate
from modelspec.layers.normalization import BatchNormalization
from modelspec.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from modelspec.layers.preprocessing import Rescaling
from modelspec.layers.regularization import Dropout
from modelspec.layers.reshaping import Flatten, Permute, ZeroPadding2D

Doubles = NDArray[np.float64]
Weights = Mapping[str, Doubles]


def evaluate(graph: Graph, inputs: Mapping[str, NDArray[Any]], weights: Mapping[str, NDArray[Any]]) -> dict[str, Doubles]:
    """Return every value of a graph by name, inputs included; ``weights`` are the canonical arrays by key."""
    values: dict[str, Doubles] = {name: np.asarray(array, np.float64) for name, array in inputs.items()}
    for node in graph.nodes:
        own = {bound.weight.name: np.asarray(weights[bound.key], np.float64) for bound in node.weights}
        values[node.value] = apply(node.layer, [values[name] for name in node.inputs], own)
    return values


def outputs(graph: Graph, inputs: Mapping[str, NDArray[Any]], weights: Mapping[str, NDArray[Any]]) -> dict[str, Doubles]:
    """Return the outputs of a graph by name."""
    values = evaluate(graph, inputs, weights)
    return {name: values[value] for name, value in graph.outputs.items()}


def apply(layer: Layer, inputs: list[Doubles], weights: Weights) -> Doubles:
    """Return what a layer makes of a batch, with its weights by their own names (``kernel``)."""
    return ORACLE[type(layer)](layer, inputs, weights)


def activate(activation: activations.Activation, x: Doubles) -> Doubles:
    """Return the function of every element, or along its axis."""
    return ACTIVATIONS[type(activation)](activation, x)


def channels_last(layer: Any, x: Doubles) -> Doubles:
    """Return an array of the layer's data format in channels-last order."""
    return np.moveaxis(x, 1, -1) if layer.data_format == "channels_first" else x


def restored(layer: Any, x: Doubles) -> Doubles:
    """Return a channels-last array in the layer's data format."""
    return np.moveaxis(x, -1, 1) if layer.data_format == "channels_first" else x


def same_padding(n: int, k: int, s: int, d: int) -> tuple[int, int]:
    """Return Keras's padding: as much as ``ceil(n / s)`` windows need, the larger half at the end."""
    needed = max((ceil(n / s) - 1) * s + (k - 1) * d + 1 - n, 0)
    return needed // 2, needed - needed // 2


def windows(
    x: Doubles, kernel: tuple[int, int], strides: tuple[int, int], *, dilation: tuple[int, int], padding: str, fill: float = 0.0
) -> Doubles:
    """Return all windows of a channels-last array: (batch, rows, columns, kernel height, kernel width, channels)."""
    if padding == "same":
        sides = [same_padding(n, k, s, d) for n, k, s, d in zip(x.shape[1:3], kernel, strides, dilation, strict=True)]
        x = np.pad(x, [(0, 0), *sides, (0, 0)], constant_values=fill)
    (height, width), (down, right) = [(k - 1) * d + 1 for k, d in zip(kernel, dilation, strict=True)], dilation
    return np.stack(
        [
            np.stack(
                [
                    x[:, top : top + height : down, left : left + width : right]
                    for left in range(0, x.shape[2] - width + 1, strides[1])
                ],
                axis=1,
            )
            for top in range(0, x.shape[1] - height + 1, strides[0])
        ],
        axis=1,
    )


def conv2d(layer: Conv2D, inputs: list[Doubles], weights: Weights) -> Doubles:
    kernel = weights["kernel"]
    x = channels_last(layer, inputs[0])
    seen = windows(x, layer.kernel_size, layer.strides, dilation=layer.dilation_rate, padding=layer.padding)
    outs = layer.filters // layer.groups
    size = kernel.shape[2]
    groups = [
        np.einsum("bhwklc,klco->bhwo", seen[..., g * size : (g + 1) * size], kernel[..., g * outs : (g + 1) * outs])
        for g in range(layer.groups)
    ]
    return activate(layer.activation, restored(layer, np.concatenate(groups, axis=-1) + weights.get("bias", 0.0)))


def depthwise(layer: Any, x: Doubles, kernel: Doubles) -> Doubles:
    """Return channel ``i * multiplier + j`` = input channel ``i`` under its ``j``-th kernel; channels last."""
    seen = windows(x, layer.kernel_size, layer.strides, dilation=layer.dilation_rate, padding=layer.padding)
    made = np.einsum("bhwklc,klcm->bhwcm", seen, kernel)
    return made.reshape(*made.shape[:3], -1)


def depthwise_conv2d(layer: DepthwiseConv2D, inputs: list[Doubles], weights: Weights) -> Doubles:
    made = depthwise(layer, channels_last(layer, inputs[0]), weights["kernel"]) + weights.get("bias", 0.0)
    return activate(layer.activation, restored(layer, made))


def separable_conv2d(layer: SeparableConv2D, inputs: list[Doubles], weights: Weights) -> Doubles:
    made = depthwise(layer, channels_last(layer, inputs[0]), weights["depthwise_kernel"])
    mixed = made @ weights["pointwise_kernel"][0, 0] + weights.get("bias", 0.0)
    return activate(layer.activation, restored(layer, mixed))


def max_pooling(layer: MaxPooling2D, inputs: list[Doubles], _: Weights) -> Doubles:
    x = channels_last(layer, inputs[0])
    strides = layer.strides or layer.pool_size
    seen = windows(x, layer.pool_size, strides, dilation=(1, 1), padding=layer.padding, fill=-np.inf)
    return restored(layer, seen.max(axis=(3, 4)))


def average_pooling(layer: AveragePooling2D, inputs: list[Doubles], _: Weights) -> Doubles:
    """Padding is not a number, and so does not count in the mean."""
    x = channels_last(layer, inputs[0])
    strides = layer.strides or layer.pool_size
    seen = windows(x, layer.pool_size, strides, dilation=(1, 1), padding=layer.padding, fill=np.nan)
    return restored(layer, np.nanmean(seen, axis=(3, 4)))


def global_average_pooling(layer: GlobalAveragePooling2D, inputs: list[Doubles], _: Weights) -> Doubles:
    made = channels_last(layer, inputs[0]).mean(axis=(1, 2), keepdims=layer.keepdims)
    return restored(layer, made) if layer.keepdims else made


def global_max_pooling(layer: GlobalMaxPooling2D, inputs: list[Doubles], _: Weights) -> Doubles:
    made = channels_last(layer, inputs[0]).max(axis=(1, 2), keepdims=layer.keepdims)
    return restored(layer, made) if layer.keepdims else made


def batch_normalization(layer: BatchNormalization, inputs: list[Doubles], weights: Weights) -> Doubles:
    assert layer.axis is not None
    x = np.moveaxis(inputs[0], layer.axis, -1)
    made = (x - weights["moving_mean"]) / np.sqrt(weights["moving_variance"] + layer.epsilon)
    made = made * weights.get("gamma", 1.0) + weights.get("beta", 0.0)
    return np.moveaxis(made, -1, layer.axis)


def dense(layer: Dense, inputs: list[Doubles], weights: Weights) -> Doubles:
    made = np.einsum("...i,io->...o", inputs[0], weights["kernel"]) + weights.get("bias", 0.0)
    return activate(layer.activation, made)


def relu(layer: ReLU, inputs: list[Doubles], _: Weights) -> Doubles:
    x = inputs[0]
    above = x if layer.max_value is None else np.minimum(x, layer.max_value)
    return np.where(x > layer.threshold, above, layer.negative_slope * (x - layer.threshold))


def concatenate(layer: Concatenate, inputs: list[Doubles], _: Weights) -> Doubles:
    assert layer.axis is not None
    return np.concatenate(inputs, axis=layer.axis)


def add(_: Add, inputs: list[Doubles], __: Weights) -> Doubles:
    total = inputs[0]
    for value in inputs[1:]:
        total = total + value
    return total


def zero_padding(layer: ZeroPadding2D, inputs: list[Doubles], _: Weights) -> Doubles:
    return restored(layer, np.pad(channels_last(layer, inputs[0]), [(0, 0), *layer.padding, (0, 0)]))


def flatten(layer: Flatten, inputs: list[Doubles], _: Weights) -> Doubles:
    return channels_last(layer, inputs[0]).reshape(len(inputs[0]), -1)


def softmax(x: Doubles, axis: int) -> Doubles:
    exponentials = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def elu(x: Doubles, alpha: float) -> Doubles:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def sigmoid(x: Doubles) -> Doubles:
    return np.exp(-np.logaddexp(0, -x))


def gelu(x: Doubles, approximate: bool) -> Doubles:
    if approximate:
        return 0.5 * x * (1 + np.tanh(sqrt(2 / pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * (1 + np.vectorize(erf, otypes=[np.float64])(x / sqrt(2)))


def log_softmax(x: Doubles, axis: int) -> Doubles:
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


ACTIVATIONS: dict[type[activations.Activation], Callable[[Any, Doubles], Doubles]] = {
    activations.Linear: lambda _, x: x,
    activations.Relu: lambda _, x: np.maximum(x, 0),
    activations.Relu6: lambda _, x: np.clip(x, 0, 6),
    activations.LeakyRelu: lambda a, x: np.where(x >= 0, x, a.negative_slope * x),
    activations.Elu: lambda a, x: elu(x, a.alpha),
    activations.Selu: lambda _, x: 1.0507009873554805 * elu(x, 1.6732632423543772),
    activations.Sigmoid: lambda _, x: sigmoid(x),
    activations.Tanh: lambda _, x: np.tanh(x),
    activations.Softplus: lambda _, x: np.logaddexp(0, x),
    activations.Softsign: lambda _, x: x / (1 + np.abs(x)),
    activations.Exponential: lambda _, x: np.exp(x),
    activations.Silu: lambda _, x: x * sigmoid(x),
    activations.Gelu: lambda a, x: gelu(x, a.approximate),
    activations.HardSigmoid: lambda _, x: np.clip(x + 3, 0, 6) / 6,
    activations.Softmax: lambda a, x: softmax(x, a.axis),
    activations.LogSoftmax: lambda a, x: log_softmax(x, a.axis),
}

ORACLE: dict[type[Layer], Callable[[Any, list[Doubles], Weights], Doubles]] = {
    Activation: lambda layer, inputs, _: activate(layer.activation, inputs[0]),
    Add: add,
    AveragePooling2D: average_pooling,
    BatchNormalization: batch_normalization,
    Concatenate: concatenate,
    Conv2D: conv2d,
    Dense: dense,
    DepthwiseConv2D: depthwise_conv2d,
    Dropout: lambda _, inputs, __: inputs[0],
    Flatten: flatten,
    GlobalAveragePooling2D: global_average_pooling,
    GlobalMaxPooling2D: global_max_pooling,
    MaxPooling2D: max_pooling,
    Permute: lambda layer, inputs, _: np.transpose(inputs[0], (0, *layer.dims)),
    ReLU: relu,
    Rescaling: lambda layer, inputs, _: inputs[0] * np.asarray(layer.scale) + np.asarray(layer.offset),
    SeparableConv2D: separable_conv2d,
    ZeroPadding2D: zero_padding,
}
