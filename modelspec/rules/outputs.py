"""What models hand out: activations and dropouts of the last layers."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.graph import Node
from modelspec.rules.activations import ends_with, functions, inside, is_activation, makers
from modelspec.rules.idle import DROPOUTS
from modelspec.rules.subject import ACTIVATION_LAYERS, Model, Remark, value_of

_CONSTANT = {"softmax": 1, "sparsemax": 1, "log_softmax": 0}
"""What these functions make of one number."""
MOST_TARGETS = 31
"""An output of more units is taken to be a code or features, which a relu may end; autoencoders begin at 32."""


def softmax_over_one_unit(model: Model) -> Iterator[Remark]:
    """A softmax divides by the sum over its axis; over one number it is 1, whatever the number is."""
    for node in model.graph.nodes:
        for function in functions(node):
            if function.name not in _CONSTANT:
                continue
            rank = len(function.shape) + 1
            if all(function.shape[axis % rank - 1] == 1 for axis in function.axes):
                message = f"{function.name} over one unit is always {_CONSTANT[function.name]}, whatever the model reads"
                others = any(size != 1 for size in function.shape) and node.layer.kind in {"Softmax", "Activation"}
                hint = "name the axis that the scores stand along" if others else _UNITS
                yield model.remark(node, message, hint, function.field)
                break


_UNITS = "use sigmoid for one unit, or give it a unit for each class"


def sigmoid_over_several(model: Model) -> Iterator[Remark]:
    """Sigmoids are probabilities that do not add up to 1: right for several labels, wrong for one class of several.

    Units that are as many as the numbers of an input are taken for a reconstruction of it.
    """
    sizes = {size for kind in model.graph.inputs.values() for size in (kind.elements, *kind.shape[-1:])}
    for node in _dense_outputs(model):
        units = node.output.shape[-1]
        if ends_with(node) in {"sigmoid", "hard_sigmoid"} and isinstance(units, int) and units > 1 and units not in sizes:
            message = f"{units} sigmoid outputs are probabilities that do not add up to 1"
            hint = 'use softmax where one class excludes the others; where it does not, "lint": {"ignore": ["MS902"]} says so'
            yield model.remark(node, message, hint, "activation")


def cut_off_output(model: Model) -> Iterator[Remark]:
    """A relu makes an output 0 wherever its input is below 0, and hands back no gradient there, so that it may stay 0."""
    for node in _dense_outputs(model):
        units = node.output.shape[-1]
        if (
            ends_with(node) in {"relu", "relu6"}
            and isinstance(units, int)
            and units <= MOST_TARGETS
            and not model.readers(node)
        ):
            message = f"{ends_with(node)} ends an output: it is 0, without a gradient, wherever the scores are below 0"
            hint = "use no activation for a regression (softplus where only positive numbers are right), softmax for classes"
            yield model.remark(node, message, hint, "activation")


def _dense_outputs(model: Model) -> Iterator[Node]:
    """Yield the layers that make outputs, where these are a Dense, or an activation of a Dense without one."""
    made = makers(model)
    for node in {value: made[value] for value in model.graph.outputs.values() if value in made}.values():
        dense = made.get(node.inputs[0]) if is_activation(node) else node
        if dense and inside(dense.layer).kind == "Dense" and (dense is node or not ends_with(dense)):
            yield node


_AFTER_WEIGHTS = {"Activation", *ACTIVATION_LAYERS, *DROPOUTS, "Flatten", "Permute", "Reshape"}


def dropout_after_output(model: Model) -> Iterator[Remark]:
    """A dropout between the last weights and the loss sets outputs to 0 in training, which no weights can make up for."""
    by_value = {node.value: node for node in model.graph.nodes}
    scores = _scores(model)
    seen: set[str] = set()
    for value in model.graph.outputs.values():
        node = by_value.get(value)
        alone = True
        while alone and node and node.value not in seen and node.value in scores:
            seen.add(node.value)
            alone = len(model.readers(node)) + model.is_output(node) == 1
            if alone and node.layer.kind in DROPOUTS and value_of(node, "rate"):
                message = f"{node.layer.kind} after the last layer with weights drops outputs in training"
                yield model.remark(node, message, "put it before that layer, or remove it")
            node = model.maker(node)


def _scores(model: Model) -> set[str]:
    """Return the values that reshaping layers, activations and dropouts make of what a layer with a kernel makes."""
    scores: set[str] = set()
    made: set[str] = set()
    for node in model.graph.nodes:
        if node.layer.kind in _AFTER_WEIGHTS:
            if node.inputs[0] in made:
                scores.add(node.value)
                made.add(node.value)
        elif any(bound.weight.name.endswith("kernel") for bound in node.weights):
            made.add(node.value)
    return scores
