"""Layers that change the size of images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from modelspec.layers.base import Layer, LayerError, Spatial, numeric
from modelspec.layers.fields import InFloat32, Positive, Size1D, Size2D, Size3D, Sizes
from modelspec.tensors import FLOATS, Dim, TensorType, counted, float32, format_shape

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]


def _check_interpolation(layer: Layer, interpolation: Interpolation, value: TensorType) -> None:
    """Raise LayerError for a way of resizing that no two frameworks compute alike (MS203), or not of this data type (MS503)."""
    if interpolation not in ("nearest", "bilinear"):
        reason = {
            "bicubic": "TensorFlow's bicubic kernel is not PyTorch's (a is -0.5 there and -0.75 here), and it reads its weights"
            " from a table of 1024 steps"
        }.get(interpolation, "PyTorch and ONNX have no Lanczos kernel")
        raise LayerError(
            "MS203",
            f'interpolation is "{interpolation}", which no two backends compute alike: {reason}',
            'use "bilinear" or "nearest"',
        )
    numeric(layer, value)
    if interpolation == "bilinear" and value.dtype not in FLOATS:
        raise LayerError(
            "MS503",
            f"bilinear {layer.kind} takes floating-point numbers, but its input is {value.dtype}: what is rounded back to"
            " integers would depend on the last bit of the arithmetic",
            'Rescaling turns integers into floating-point numbers; interpolation "nearest" takes them as they are',
        )


class UpSampling(Spatial):
    """Every element several times."""

    size: Sizes
    """How often each element is repeated along each spatial axis."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.ranked(inputs[0])
        _check_interpolation(self, self.method, value)
        sizes, channels = self.split(value.shape)
        made = [self._times(size, factor, value) for size, factor in zip(sizes, self.size, strict=True)]
        return TensorType(self.join(made, channels), value.dtype)

    def _times(self, size: Dim, factor: int, value: TensorType) -> Dim:
        if factor == 1 or isinstance(size, int):
            return size * factor if isinstance(size, int) else size
        raise LayerError(
            "MS501",
            f"{self.kind} needs known sizes, but its input is {format_shape(value.shape)}: {factor} times an unknown size"
            " has no name",
            "give the input fixed sizes, or use Resizing, which makes a fixed size of any",
        )

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return {*self.size} == {1}

    @property
    def method(self) -> Interpolation:
        """How the new elements follow from the old."""
        return "nearest"


class UpSampling1D(UpSampling):
    """Every element several times, as ``keras.layers.UpSampling1D``. Keras's layer is always channels last; here
    ``data_format`` says where the channels stand, as everywhere."""

    type: Literal["UpSampling1D"] = "UpSampling1D"
    spatial_rank: ClassVar[int] = 1
    size: Size1D = (2,)


class UpSampling2D(UpSampling):
    """An image enlarged by whole factors, as ``keras.layers.UpSampling2D``."""

    type: Literal["UpSampling2D"] = "UpSampling2D"
    spatial_rank: ClassVar[int] = 2
    size: Size2D = (2, 2)
    interpolation: Interpolation = "nearest"
    """``nearest`` repeats every element; ``bilinear`` draws lines between the middles of pixels. Keras's other names are
    known and refused: no two frameworks compute them alike."""

    @property
    def method(self) -> Interpolation:
        return self.interpolation


class UpSampling3D(UpSampling):
    """Every element several times, as ``keras.layers.UpSampling3D``."""

    type: Literal["UpSampling3D"] = "UpSampling3D"
    spatial_rank: ClassVar[int] = 3
    size: Size3D = (2, 2, 2)


class Resizing(Spatial):
    """An image in another size, as ``keras.layers.Resizing``.

    Along an axis of ``n`` pixels, the middle of output pixel ``i`` of ``m`` stands at ``(i + 0.5) * n / m`` of the input,
    where the middle of pixel ``j`` is ``j + 0.5``. Integers stay integers, and are only resized to their nearest.
    """

    type: Literal["Resizing"] = "Resizing"
    height: Positive
    """The height of the output."""
    width: Positive
    """The width of the output."""
    interpolation: Interpolation = "bilinear"
    """``bilinear`` draws lines between the middles of pixels; ``nearest`` takes the pixel that holds the place, which it
    computes in float32, as TensorFlow does. Keras's other names are known and refused: no two frameworks compute them alike."""
    crop_to_aspect_ratio: bool = False
    """Whether the image is first cropped, in its middle, to the aspect ratio of the output."""
    pad_to_aspect_ratio: bool = False
    """Whether the image is first padded, equally on both sides, to the aspect ratio of the output."""
    fill_mode: Literal["constant"] = "constant"
    """What the padding is filled with; Keras has only ``constant``."""
    fill_value: InFloat32 = 0.0
    """The number that the padding is filled with."""
    antialias: bool = False
    """Whether a smaller image is blurred first. Known and refused: each framework has a filter of its own."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.ranked(inputs[0])
        _check_interpolation(self, self.interpolation, value)
        if self.antialias:
            raise LayerError(
                "MS203",
                "antialias is true, but each framework has a filter of its own, and no two give the same image",
                "pool to a size near the wanted one first (AveragePooling2D)",
            )
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise LayerError("MS203", "crop_to_aspect_ratio and pad_to_aspect_ratio are both true; one of them must be false")
        if self.pad_to_aspect_ratio and value.dtype not in FLOATS:
            lowest, highest = (0, 255) if value.dtype == "uint8" else (-(2**31), 2**31 - 1)
            if self.fill_value != int(self.fill_value) or not lowest <= self.fill_value <= highest:
                raise LayerError("MS203", f"fill_value is {self.fill_value}, which is no {value.dtype}")
        return TensorType(self.join((self.height, self.width), self.split(value.shape)[1]), value.dtype)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return self.split(inputs[0].shape)[0] == (self.height, self.width)

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        """Return what it takes to pad, and to resize one axis after the other."""
        height, width = map(counted, self.split(inputs[0].shape)[0])
        padded = [n + max(sum(added), 0) for n, added in zip((height, width), self.borders((height, width)), strict=True)]
        return self.surplus(inputs[0], [max(padded[0], self.height), max(padded[1], self.width)])

    def borders(self, sizes: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return what is added before and after height and width before resizing; negative where it is cut off.

        The amounts are Keras's, which rounds to float32 and then towards zero, and pads equally on both sides.
        """
        wanted = (self.height, self.width)
        if self.crop_to_aspect_ratio:
            height, width = (
                (-((n - kept) // 2), (n - kept) // 2 - (n - kept))
                for n, kept in zip(sizes, cropped(sizes, _at_aspect(sizes, wanted)), strict=True)
            )
            return height, width
        if self.pad_to_aspect_ratio:
            rows, columns = (max(0, full - n) // 2 for n, full in zip(sizes, _at_aspect(sizes, wanted), strict=True))
            return (rows, rows), (columns, columns)
        return (0, 0), (0, 0)


def _at_aspect(sizes: tuple[int, int], wanted: tuple[int, int]) -> tuple[int, int]:
    """Return the height for this width, and the width for this height, that have the wanted aspect ratio."""
    (height, width), (to_height, to_width) = sizes, wanted
    return int(float32(float32(width * to_height) / to_width)), int(float32(float32(height * to_width) / to_height))


def cropped(sizes: tuple[int, int], at_aspect: tuple[int, int]) -> tuple[int, int]:
    """Return the height and width of the largest part of an image that has an aspect ratio; ``at_aspect`` is the height for
    its width, and the width for its height."""
    height, width = (max(min(n, full), 1) for n, full in zip(sizes, at_aspect, strict=True))
    return height, width
