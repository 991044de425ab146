"""What models hand out: activations of the last layers."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.rules.subject import Model, Remark, activation_of, value_of


def softmax_over_one_unit(model: Model) -> Iterator[Remark]:
    """A softmax divides by the sum over its axis; over one number it is 1, whatever the number is."""
    for node in model.graph.nodes:
        axis = value_of(node, "axis") if node.layer.kind == "Softmax" else -1
        if activation_of(node) != "softmax" or not isinstance(axis, int) or not node.output.shape:
            continue
        if node.output.shape[axis if axis < 0 else axis - 1] == 1:
            message = f'softmax over one unit: "{node.name}" is 1 whatever the model reads'
            yield model.remark(node, message, "use sigmoid for one unit, or give it a unit for each class", "activation")
