"""Transposed convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

from modelspec.geometry import Padding, extent, transposed_crop, transposed_size
from modelspec.layers.base import LayerError, Weight
from modelspec.layers.convolution import Window, Window1D, Window2D, Window3D, not_both_strided_and_dilated
from modelspec.layers.fields import Amount1D, Amount2D, Amount3D, Positive, Sizes
from modelspec.layers.folding import AffineMap, Merged
from modelspec.layers.weighted import WithKernel
from modelspec.tensors import Dim, Shape, TensorType, counted, format_shape


class Transposed(WithKernel, Window):
    """The transpose of a convolution: every input adds the kernel times itself, ``strides`` apart, to the output."""

    filters: Positive
    """The number of output channels."""
    padding: Padding = "valid"
    """``valid`` keeps what every input adds, ``(size - 1) * stride + kernel`` outputs, or ``size * stride`` where the kernel is
    shorter than the stride; ``same`` keeps ``size * stride`` of them and cuts off the rest, the odd one at the end."""
    output_padding: Sizes | None = None
    """The outputs beyond those of another ``strides``: less than the stride. With it, ``same`` makes
    ``(size - 1) * stride + output_padding`` outputs, and one more where the kernel spans an odd number of elements."""

    @property
    def crops(self) -> tuple[tuple[int, int], ...]:
        """What is cut off before and after the full output, by axis; negative where nothing was added to the last outputs."""
        extra = self.output_padding or (None,) * self.spatial_rank
        return tuple(
            transposed_crop(k, s, d, self.padding, more)
            for k, s, d, more in zip(self.kernel_size, self.strides, self.dilation_rate, extra, strict=True)
        )

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        self.activation.check(value.rank)
        not_both_strided_and_dilated(self)
        self._check_output_padding()
        self.channels(value)
        return TensorType(self.join(self._sizes(value), self.filters), value.dtype)

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        sizes = zip(self.split(inputs[0].shape)[0], self.kernel_size, self.strides, self.dilation_rate, strict=True)
        return max(prod((counted(n) - 1) * s + extent(k, d) for n, k, s, d in sizes) * self.filters - output.elements, 0)

    def _check_output_padding(self) -> None:
        if self.output_padding is None:
            return
        if any(more >= s for more, s in zip(self.output_padding, self.strides, strict=True)):
            raise LayerError(
                "MS203",
                f"output_padding is {list(self.output_padding)} and strides is {list(self.strides)}; it must be less",
                "leave it out for the default, or make it smaller",
            )
        spans = [extent(k, d) for k, d in zip(self.kernel_size, self.dilation_rate, strict=True)]
        if self.padding == "same" and any(not span % 2 + more for span, more in zip(spans, self.output_padding, strict=True)):
            raise LayerError(
                "MS203",
                f'output_padding is {list(self.output_padding)} with padding "same", but where it is 0 the kernel must span an'
                f" odd number of elements, and it spans {spans}",
                "TensorFlow cannot cut off a whole stride; leave output_padding out for size * stride outputs",
            )

    def _sizes(self, value: TensorType) -> Shape:
        result: list[Dim] = []
        for n, k, s, d, crop in zip(
            self.split(value.shape)[0], self.kernel_size, self.strides, self.dilation_rate, self.crops, strict=True
        ):
            size = transposed_size(n, k, s, d, crop)
            if size is None:
                raise LayerError(
                    "MS501",
                    f"{self.kind} with a stride of {s} needs a known size, but its input is {format_shape(value.shape)}",
                    "give the input fixed sizes",
                )
            result.append(size)
        return tuple(result)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        return (self.kernel((*self.kernel_size, self.filters, self.channels(inputs[0]))), *self.bias(self.filters))

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        return inputs[0].elements * prod(self.kernel_size) * self.filters

    def followed_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        if not self.can_be_followed_by(affine, inputs[0]):
            return None
        return self.scaled_outputs(affine, self.filters, lambda kernel, factor: kernel * factor[:, None])

    def preceded_by(self, affine: AffineMap, inputs: Sequence[TensorType]) -> Merged | None:
        if affine.shifts or not self.can_be_preceded_by(affine, inputs[0]):  # an offset reaches borders less often
            return None
        return self.scaled_inputs(affine, self.channels(inputs[0]), lambda kernel, factor: kernel * factor, lambda it: it)


class Conv1DTranspose(Window1D, Transposed):
    """Transposed 1D convolution, as ``keras.layers.Conv1DTranspose``: kernel ``(k, filters, in)``."""

    type: Literal["Conv1DTranspose"] = "Conv1DTranspose"
    output_padding: Amount1D | None = None


class Conv2DTranspose(Window2D, Transposed):
    """Transposed 2D convolution, as ``keras.layers.Conv2DTranspose``: kernel ``(kh, kw, filters, in)``."""

    type: Literal["Conv2DTranspose"] = "Conv2DTranspose"
    output_padding: Amount2D | None = None


class Conv3DTranspose(Window3D, Transposed):
    """Transposed 3D convolution, as ``keras.layers.Conv3DTranspose``: kernel ``(kd, kh, kw, filters, in)``."""

    type: Literal["Conv3DTranspose"] = "Conv3DTranspose"
    output_padding: Amount3D | None = None
