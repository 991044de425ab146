"""What ONNX cannot do, with the reason; read without onnx."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from modelspec.backend import Inexact, Limit, Limits
from modelspec.geometry import padding_amounts
from modelspec.graph import Node
from modelspec.tensors import Symbol
from modelspec_onnx import recurrent_limits

if TYPE_CHECKING:
    from modelspec.layers.pooling import Pooling


def _unknown(node: Node) -> bool:
    """Return whether a spatial size of the input is unknown until run time."""
    return any(isinstance(size, Symbol) for size in node.input_types[0].shape[1:])


def _pads_below_zero(layer: Pooling, node: Node) -> bool:
    """Return whether ``SAME_UPPER``, which unknown sizes need, would compute a negative padding."""
    sizes = node.input_types[0].shape[1:]
    windows = list(zip(sizes, layer.pool_size, layer.steps, strict=True))
    unknown = any(padding_amounts(n, k, s, 1, layer.padding) is None for n, k, s in windows)
    return unknown and any(k < s for _, k, s in windows)


_WINDOW_BELOW_STRIDE = Limit(
    'padding is "same", the window is smaller than the stride, and a size is unknown until run time',
    _pads_below_zero,
    "give the input fixed sizes, or make the window as large as the stride",
)

_ADAPTIVE_TO_UNKNOWN = Limit(
    "a size is unknown until run time, and ONNX has no adaptive pooling, so that the windows must be known",
    lambda layer, node: max(layer.output_size) > 1 and _unknown(node),
    "give the input fixed sizes, or make output_size 1",
)
_INT64 = Limit(
    "ONNX Runtime does not resize int64",
    lambda _, node: node.output.dtype == "int64",
    "give the input another data type",
)

LACKS: Mapping[str, str] = {
    "CenterCrop": "ONNX has no operator that crops large images and resizes small ones",
    "SeparableConv1D": "ONNX has no separable convolution",
    "SeparableConv2D": "ONNX has no separable convolution",
    "SeparableConv3D": "ONNX has no separable convolution",
    "SpectralNormalization": "ONNX models are for inference, in which the layer inside is all",
    "TimeDistributed": "ONNX takes the time steps as a part of the batch",
}
"""The layers that ``lower.RULES`` has no rule for."""

LIMITS: Limits = {
    "AdaptiveAveragePooling1D": (_ADAPTIVE_TO_UNKNOWN,),
    "AdaptiveAveragePooling2D": (_ADAPTIVE_TO_UNKNOWN,),
    "AdaptiveAveragePooling3D": (_ADAPTIVE_TO_UNKNOWN,),
    "AdaptiveMaxPooling1D": (_ADAPTIVE_TO_UNKNOWN,),
    "AdaptiveMaxPooling2D": (_ADAPTIVE_TO_UNKNOWN,),
    "AdaptiveMaxPooling3D": (_ADAPTIVE_TO_UNKNOWN,),
    "AveragePooling1D": (_WINDOW_BELOW_STRIDE,),
    "AveragePooling2D": (_WINDOW_BELOW_STRIDE,),
    "AveragePooling3D": (_WINDOW_BELOW_STRIDE,),
    "MaxPooling1D": (_WINDOW_BELOW_STRIDE,),
    "MaxPooling2D": (_WINDOW_BELOW_STRIDE,),
    "MaxPooling3D": (_WINDOW_BELOW_STRIDE,),
    "Resizing": (
        Limit(
            "crop_to_aspect_ratio or pad_to_aspect_ratio is true, and a size is unknown until run time",
            lambda layer, node: (layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio) and _unknown(node),
            "give the input fixed sizes, or compile for Keras",
        ),
    ),
    "UpSampling1D": (_INT64,),
    "UpSampling2D": (_INT64,),
    "UpSampling3D": (_INT64,),
    **recurrent_limits.LIMITS,
}
"""The uses of the others that are refused."""

INEXACT: Inexact = {
    "hard_sigmoid": (1e-7, "ONNX keeps HardSigmoid's alpha of 1/6 in a float32 attribute"),
    "selu": (1e-7, "ONNX keeps Selu's alpha and gamma in float32 attributes"),
}
"""What is computed less exactly than float64 allows."""
