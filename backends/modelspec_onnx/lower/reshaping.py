"""Layers that move elements about."""

from __future__ import annotations

import numpy as np

from modelspec.geometry import channels_last_axes
from modelspec.layers.reshaping import Flatten, Permute, RepeatVector, Reshape
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules


def flatten(layer: Flatten, site: Site) -> None:
    """Lower to Flatten, after a Transpose to channels-last where the channels stand first."""
    value, shape = site.input, site.node.input_types[0].shape
    if layer.data_format == "channels_first" and len(shape) > 1:
        value = site.emit("Transpose", [value], step="channels_last", perm=channels_last_axes(len(shape) + 1))
    site.emit("Flatten", [value], axis=1)


def permute(layer: Permute, site: Site) -> None:
    """Lower to Transpose."""
    site.emit("Transpose", [site.input], perm=layer.axes)


def repeat_vector(layer: RepeatVector, site: Site) -> None:
    """Lower to Unsqueeze and Expand."""
    row = site.emit("Unsqueeze", [site.input, site.constant("axes", [1], np.int64)], step="row")
    site.emit("Expand", [row, site.constant("shape", [1, layer.n, 1], np.int64)])


def reshape(layer: Reshape, site: Site) -> None:
    """Lower to Reshape, where a size of 0 keeps the batch."""
    site.emit("Reshape", [site.input, site.constant("shape", [0, *layer.target_shape], np.int64)])


RULES: Rules = {
    Flatten: flatten,
    Permute: permute,
    RepeatVector: repeat_vector,
    Reshape: reshape,
}
