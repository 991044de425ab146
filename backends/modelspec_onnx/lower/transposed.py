"""Transposed convolutions: what they cut off is explicit, as ``auto_pad`` gives wrong sizes for kernels below the stride."""

from __future__ import annotations

from modelspec.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose, Transposed
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.activations import finish
from modelspec_onnx.lower.convolution import operands, swapped
from modelspec_onnx.lower.rules import Rules


def transposed(layer: Transposed, site: Site) -> None:
    """Lower to ConvTranspose: kernel ``k... out in`` becomes ``in out k...``."""
    finish(
        layer.activation,
        site,
        "ConvTranspose",
        operands(site, swapped(site)),
        kernel_shape=layer.kernel_size,
        strides=layer.strides,
        dilations=layer.dilation_rate,
        pads=[before for before, _ in layer.crops] + [max(after, 0) for _, after in layer.crops],
        output_padding=[max(-after, 0) for _, after in layer.crops],
    )


RULES: Rules = {
    Conv1DTranspose: transposed,
    Conv2DTranspose: transposed,
    Conv3DTranspose: transposed,
}
