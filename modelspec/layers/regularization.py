"""Regularization layers: active in training, nothing otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from modelspec.layers.base import Elementwise, Formatted, Layer, LayerError, floating
from modelspec.layers.fields import ListOf, Positive, Share, ShareBelow1
from modelspec.layers.regularizers import L1L2, ActivityRegularizer
from modelspec.tensors import TensorType, format_shape


class Masked(Layer):
    """A layer that draws a mask of a shape of its own in training."""

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
                    "null stands for a size of the input, 1 for one mask along an axis",
                )
            for size, actual in zip(self.noise_shape[1:], value.shape, strict=True):
                if size not in (None, 1, actual):
                    raise LayerError("MS501", f"noise_shape has {size} where the input has {actual}; 1 and null fit as well")
        return value

    def permuted(self, axes: tuple[int, ...]) -> Layer | None:
        if self.noise_shape is None:
            return self
        return self.model_copy(update={"noise_shape": tuple(self.noise_shape[axis] for axis in axes)})

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return True


class Dropout(Masked):
    """Sets a share of the elements to 0 in training and scales the others by ``1 / (1 - rate)``, as
    ``keras.layers.Dropout`` (Srivastava et al. 2014). Two backends draw different masks from one seed."""

    type: Literal["Dropout"] = "Dropout"
    chance: ClassVar[tuple[str, ...]] = ("rate",)
    rate: Share
    """The share of the elements that is dropped."""


class AlphaDropout(Masked):
    """Sets a share of the elements to the negative limit of ``selu`` in training, and then scales and shifts all so that mean 0
    and variance 1 stay, as ``keras.layers.AlphaDropout`` (Klambauer et al. 2017)."""

    type: Literal["AlphaDropout"] = "AlphaDropout"
    chance: ClassVar[tuple[str, ...]] = ("rate",)
    rate: ShareBelow1
    """The share of the elements that is dropped, less than 1: with 1, Keras fails in training."""


class SpatialDropout(Formatted):
    """Sets a share of the channels to 0 in training, each in all places at once; scales the others by ``1 / (1 - rate)``."""

    chance: ClassVar[tuple[str, ...]] = ("rate",)
    spatial_rank: ClassVar[int] = 2
    """The number of spatial dimensions."""
    rate: Share
    """The share of the channels that is dropped."""
    seed: int | None = None
    """The seed of the mask."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        value = floating(self, inputs[0])
        if value.rank != self.spatial_rank + 2:
            raise LayerError(
                "MS501",
                f"{self.kind} takes {self.spatial_rank + 1} axes after the batch, but its input is {format_shape(value.shape)}",
                f"SpatialDropout{value.rank - 2}D takes it" if value.rank in (3, 4, 5) else "Dropout takes any number of axes",
            )
        return value

    @property
    def noise_shape(self) -> tuple[int | None, ...]:
        """The shape of the mask, batch included, where null takes the input's size."""
        places = (1,) * self.spatial_rank
        return (None, None, *places) if self.data_format == "channels_first" else (None, *places, None)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return True


class SpatialDropout1D(SpatialDropout):
    """Sets a share of the channels of a sequence to 0 in training, each in all places at once, and scales the others by
    ``1 / (1 - rate)``, as ``keras.layers.SpatialDropout1D`` (Tompson et al. 2014), which has no ``data_format``."""

    type: Literal["SpatialDropout1D"] = "SpatialDropout1D"
    spatial_rank: ClassVar[int] = 1


class SpatialDropout2D(SpatialDropout):
    """Sets a share of the channels of an image to 0 in training, each in all places at once, and scales the others by
    ``1 / (1 - rate)``, as ``keras.layers.SpatialDropout2D`` (Tompson et al. 2014)."""

    type: Literal["SpatialDropout2D"] = "SpatialDropout2D"
    spatial_rank: ClassVar[int] = 2


class SpatialDropout3D(SpatialDropout):
    """Sets a share of the channels of a volume to 0 in training, each in all places at once, and scales the others by
    ``1 / (1 - rate)``, as ``keras.layers.SpatialDropout3D`` (Tompson et al. 2014)."""

    type: Literal["SpatialDropout3D"] = "SpatialDropout3D"
    spatial_rank: ClassVar[int] = 3


class GaussianDropout(Elementwise):
    """Multiplies by noise of mean 1 and standard deviation ``sqrt(rate / (1 - rate))`` in training, as
    ``keras.layers.GaussianDropout`` (Srivastava et al. 2014)."""

    type: Literal["GaussianDropout"] = "GaussianDropout"
    chance: ClassVar[tuple[str, ...]] = ("rate",)
    rate: ShareBelow1
    """The rate of the dropout with the same mean and variance, less than 1: with 1, Keras fails in training."""
    seed: int | None = None
    """The seed of the noise."""

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return True


class GaussianNoise(Elementwise):
    """Adds noise of mean 0 in training, as ``keras.layers.GaussianNoise``."""

    type: Literal["GaussianNoise"] = "GaussianNoise"
    chance: ClassVar[tuple[str, ...]] = ("stddev",)
    stddev: Annotated[float, Field(ge=0, le=1)]
    """The standard deviation of the noise; Keras takes 0 to 1."""
    seed: int | None = None
    """The seed of the noise."""

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return True


class ActivityRegularization(Elementwise):
    """Its input, with a penalty of ``l1 * sum(|x|) + l2 * sum(x ** 2)`` in training, as
    ``keras.layers.ActivityRegularization``, which divides it by the batch size."""

    type: Literal["ActivityRegularization"] = "ActivityRegularization"
    l1: Annotated[float, Field(ge=0)] = 0.0
    """The factor of the absolute values."""
    l2: Annotated[float, Field(ge=0)] = 0.0
    """The factor of the squares."""

    @property
    def activity_regularizer(self) -> ActivityRegularizer:
        """The penalty on the output."""
        return L1L2(l1=self.l1, l2=self.l2)

    def is_identity(self, inputs: Sequence[TensorType]) -> bool:
        return True
