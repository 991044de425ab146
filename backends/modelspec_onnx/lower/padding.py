"""Layers that add or remove what stands at the borders."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modelspec.layers.padding import (
    Cropping,
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules

END = np.iinfo(np.int64).max
"""Where a Slice ends that goes to the end."""


def zero_padding(layer: ZeroPadding, site: Site) -> None:
    """Lower to Pad."""
    pad(site, site.input, layer.padding)


def cropping(layer: Cropping, site: Site) -> None:
    """Lower to Slice."""
    crop(site, site.input, layer.cropping)


def pad(site: Site, value: str, amounts: Sequence[tuple[int, int]], *, fill: float = 0.0, step: str = "") -> str:
    """Emit a padding of the spatial axes by the amounts before and after, and return the tensor that it makes."""
    sides = [[0, 0, *(before for before, _ in amounts)], [0, 0, *(after for _, after in amounts)]]
    inputs = [value, site.constant("pads", np.concatenate(sides), np.int64)]
    if fill:
        inputs.append(site.constant("fill", fill))
    return site.emit("Pad", inputs, step=step)


def crop(site: Site, value: str, amounts: Sequence[tuple[int, int]], *, step: str = "") -> str:
    """Emit a cropping of the spatial axes by the amounts before and after, and return the tensor that it makes."""
    starts = site.constant("starts", [before for before, _ in amounts], np.int64)
    ends = site.constant("ends", [-after if after else END for _, after in amounts], np.int64)
    axes = site.constant("axes", range(2, 2 + len(amounts)), np.int64)
    return site.emit("Slice", [value, starts, ends, axes], step=step)


RULES: Rules = {
    Cropping1D: cropping,
    Cropping2D: cropping,
    Cropping3D: cropping,
    ZeroPadding1D: zero_padding,
    ZeroPadding2D: zero_padding,
    ZeroPadding3D: zero_padding,
}
