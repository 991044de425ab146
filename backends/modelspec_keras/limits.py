"""What Keras cannot do, with the reason; read without Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from modelspec.backend import Limit, Limits
from modelspec.graph import Node
from modelspec.layers.base import Layer
from modelspec.layers.constraints import MaxNorm, MinMaxNorm, UnitNorm
from modelspec.layers.depthwise import DepthwiseConv3D, SeparableConv3D
from modelspec.layers.pooling import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from modelspec.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from modelspec.layers.wrappers import TimeDistributed
from modelspec.tensors import Symbol
from modelspec_keras import recurrent_limits


def _is_refused_inside(layer: TimeDistributed, node: Node) -> bool:
    inner = layer.layer
    inside = Node.of(node.name, inner, node.inputs, tuple(replace(it, shape=it.shape[1:]) for it in node.input_types))
    return type(inner) in LACKS or any(limit.applies(inner, inside) for limit in LIMITS.get(type(inner), ()))


def _separates_merged_axes(layer: DepthwiseConv3D, node: Node) -> bool:
    """Return whether norms are taken along just one of the two axes that are one in the kernel of Keras's layer."""
    match layer.depthwise_constraint:
        case MaxNorm(axis=axis) | MinMaxNorm(axis=axis) | UnitNorm(axis=axis):
            rank = len(node.weights[0].weight.shape)
            axes = {a % rank for a in (axis if isinstance(axis, tuple) else (axis,))}
            return len(axes & {rank - 2, rank - 1}) == 1
        case _:
            return False


_DILATED = Limit(
    "dilation_rate is above 1, and TensorFlow has no dilated transposed convolution on a CPU",
    lambda layer, _: max(layer.dilation_rate) > 1,
    "compile for PyTorch or ONNX, or set dilation_rate to 1",
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

LACKS: Mapping[type[Layer], str] = {
    SeparableConv3D: "Keras has no 3D separable convolution",
}
"""The layers that ``lower.RULES`` has no rule for."""

LIMITS: Limits = {
    AdaptiveAveragePooling1D: (_ADAPTIVE_TO_UNKNOWN,),
    AdaptiveAveragePooling2D: (_ADAPTIVE_TO_UNKNOWN,),
    AdaptiveAveragePooling3D: (_ADAPTIVE_TO_UNKNOWN,),
    AdaptiveMaxPooling1D: (_ADAPTIVE_TO_UNKNOWN, _ADAPTIVE_MAX_OF_NOTHING),
    AdaptiveMaxPooling2D: (_ADAPTIVE_TO_UNKNOWN, _ADAPTIVE_MAX_OF_NOTHING),
    AdaptiveMaxPooling3D: (_ADAPTIVE_TO_UNKNOWN, _ADAPTIVE_MAX_OF_NOTHING),
    Conv1DTranspose: (_DILATED,),
    Conv2DTranspose: (_DILATED,),
    Conv3DTranspose: (_DILATED,),
    DepthwiseConv3D: (
        Limit(
            "Keras computes it as a Conv3D whose kernel has the input channels and the multiplier on one axis, and the norms of"
            " depthwise_constraint are taken along only one of the two",
            _separates_merged_axes,
            "take the norms along the spatial axes, or along both axes of channels",
        ),
    ),
    **recurrent_limits.LIMITS,
    TimeDistributed: (
        Limit("the layer inside is one that Keras refuses by itself, too", _is_refused_inside, "use it outside to see why"),
        *recurrent_limits.LIMITS[TimeDistributed],
    ),
}
"""The uses of the others that are refused."""
