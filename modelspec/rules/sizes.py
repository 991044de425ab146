"""Sizes of layers and inputs: the ones that cannot have been meant."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.graph import Node
from modelspec.layers import FAMILIES
from modelspec.layers.base import Spatial
from modelspec.rules.subject import ACTIVATION_LAYERS, Model, Remark
from modelspec.tensors import format_shape

_GIANT = 10_000_000
"""The number of weights from which on a Dense layer after Flatten may be giant."""
_BETWEEN = {"Activation", "Dropout", "Rescaling", "Normalization", *ACTIVATION_LAYERS, *FAMILIES["normalization"]}
"""Layers that keep the shape of what they read."""
_CHANNELS = (1, 3, 4)
_LEAST_SIDE = 8


def giant_dense(model: Model) -> Iterator[Remark]:
    """A Dense layer has a weight for each element of a flattened image and each unit; a global pooling has none (Lin 2013)."""
    for node in model.of(("Dense",)):
        kernel = node.weights[0].weight
        if kernel.size > _GIANT and kernel.size * 2 > model.graph.parameters and _after(model, node, "Flatten"):
            share = kernel.size / model.graph.parameters
            message = f'"{node.name}" has {kernel.size:,} weights, {share:.0%} of the model: it reads a flattened image'
            yield model.remark(node, message, "pool globally in the place of Flatten, or downsample more before it", "units")


def dense_over_image(model: Model) -> Iterator[Remark]:
    """Dense works along the last axis alone: at the end of a classifier that scores every pixel by itself."""
    for node in model.of(("Dense",)):
        ends = model.is_output(node) or any(
            model.is_output(it) and it.layer.kind in ("Activation", *ACTIVATION_LAYERS) for it in model.readers(node)
        )
        if ends and len(node.output.shape) >= 3:
            message = f'the output "{node.name}" is {format_shape(node.output.shape)}: Dense reads the last axis only'
            yield model.remark(node, message, "put Flatten or a global pooling before it, if one score is meant")


def turned_image(model: Model) -> Iterator[Remark]:
    """An image given as other frameworks have it is legal, and convolved along its channels."""
    for window in model.windows:
        layer, name = window.node.layer, _input_of(model, window.node)
        if name is None or not isinstance(layer, Spatial) or layer.spatial_rank != 2:
            continue
        shape = model.graph.inputs[name].shape
        first, last = shape, (*shape[-1:], *shape[:-1])
        as_read, other = (last, first) if layer.data_format == "channels_last" else (first, last)
        if _is_image(other) and not _is_image(as_read):
            meant = "channels_first" if layer.data_format == "channels_last" else "channels_last"
            message = (
                f'the input "{name}" is {format_shape(shape)}, which looks like {meant}; it is read as {layer.data_format}'
            )
            yield Remark(("inputs", name, "shape"), message, f'reorder it, or set "data_format": "{meant}"', model.frames)


def _is_image(sizes: tuple[object, ...]) -> bool:
    """Return whether sizes, the channels first, are those of an image."""
    channels, *sides = sizes
    return channels in _CHANNELS and all(not isinstance(side, int) or side >= _LEAST_SIDE for side in sides)


def _input_of(model: Model, node: Node) -> str | None:
    """Return the input of the model that a layer reads, directly or through layers that keep its shape."""
    while (maker := model.maker(node)) is not None:
        if maker.layer.kind not in _BETWEEN:
            return None
        node = maker
    return node.inputs[0]


def _after(model: Model, node: Node, kind: str) -> bool:
    """Return whether a layer reads what one of a type makes, directly or through layers that keep its shape."""
    maker = model.maker(node)
    while maker is not None and maker.layer.kind in _BETWEEN:
        maker = model.maker(maker)
    return maker is not None and maker.layer.kind == kind
