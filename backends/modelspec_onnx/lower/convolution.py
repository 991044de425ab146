"""Convolutions: kernels go from Keras's layout to ONNX's, padding is explicit where the size is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelspec.geometry import Padding, padding_amounts
from modelspec.layers.convolution import Conv2D, Window
from modelspec.tensors import Dim
from modelspec.weights import Array
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.activations import finish
from modelspec_onnx.lower.rules import Rules


def conv2d(layer: Conv2D, site: Site) -> None:
    """Lower to Conv: kernel ``kh kw in out`` becomes ``out in kh kw``."""
    kernel = site.array("kernel")
    assert kernel is not None
    conv(layer, site, kernel.transpose(3, 2, 0, 1), layer.groups)


def conv(layer: Window, site: Site, kernel: Array, groups: int) -> None:
    """Emit Conv with a kernel in ONNX's layout."""
    inputs = [site.input, site.weight("kernel", kernel)]
    bias = site.array("bias")
    if bias is not None:
        inputs.append(site.weight("bias", bias))
    sizes = kernel.shape[2:]
    window = window_attributes(site.node.input_types[0].shape[1:], sizes, layer.strides, layer.dilation_rate, layer.padding)
    finish(layer.activation, site, "Conv", inputs, group=groups, dilations=layer.dilation_rate, **window)


def window_attributes(
    sizes: Sequence[Dim], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int], padding: Padding
) -> dict[str, Any]:
    """Return the attributes of a window. A padding that depends on a size unknown until run time is left to ``auto_pad``."""
    pads = [padding_amounts(n, k, s, d, padding) for n, k, s, d in zip(sizes, kernel, strides, dilations, strict=True)]
    known = [pair for pair in pads if pair is not None]
    place: dict[str, Any] = {"auto_pad": "SAME_UPPER"}
    if len(known) == len(pads):
        place = {"pads": [before for before, _ in known] + [after for _, after in known]}
    return {"kernel_shape": list(kernel), "strides": list(strides), **place}


RULES: Rules = {
    Conv2D: conv2d,
}
