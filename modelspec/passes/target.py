"""What a backend asks of the passes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from modelspec.layers.base import Layer
from modelspec.tensors import DataFormat

IoLayout = Literal["spec", "channels_first", "channels_last"]


@dataclass(frozen=True, slots=True)
class Target:
    """A backend by name: the layers that it lowers itself, the data format it computes in, the layout of inputs and outputs."""

    backend: str
    layers: Collection[type[Layer]]
    data_format: DataFormat
    io_layout: IoLayout = "spec"
    optimize: int = 0
    """The level of optimisation: which of the passes run."""

    def has(self, layer: Layer) -> bool:
        """Return whether the backend lowers a layer itself, or the layer brings a rule for it."""
        return type(layer) in self.layers or self.backend in layer.lowerings
