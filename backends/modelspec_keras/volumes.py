"""Windows over volumes, which TensorFlow misplaces for some strides; read without Keras."""

from __future__ import annotations

from modelspec.geometry import WindowPadding, extent, padding_amounts
from modelspec.layers.convolution import Convolution, Window
from modelspec.layers.depthwise import Depthwise
from modelspec.layers.pooling import Pooling
from modelspec.tensors import Dim, Shape


def padding_of(layer: Window | Pooling, shape: Shape) -> WindowPadding | None:
    """Return the padding to ask Keras for, for an input of a shape; None where neither gives the windows.

    Where "same" leaves two elements or more unread at the end of an axis, TensorFlow's own 3D kernels (those that run without
    oneDNN) begin with the second element of it: they go back by half of a negative padding. Where no axis is padded, "valid"
    makes the same windows. Convolutions of several groups and transposed ones run elsewhere, and are right.
    """
    if layer.padding != "same" or layer.spatial_rank != 3:
        return layer.padding
    sizes, channels = layer.split(shape)
    if isinstance(layer, Pooling):
        windows = list(zip(sizes, layer.pool_size, layer.steps, (1, 1, 1), strict=True))
    elif (isinstance(layer, Convolution) and layer.groups == 1) or (isinstance(layer, Depthwise) and channels == 1):
        windows = list(zip(sizes, layer.kernel_size, layer.strides, layer.dilation_rate, strict=True))
    else:
        return "same"
    if all(_unread(*window) < 2 for window in windows):
        return "same"
    return "valid" if all(padding_amounts(*window, "same") == (0, 0) for window in windows) else None


def _unread(n: Dim, k: int, s: int, d: int) -> int:
    """Return how many elements lie after the last window, or the most where the size is unknown; negative with padding."""
    if not isinstance(n, int):
        return s - extent(k, d)
    return n - ((-(-n // s) - 1) * s + extent(k, d))
