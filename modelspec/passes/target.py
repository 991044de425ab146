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
    """The layers that a backend lowers itself, the data format it computes in, and the layout of inputs and outputs."""

    layers: Collection[type[Layer]]
    data_format: DataFormat
    io_layout: IoLayout = "spec"
