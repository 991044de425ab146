"""Layers that move elements about."""

from __future__ import annotations

from modelspec.geometry import channels_last_axes
from modelspec.layers.reshaping import Flatten, Permute
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


RULES: Rules = {
    Flatten: flatten,
    Permute: permute,
}
