"""Pooling layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from modelspec.geometry import Padding, output_size
from modelspec.layers.base import Layer, LayerError, Spatial
from modelspec.layers.fields import Size2D
from modelspec.tensors import TensorType, format_shape


class Pooling2D(Spatial):
    """Pooling over windows of height and width."""

    pool_size: Size2D = (2, 2)
    """Height and width of the window."""
    strides: Size2D | None = None
    """The step of the window; ``pool_size`` where not given."""
    padding: Padding = "valid"
    """``valid`` pads nothing; ``same`` pads to ``ceil(size / stride)`` outputs. Padding never counts as a value."""

    @property
    def steps(self) -> tuple[int, int]:
        """The strides, or the pool size in their place."""
        return self.strides or self.pool_size

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        sizes, channels = self.split(value.shape)
        result = tuple(output_size(n, k, s, 1, self.padding) for n, k, s in zip(sizes, self.pool_size, self.steps, strict=True))
        if any(isinstance(size, int) and size < 1 for size in result):
            raise LayerError(
                "MS504",
                f"a {'x'.join(map(str, self.pool_size))} window does not fit an input of {format_shape(value.shape)}",
                'use padding "same", a smaller window, or less downsampling before it',
            )
        return TensorType(self.join(result, channels), value.dtype)


class MaxPooling2D(Pooling2D):
    """The largest value of each window, as ``keras.layers.MaxPooling2D``."""

    type: Literal["MaxPooling2D"] = "MaxPooling2D"


class AveragePooling2D(Pooling2D):
    """The mean of each window without its padding, as ``keras.layers.AveragePooling2D``."""

    type: Literal["AveragePooling2D"] = "AveragePooling2D"


class GlobalPooling2D(Spatial):
    """Pooling over the whole of height and width."""

    keepdims: bool = False
    """Whether height and width stay, with size 1."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        channels = self.split(value.shape)[1]
        return TensorType(self.join((1, 1), channels) if self.keepdims else (channels,), value.dtype)


class GlobalAveragePooling2D(GlobalPooling2D):
    """The mean over height and width, as ``keras.layers.GlobalAveragePooling2D``."""

    type: Literal["GlobalAveragePooling2D"] = "GlobalAveragePooling2D"


class GlobalMaxPooling2D(GlobalPooling2D):
    """The largest value over height and width, as ``keras.layers.GlobalMaxPooling2D``."""

    type: Literal["GlobalMaxPooling2D"] = "GlobalMaxPooling2D"


LAYERS: tuple[type[Layer], ...] = (AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D)
