"""Pooling layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from modelspec.geometry import Padding, output_size, padded_size
from modelspec.layers.base import LayerError, Spatial
from modelspec.layers.fields import Size1D, Size2D, Size3D, Sizes
from modelspec.tensors import TensorType, counted, format_shape


class Pooling(Spatial):
    """Pooling over windows."""

    pool_size: Sizes
    """The size of the window along each spatial axis."""
    strides: Sizes | None = None
    """The step of the window along each spatial axis; ``pool_size`` where not given."""
    padding: Padding = "valid"
    """``valid`` pads nothing; ``same`` pads to ``ceil(size / stride)`` outputs. Padding never counts as a value."""

    @property
    def steps(self) -> Sizes:
        """The strides, or the pool size in their place."""
        return self.strides or self.pool_size

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        sizes, channels = self.split(value.shape)
        result = tuple(output_size(n, k, s, 1, self.padding) for n, k, s in zip(sizes, self.pool_size, self.steps, strict=True))
        if any(isinstance(size, int) and size < 1 for size in result):
            raise LayerError(
                "MS504",
                f"a window of {'x'.join(map(str, self.pool_size))} does not fit an input of {format_shape(value.shape)}",
                'use padding "same", a smaller window, or less downsampling before it',
            )
        return TensorType(self.join(result, channels), value.dtype)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return {*self.pool_size, *self.steps} == {1}

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        sizes = zip(self.split(inputs[0].shape)[0], self.pool_size, self.steps, strict=True)
        return self.surplus(inputs[0], [padded_size(n, k, s, 1, self.padding) for n, k, s in sizes])


class Pooling1D(Pooling):
    """Pooling over windows along one spatial axis."""

    spatial_rank: ClassVar[int] = 1
    pool_size: Size1D = (2,)
    strides: Size1D | None = None


class Pooling2D(Pooling):
    """Pooling over windows of height and width."""

    spatial_rank: ClassVar[int] = 2
    pool_size: Size2D = (2, 2)
    strides: Size2D | None = None


class Pooling3D(Pooling):
    """Pooling over windows of depth, height and width."""

    spatial_rank: ClassVar[int] = 3
    pool_size: Size3D = (2, 2, 2)
    strides: Size3D | None = None


class MaxPooling1D(Pooling1D):
    """The largest value of each window, as ``keras.layers.MaxPooling1D``."""

    type: Literal["MaxPooling1D"] = "MaxPooling1D"


class MaxPooling2D(Pooling2D):
    """The largest value of each window, as ``keras.layers.MaxPooling2D``."""

    type: Literal["MaxPooling2D"] = "MaxPooling2D"


class MaxPooling3D(Pooling3D):
    """The largest value of each window, as ``keras.layers.MaxPooling3D``."""

    type: Literal["MaxPooling3D"] = "MaxPooling3D"


class AveragePooling1D(Pooling1D):
    """The mean of each window without its padding, as ``keras.layers.AveragePooling1D``."""

    type: Literal["AveragePooling1D"] = "AveragePooling1D"


class AveragePooling2D(Pooling2D):
    """The mean of each window without its padding, as ``keras.layers.AveragePooling2D``."""

    type: Literal["AveragePooling2D"] = "AveragePooling2D"


class AveragePooling3D(Pooling3D):
    """The mean of each window without its padding, as ``keras.layers.AveragePooling3D``."""

    type: Literal["AveragePooling3D"] = "AveragePooling3D"


class GlobalPooling(Spatial):
    """Pooling over the whole of the spatial axes."""

    keepdims: bool = False
    """Whether the spatial axes stay, with size 1."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        channels = self.split(value.shape)[1]
        return TensorType(self.join((1,) * self.spatial_rank, channels) if self.keepdims else (channels,), value.dtype)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return self.keepdims and {*self.split(inputs[0].shape)[0]} == {1}


class GlobalAveragePooling1D(GlobalPooling):
    """The mean over the spatial axis, as ``keras.layers.GlobalAveragePooling1D``."""

    type: Literal["GlobalAveragePooling1D"] = "GlobalAveragePooling1D"
    spatial_rank: ClassVar[int] = 1


class GlobalAveragePooling2D(GlobalPooling):
    """The mean over height and width, as ``keras.layers.GlobalAveragePooling2D``."""

    type: Literal["GlobalAveragePooling2D"] = "GlobalAveragePooling2D"
    spatial_rank: ClassVar[int] = 2


class GlobalAveragePooling3D(GlobalPooling):
    """The mean over depth, height and width, as ``keras.layers.GlobalAveragePooling3D``."""

    type: Literal["GlobalAveragePooling3D"] = "GlobalAveragePooling3D"
    spatial_rank: ClassVar[int] = 3


class GlobalMaxPooling1D(GlobalPooling):
    """The largest value over the spatial axis, as ``keras.layers.GlobalMaxPooling1D``."""

    type: Literal["GlobalMaxPooling1D"] = "GlobalMaxPooling1D"
    spatial_rank: ClassVar[int] = 1


class GlobalMaxPooling2D(GlobalPooling):
    """The largest value over height and width, as ``keras.layers.GlobalMaxPooling2D``."""

    type: Literal["GlobalMaxPooling2D"] = "GlobalMaxPooling2D"
    spatial_rank: ClassVar[int] = 2


class GlobalMaxPooling3D(GlobalPooling):
    """The largest value over depth, height and width, as ``keras.layers.GlobalMaxPooling3D``."""

    type: Literal["GlobalMaxPooling3D"] = "GlobalMaxPooling3D"
    spatial_rank: ClassVar[int] = 3


class AdaptivePooling(Spatial):
    """Pooling to a given size: along an axis of ``n`` elements, output ``i`` of ``m`` sees the elements from
    ``floor(i * n / m)`` up to, but without, ``ceil((i + 1) * n / m)``."""

    output_size: Sizes
    """The size of the output along each spatial axis."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = self.checked(inputs[0])
        return TensorType(self.join(self.output_size, self.split(value.shape)[1]), value.dtype)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return self.split(inputs[0].shape)[0] == self.output_size

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        """Return what it takes to pool one axis after the other."""
        sizes = zip(self.split(inputs[0].shape)[0], self.output_size, strict=True)
        return self.surplus(inputs[0], [max(counted(n), m) for n, m in sizes])


class AdaptiveAveragePooling1D(AdaptivePooling):
    """The means of windows that make a given size, as ``keras.layers.AdaptiveAveragePooling1D``: output ``i`` of ``m`` sees
    the elements ``floor(i * n / m)`` to ``ceil((i + 1) * n / m) - 1``."""

    type: Literal["AdaptiveAveragePooling1D"] = "AdaptiveAveragePooling1D"
    spatial_rank: ClassVar[int] = 1
    output_size: Size1D


class AdaptiveAveragePooling2D(AdaptivePooling):
    """The means of windows that make a given size, as ``keras.layers.AdaptiveAveragePooling2D``: along each axis, output ``i``
    of ``m`` sees the elements ``floor(i * n / m)`` to ``ceil((i + 1) * n / m) - 1``."""

    type: Literal["AdaptiveAveragePooling2D"] = "AdaptiveAveragePooling2D"
    spatial_rank: ClassVar[int] = 2
    output_size: Size2D


class AdaptiveAveragePooling3D(AdaptivePooling):
    """The means of windows that make a given size, as ``keras.layers.AdaptiveAveragePooling3D``: along each axis, output ``i``
    of ``m`` sees the elements ``floor(i * n / m)`` to ``ceil((i + 1) * n / m) - 1``."""

    type: Literal["AdaptiveAveragePooling3D"] = "AdaptiveAveragePooling3D"
    spatial_rank: ClassVar[int] = 3
    output_size: Size3D


class AdaptiveMaxPooling1D(AdaptivePooling):
    """The largest values of windows that make a given size, as ``keras.layers.AdaptiveMaxPooling1D``: output ``i`` of ``m``
    sees the elements ``floor(i * n / m)`` to ``ceil((i + 1) * n / m) - 1``."""

    type: Literal["AdaptiveMaxPooling1D"] = "AdaptiveMaxPooling1D"
    spatial_rank: ClassVar[int] = 1
    output_size: Size1D


class AdaptiveMaxPooling2D(AdaptivePooling):
    """The largest values of windows that make a given size, as ``keras.layers.AdaptiveMaxPooling2D``: along each axis, output
    ``i`` of ``m`` sees the elements ``floor(i * n / m)`` to ``ceil((i + 1) * n / m) - 1``."""

    type: Literal["AdaptiveMaxPooling2D"] = "AdaptiveMaxPooling2D"
    spatial_rank: ClassVar[int] = 2
    output_size: Size2D


class AdaptiveMaxPooling3D(AdaptivePooling):
    """The largest values of windows that make a given size, as ``keras.layers.AdaptiveMaxPooling3D``: along each axis, output
    ``i`` of ``m`` sees the elements ``floor(i * n / m)`` to ``ceil((i + 1) * n / m) - 1``."""

    type: Literal["AdaptiveMaxPooling3D"] = "AdaptiveMaxPooling3D"
    spatial_rank: ClassVar[int] = 3
    output_size: Size3D
