"""Activations that are layers of their own, with their parameters as fields."""

from __future__ import annotations

import numpy as np

from modelspec.layers.activation_layers import ELU, LeakyReLU, PReLU, ReLU, Softmax
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules


def relu(layer: ReLU, site: Site) -> None:
    """Lower to Relu, Clip or LeakyRelu where one of them says it all, else to a comparison."""
    value = site.input
    if layer.threshold == 0 and layer.negative_slope == 0:
        if layer.max_value is None:
            site.emit("Relu", [value])
        else:
            site.emit("Clip", [value, site.constant("least", 0), site.constant("most", layer.max_value)])
        return
    if layer.threshold == 0 and layer.max_value is None:
        site.emit("LeakyRelu", [value], alpha=layer.negative_slope)
        return
    threshold = site.constant("threshold", layer.threshold)
    above = site.emit("Greater", [value, threshold], step="above")
    upper = value
    if layer.max_value is not None:
        upper = site.emit("Min", [value, site.constant("most", layer.max_value)], step="upper")
    distance = site.emit("Sub", [value, threshold], step="distance")
    lower = site.emit("Mul", [distance, site.constant("slope", layer.negative_slope)], step="lower")
    site.emit("Where", [above, upper, lower])


def leaky_relu(layer: LeakyReLU, site: Site) -> None:
    """Lower to LeakyRelu."""
    site.emit("LeakyRelu", [site.input], alpha=layer.negative_slope)


def elu(layer: ELU, site: Site) -> None:
    """Lower to Elu."""
    site.emit("Elu", [site.input], alpha=layer.alpha)


def prelu(layer: PReLU, site: Site) -> None:
    """Lower to PRelu, with ``alpha`` in the order of the input."""
    alpha = site.required("alpha").reshape(layer.alpha_shape(site.node.input_types[0]))
    site.emit("PRelu", [site.input, site.weight("alpha", alpha)])


def softmax(layer: Softmax, site: Site) -> None:
    """Lower to Softmax for one axis; several are made one, which stands last, and taken apart again."""
    if len(layer.axes) == 1:
        site.emit("Softmax", [site.input], axis=layer.axes[0])
        return
    rank = site.node.output.rank
    summed = sorted(axis % rank for axis in layer.axes)
    kept = [axis for axis in range(rank) if axis not in summed]
    order = [*kept, *summed]
    last = site.emit("Transpose", [site.input], step="to_last", perm=order)
    shape = site.emit("Shape", [last], step="shape")
    joined = site.constant("one_axis", [0] * len(kept) + [-1], np.int64)
    softmax = site.emit("Softmax", [site.emit("Reshape", [last, joined], step="joined")], step="softmax", axis=len(kept))
    apart = site.emit("Reshape", [softmax, shape], step="apart")
    site.emit("Transpose", [apart], perm=[order.index(axis) for axis in range(rank)])


RULES: Rules = {
    ELU: elu,
    LeakyReLU: leaky_relu,
    PReLU: prelu,
    ReLU: relu,
    Softmax: softmax,
}
