"""Normalizations: what stands before them, what they average over, and their constants."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from modelspec.graph import Node
from modelspec.rules.activations import WRAPPERS, inside, is_linear, sole_input
from modelspec.rules.subject import Model, Remark, value_of
from modelspec.tensors import Dim, counted

_SUBTRACTING = ("BatchNormalization", "GroupNormalization", "LayerNormalization")
_WITH_EPSILON = (*_SUBTRACTING, "RMSNormalization")
SMALLEST_HALF = 2.0**-24
"""The smallest positive number of float16, 6e-8."""
PYTORCHS_MOMENTUM = 0.5
"""Momenta up to this are taken to be in PyTorch's sense, whose default is 0.1."""


def bias_before(model: Model) -> Iterator[Remark]:
    """A normalization that subtracts each channel's mean takes a bias away, which then is trained for nothing.

    BatchNormalization that is not trainable subtracts its moving mean, which no bias changes; LayerNormalization over the
    channels subtracts a mean over all of them, which leaves differences between biases.
    """
    for node in model.of(_SUBTRACTING):
        before = sole_input(model, node)
        if before is None or not before.layer.trainable or not _subtracts_each_mean(node, _channels_of(before)):
            continue
        layer = inside(before.layer)
        has_bias = ("Conv" in layer.kind or layer.kind == "Dense") and getattr(layer, "use_bias", False)
        if has_bias and is_linear(layer):
            message = f"{node.layer.kind} takes away the bias of the {layer.kind} before it"
            hint = 'set "use_bias" to false' + (": beta does the same" if value_of(node, "center") else "")
            yield model.remark(before, message, hint, "use_bias" if layer is before.layer else "layer")


def _channels_of(node: Node) -> int:
    """Return the axis that a layer's bias runs along, batch included."""
    rank = node.output.rank
    if getattr(inside(node.layer), "data_format", None) != "channels_first":
        return rank - 1
    return 1 + WRAPPERS.get(node.layer.kind, 0)


def _subtracts_each_mean(node: Node, channels: int) -> bool:
    """Return whether a layer subtracts the mean of each channel, along an axis, from that channel alone."""
    value = node.input_types[0]
    axis = value_of(node, "axis")
    axes = {each % value.rank for each in ((axis,) if isinstance(axis, int) else axis or (-1,))}
    if node.layer.kind == "LayerNormalization":
        return channels not in axes
    if node.layer.kind == "BatchNormalization":
        return axes == {channels} and node.layer.trainable
    return axes == {channels} and value.rank > 2 and value_of(node, "groups") in (-1, value.shape[channels - 1])


def pytorch_momentum(model: Model) -> Iterator[Remark]:
    """Keras's momentum is what stays of the moving average, PyTorch's what is new: 0.1 there is 0.9 here."""
    for node in model.of(("BatchNormalization",)):
        momentum = value_of(node, "momentum")
        if momentum <= PYTORCHS_MOMENTUM and node.layer.trainable:
            message = f"momentum is {momentum:g}: only so much of the moving averages stays at each step"
            yield model.remark(node, message, f"PyTorch's {momentum:g} is {1 - momentum:g} here", "momentum")


def epsilon_below_float16(model: Model) -> Iterator[Remark]:
    """In float16, a number below 2**-24 is 0 or up to twice as large, so that equal numbers divide 0 by 0."""
    for node in model.of(_WITH_EPSILON):
        epsilon = value_of(node, "epsilon")
        if epsilon < SMALLEST_HALF:
            message = f"epsilon is {epsilon:g}, less than float16's smallest number, 6e-08"
            yield model.remark(node, message, "1e-5 is as good in float32, and safe in float16", "epsilon")


def over_one_number(model: Model) -> Iterator[Remark]:
    """One number is its own mean: without it 0 is left, and only its sign where it is divided by its size."""
    for node in model.of(("GroupNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization")):
        kind = node.layer.kind
        if _numbers_together(node) == 1:
            subtracts = kind in _SUBTRACTING
            left = "makes it 0, whatever the model reads" if subtracts else "leaves no more than its sign"
            hint = "name an axis with more than one number, or remove the layer"
            if kind == "GroupNormalization":
                hint = "use fewer groups than channels, or LayerNormalization"
            yield model.remark(node, f"{kind} of one number {left}", hint, "groups" if kind == "GroupNormalization" else "axis")


def _numbers_together(node: Node) -> int | None:
    """Return over how many numbers a layer normalizes at once; None where that is known only at run time."""
    value = node.input_types[0]
    axis = value_of(node, "axis")
    sizes: list[Dim] = [value.shape[each % value.rank - 1] for each in ((axis,) if isinstance(axis, int) else axis)]
    groups = 1
    if node.layer.kind == "GroupNormalization":
        groups = value_of(node, "groups") if value_of(node, "groups") != -1 else counted(sizes[0])
        sizes = [*value.shape]
    return prod(map(counted, sizes)) // groups if all(isinstance(size, int) for size in sizes) else None
