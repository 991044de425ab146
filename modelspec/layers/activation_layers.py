"""Activations that are layers of their own, with their parameters as fields."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from modelspec.layers.base import Elementwise, Layer
from modelspec.layers.fields import Float32


class ReLU(Elementwise):
    """``min(x, max_value)`` where ``x > threshold``, else ``negative_slope * (x - threshold)``, as ``keras.layers.ReLU``."""

    type: Literal["ReLU"] = "ReLU"
    max_value: Annotated[Float32, Field(ge=0)] | None = None
    """The largest output; null is no limit."""
    negative_slope: Annotated[Float32, Field(ge=0)] = 0.0
    """The slope at and below the threshold."""
    threshold: Annotated[Float32, Field(ge=0)] = 0.0
    """The input above which it passes through."""


LAYERS: tuple[type[Layer], ...] = (ReLU,)
