"""Layers that add or remove what stands at the borders."""

from __future__ import annotations

import numpy as np

from modelspec.layers.padding import ZeroPadding2D
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules


def zero_padding(layer: ZeroPadding2D, site: Site) -> None:
    """Lower to Pad."""
    (top, bottom), (left, right) = layer.padding
    site.emit("Pad", [site.input, site.constant("pads", [0, 0, top, left, 0, 0, bottom, right], np.int64)])


RULES: Rules = {
    ZeroPadding2D: zero_padding,
}
