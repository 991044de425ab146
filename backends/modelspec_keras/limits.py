"""What Keras cannot do, with the reason; read without Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from modelspec.backend import Inexact, Limit, Limits
from modelspec.graph import Node
from modelspec.layers.attention import ProjectedAttention
from modelspec.layers.axes import positive_axes
from modelspec.layers.constraints import MaxNorm, MinMaxNorm, UnitNorm
from modelspec.layers.depthwise import DepthwiseConv3D
from modelspec.layers.normalization import RMSNormalization
from modelspec.layers.preprocessing import Normalization
from modelspec.layers.wrappers import SpectralNormalization, TimeDistributed
from modelspec.tensors import Symbol
from modelspec_keras import recurrent_limits
from modelspec_keras.volumes import padding_of


def _is_refused_inside(layer: SpectralNormalization | TimeDistributed, node: Node) -> bool:
    inner, types = layer.layer, node.input_types
    if isinstance(layer, TimeDistributed):
        types = tuple(replace(it, shape=it.shape[1:]) for it in types)
    inside = Node.of(node.name, inner, node.inputs, types)
    return inner.kind in LACKS or any(limit.applies(inner, inside) for limit in LIMITS.get(inner.kind, ()))


def _separates_merged_axes(layer: DepthwiseConv3D, node: Node) -> bool:
    """Return whether norms are taken along just one of the two axes that are one in the kernel of Keras's layer."""
    match layer.depthwise_constraint:
        case MaxNorm(axis=axis) | MinMaxNorm(axis=axis) | UnitNorm(axis=axis):
            rank = len(node.weights[0].weight.shape)
            axes = {a % rank for a in (axis if isinstance(axis, tuple) else (axis,))}
            return len(axes & {rank - 2, rank - 1}) == 1
        case _:
            return False


def _adds_bias_to_positions(layer: ProjectedAttention, node: Node) -> bool:
    """Return whether Keras's ``ops.add`` takes a bias such as (heads, 1) for one of the axis after the batch.

    It does so for an array with one size above 1, the size of that axis.
    """
    query, value, key, _ = layer.roles(node.input_types)
    lengths = {f"{role}_bias": query.shape[0] for role in ("query", "gate", "output")}
    lengths |= {"key_bias": key.shape[0], "value_bias": value.shape[0]}
    biases = [bound.weight for bound in node.weights if bound.weight.name in lengths]
    return any(
        bias.shape[-1] == 1 < bias.size == max(bias.shape)
        and (isinstance(lengths[bias.name], Symbol) or lengths[bias.name] == bias.size)
        for bias in biases
    )


_REFUSED_INSIDE = Limit(
    "the layer inside is one that Keras refuses by itself, too", _is_refused_inside, "use it outside to see why"
)


def _holds_weights_between(layer: TimeDistributed, node: Node) -> bool:
    """Return whether the layer inside is lowered to a Keras layer with weights and something around it."""
    inner, rank = layer.layer, node.input_types[0].rank - 1
    match inner:
        case Normalization():
            return inner.mean is None
        case RMSNormalization(axis=axis):
            axes = positive_axes(axis, rank)
            return axes != tuple(range(rank - len(axes), rank))
        case _:
            return False


_WEIGHTS_BETWEEN = Limit(
    "the layer inside needs other layers around it in Keras, and Keras loses the weights of what stands in a model of its own",
    _holds_weights_between,
    "use the layer without TimeDistributed, with its axes one further",
)
_DILATED = Limit(
    "dilation_rate is above 1, and TensorFlow has no dilated transposed convolution on a CPU",
    lambda layer, _: max(layer.dilation_rate) > 1,
    "compile for PyTorch or ONNX, or set dilation_rate to 1",
)

_MISPLACED = Limit(
    'padding is "same", one axis is padded and along another two elements or more may lie unread after the last window: there'
    " TensorFlow's 3D windows begin with the second element",
    lambda layer, node: padding_of(layer, node.input_types[0].shape) is None,
    'make the kernel or pool_size at least the stride less 1, or use ZeroPadding3D and padding "valid"',
)

_BIAS_OF_POSITIONS = Limit(
    "a head, or the last axis of output_shape, has size 1, and the query or key has, or may have, as many positions as the bias"
    " has numbers: there Keras 3.15 adds the bias along the positions",
    _adds_bias_to_positions,
    "set use_bias to false, or make the size larger",
)

_ADAPTIVE_MAX_OF_NOTHING = Limit(
    "an axis has size 1 or output_size 1, and another has not; there Keras also pools windows of no element, and TensorFlow's"
    " gradient of those is whatever stood in memory",
    lambda layer, node: max(layer.output_size) > 1 and 1 in (*layer.output_size, *node.input_types[0].shape[:-1]),
    "pool the axis to size 1 with MaxPooling first, and leave it out with Reshape",
)
_ADAPTIVE_TO_UNKNOWN = Limit(
    "a size is unknown until run time, and Keras's adaptive pooling needs known ones",
    lambda layer, node: max(layer.output_size) > 1 and any(isinstance(size, Symbol) for size in node.input_types[0].shape[:-1]),
    "give the input fixed sizes, or make output_size 1",
)

LACKS: Mapping[str, str] = {
    "SeparableConv3D": "Keras has no 3D separable convolution",
}
"""The layers that ``lower.RULES`` has no rule for."""

LIMITS: Limits = {
    "AdaptiveAveragePooling1D": (_ADAPTIVE_TO_UNKNOWN,),
    "AdaptiveAveragePooling2D": (_ADAPTIVE_TO_UNKNOWN,),
    "AdaptiveAveragePooling3D": (_ADAPTIVE_TO_UNKNOWN,),
    "AdaptiveMaxPooling1D": (_ADAPTIVE_TO_UNKNOWN, _ADAPTIVE_MAX_OF_NOTHING),
    "AdaptiveMaxPooling2D": (_ADAPTIVE_TO_UNKNOWN, _ADAPTIVE_MAX_OF_NOTHING),
    "AdaptiveMaxPooling3D": (_ADAPTIVE_TO_UNKNOWN, _ADAPTIVE_MAX_OF_NOTHING),
    "AveragePooling3D": (_MISPLACED,),
    "Conv1DTranspose": (_DILATED,),
    "Conv2DTranspose": (_DILATED,),
    "Conv3D": (_MISPLACED,),
    "Conv3DTranspose": (_DILATED,),
    "DepthwiseConv3D": (
        _MISPLACED,
        Limit(
            "Keras computes it as a Conv3D whose kernel has the input channels and the multiplier on one axis, and the norms of"
            " depthwise_constraint are taken along only one of the two",
            _separates_merged_axes,
            "take the norms along the spatial axes, or along both axes of channels",
        ),
    ),
    "GroupQueryAttention": (_BIAS_OF_POSITIONS,),
    "MaxPooling3D": (_MISPLACED,),
    "MultiHeadAttention": (_BIAS_OF_POSITIONS,),
    "SpectralNormalization": (_REFUSED_INSIDE,),
    **recurrent_limits.LIMITS,
    "TimeDistributed": (
        _REFUSED_INSIDE,
        _WEIGHTS_BETWEEN,
        *recurrent_limits.LIMITS["TimeDistributed"],
    ),
}
"""The uses of the others that are refused."""

INEXACT: Inexact = {
    "CenterCrop": (1e-6, "TensorFlow's ResizeBilinear gives float32 for any input; 3e-7 off where it resizes"),
    "bilinear": (1e-6, "TensorFlow's ResizeBilinear gives float32 for any input, and so its places; 7e-7 off"),
    "gelu": (1e-8, "TensorFlow rounds its constants to float32: 5e-9 off, and 4e-7 of a result at -5"),
}
"""What is computed less exactly than float64 allows."""
