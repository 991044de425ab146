"""Regularization layers: active in training, nothing otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from modelspec.layers.base import Layer, LayerError, floating
from modelspec.layers.fields import ListOf, Positive
from modelspec.tensors import TensorType


class Dropout(Layer):
    """Sets a share of the elements to 0 in training and scales the others by ``1 / (1 - rate)``, as
    ``keras.layers.Dropout`` (Srivastava et al. 2014). Two backends draw different masks from one seed."""

    type: Literal["Dropout"] = "Dropout"
    rate: Annotated[float, Field(ge=0, le=1)]
    """The share of the elements that is dropped."""
    noise_shape: Annotated[tuple[Positive | None, ...], ListOf] | None = None
    """The shape of the mask, batch included: 1 shares the mask along an axis, null takes the input's size. ``[null, 1, 1,
    null]`` drops whole channels."""
    seed: int | None = None
    """The seed of the mask."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        if self.noise_shape is not None:
            if len(self.noise_shape) != value.rank:
                raise LayerError(
                    "MS501",
                    f"noise_shape has {len(self.noise_shape)} sizes, but the input has {value.rank} axes, batch included",
                )
            for size, actual in zip(self.noise_shape[1:], value.shape, strict=True):
                if size not in (None, 1, actual):
                    raise LayerError("MS501", f"noise_shape has {size} where the input has {actual}; 1 and null fit as well")
        return value

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        if self.noise_shape is None:
            return self
        return self.model_copy(update={"noise_shape": tuple(self.noise_shape[axis] for axis in axes)})


LAYERS: tuple[type[Layer], ...] = (Dropout,)
