"""Layers that move elements about."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Annotated, Literal

from modelspec.layers.base import Formatted, Layer, LayerError
from modelspec.layers.fields import ListOf, Positive
from modelspec.tensors import TensorType, format_shape


class Flatten(Formatted):
    """All axes but the batch in one, channels last, as ``keras.layers.Flatten``: a channels-first input is brought to
    channels-last first, so that both formats give the same order."""

    type: Literal["Flatten"] = "Flatten"

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        shape = inputs[0].shape
        sizes = [size for size in shape if isinstance(size, int)]
        if len(sizes) != len(shape):
            raise LayerError(
                "MS501",
                f"Flatten needs known sizes, but its input is {format_shape(shape)}",
                "a global pooling takes any height and width",
            )
        return TensorType((prod(sizes),), inputs[0].dtype)


class Permute(Layer):
    """The axes in another order, as ``keras.layers.Permute``."""

    type: Literal["Permute"] = "Permute"
    dims: Annotated[tuple[Positive, ...], ListOf]
    """The order, counted from 1 without the batch: ``[3, 1, 2]`` brings the last of three axes to the front."""

    @property
    def axes(self) -> tuple[int, ...]:
        """The order with the batch as axis 0."""
        return (0, *self.dims)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = inputs[0]
        if sorted(self.dims) != list(range(1, value.rank)):
            raise LayerError(
                "MS203",
                f"dims is {list(self.dims)}; an input of {format_shape(value.shape)} needs each of 1 to {value.rank - 1} once",
            )
        return value.permuted(self.axes)


LAYERS: tuple[type[Layer], ...] = (Flatten, Permute)
