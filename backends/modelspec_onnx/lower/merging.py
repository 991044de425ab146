"""Layers that join several inputs."""

from __future__ import annotations

from modelspec.layers.merging import Add, Concatenate
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules


def add(_: Add, site: Site) -> None:
    """Lower to Add, or to Sum for more than two inputs."""
    site.emit("Add" if len(site.inputs) == 2 else "Sum", site.inputs)


def concatenate(layer: Concatenate, site: Site) -> None:
    """Lower to Concat."""
    site.emit("Concat", site.inputs, axis=layer.axis_of(site.node.output))


RULES: Rules = {
    Add: add,
    Concatenate: concatenate,
}
