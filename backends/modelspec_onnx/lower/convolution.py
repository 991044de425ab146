"""Convolutions: kernels go from Keras's layout to ONNX's, padding is explicit where the size is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modelspec.geometry import WindowPadding, extent, padding_amounts
from modelspec.layers.convolution import Conv1D, Conv2D, Conv3D, Convolution, Window
from modelspec.tensors import Dim
from modelspec.weights import Array
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.activations import finish
from modelspec_onnx.lower.rules import Rules


def convolution(layer: Convolution, site: Site) -> None:
    """Lower to Conv: kernel ``k... in out`` becomes ``out in k...``."""
    conv(layer, site, swapped(site), layer.groups)


def swapped(site: Site) -> Array:
    """Return the layer's kernel with its last axis first, the one before it second and the spatial axes after them."""
    kernel = site.required("kernel")
    rank = kernel.ndim - 2
    return kernel.transpose(rank + 1, rank, *range(rank))


def conv(layer: Window, site: Site, kernel: Array, groups: int) -> None:
    """Emit Conv with a kernel in ONNX's layout."""
    sizes = kernel.shape[2:]
    inputs = operands(site, kernel)
    window = window_attributes(site.node.input_types[0].shape[1:], sizes, layer.strides, layer.dilation_rate, layer.padding)
    if "auto_pad" in window and max(layer.dilation_rate) > 1:
        inputs[0] = padded_to_same(layer, site)
        window = {"kernel_shape": list(sizes), "strides": layer.strides}
    finish(layer.activation, site, "Conv", inputs, group=groups, dilations=layer.dilation_rate, **window)


def padded_to_same(layer: Window, site: Site) -> str:
    """Pad the input to ``ceil(size / stride)`` windows at run time: ONNX Runtime's ``auto_pad`` refuses dilated kernels."""

    def integers(name: str, *values: int) -> str:
        return site.constant(name, values, "int64")

    reach = [extent(k, d) for k, d in zip(layer.kernel_size, layer.dilation_rate, strict=True)]
    strides = integers("strides", *layer.strides)
    size = site.emit("Shape", [site.input], step="size", start=2)
    before_last = site.emit("Sub", [size, integers("one", 1)], step="before_last")
    steps = site.emit("Div", [before_last, strides], step="steps")
    last_start = site.emit("Mul", [steps, strides], step="last_start")
    last_end = site.emit("Add", [last_start, integers("reach", *reach)], step="last_end")
    missing = site.emit("Sub", [last_end, size], step="missing")
    total = site.emit("Max", [missing, integers("none", 0)], step="total")
    before = site.emit("Div", [total, integers("two", 2)], step="before")
    after = site.emit("Sub", [total, before], step="after")
    others = integers("others", 0, 0)
    pads = site.emit("Concat", [others, before, others, after], step="pads", axis=0)
    return site.emit("Pad", [site.input, pads], step="padded")


def operands(site: Site, kernel: Array) -> list[str]:
    """Return the tensors that a convolution reads: the input, the kernel and, where there is one, the bias."""
    inputs = [site.input, site.weight("kernel", kernel)]
    bias = site.array("bias")
    return inputs if bias is None else [*inputs, site.weight("bias", bias)]


def window_attributes(
    sizes: Sequence[Dim], kernel: Sequence[int], strides: Sequence[int], dilations: Sequence[int], padding: WindowPadding
) -> dict[str, Any]:
    """Return the attributes of a window. A padding that depends on a size unknown until run time is left to ``auto_pad``."""
    pads = [padding_amounts(n, k, s, d, padding) for n, k, s, d in zip(sizes, kernel, strides, dilations, strict=True)]
    known = [pair for pair in pads if pair is not None]
    place: dict[str, Any] = {"auto_pad": "SAME_UPPER"}
    if len(known) == len(pads):
        place = {"pads": [before for before, _ in known] + [after for _, after in known]}
    return {"kernel_shape": list(kernel), "strides": list(strides), **place}


RULES: Rules = {
    Conv1D: convolution,
    Conv2D: convolution,
    Conv3D: convolution,
}
