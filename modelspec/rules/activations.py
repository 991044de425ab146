"""Activation functions: which of them layers apply, and two in a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modelspec.graph import Node
from modelspec.layers.base import Layer
from modelspec.rules.idle import DROPOUTS, in_every_call
from modelspec.rules.subject import ACTIVATION_LAYERS, Model, Remark, type_of
from modelspec.tensors import Shape

WRAPPERS = {"SpectralNormalization": 0, "TimeDistributed": 1}
"""The layers that apply the one inside them, and how many leading axes that one does not see."""
_RECURRENT = {"GRU", "LSTM", "SimpleRNN"}
_SILENT = {*DROPOUTS, "ActivityRegularization", "GaussianNoise"}
"""What hands on its input in inference."""


@dataclass(frozen=True, slots=True)
class Function:
    """An activation function, the shape that it is applied to, and the axes of the shape that it sums along."""

    name: str
    shape: Shape
    axes: tuple[int, ...]
    field: str
    """The field of the step that says so."""


def inside(layer: Layer) -> Layer:
    """Return a layer, or the one that a wrapper applies."""
    while layer.kind in WRAPPERS:
        layer = getattr(layer, "layer")  # noqa: B009 - the field of those wrappers, which are no import of a rule
    return layer


def functions(node: Node) -> Iterator[Function]:
    """Yield the activation functions that a layer applies, those of layers inside it too."""
    yield from _functions(node.layer, node.output.shape, "")


def _functions(layer: Layer, shape: Shape, field: str) -> Iterator[Function]:
    if layer.kind in WRAPPERS:
        yield from _functions(inside(layer), shape[WRAPPERS[layer.kind] :], "layer")
    elif layer.kind == "Bidirectional":
        for name in ("layer", "backward_layer"):
            if one_way := getattr(layer, name):
                yield from _functions(one_way, shape, name)
    elif layer.kind == "Softmax":
        yield Function("softmax", shape, _axes(layer), field or "axis")
    else:
        is_recurrent = layer.kind in _RECURRENT
        applied_to = (getattr(layer, "units", 0),) if is_recurrent else shape
        for name in ("activation", "recurrent_activation")[: 1 + is_recurrent]:
            function = vars(layer).get(name)  # pydantic is slow to say that there is none
            if kind := type_of(function):
                yield Function(kind, applied_to, _axes(function), field or name)


def _axes(function: Any) -> tuple[int, ...]:
    axis = getattr(function, "axis", -1)
    return (axis,) if isinstance(axis, int) else tuple(axis)


def ends_with(node: Node) -> str:
    """Return the name of the function that makes a layer's output; empty for none and for ``linear``."""
    layer = inside(node.layer)
    if layer.kind == "ReLU":
        if vars(layer).get("threshold", 0):
            return "threshold"
        return "leaky_relu" if vars(layer).get("negative_slope", 0) else "relu" if _limit(layer) is None else "relu6"
    if layer.kind in ACTIVATION_LAYERS:
        return ACTIVATION_LAYERS[layer.kind]
    name = "" if layer.kind in {"GRU", "LSTM"} else type_of(vars(layer).get("activation"))
    return "" if name == "linear" else name


def _limit(layer: Layer) -> float | None:
    return vars(layer).get("max_value")


def is_activation(node: Node) -> bool:
    """Return whether a layer is an activation function and nothing else."""
    return node.layer.kind == "Activation" or node.layer.kind in ACTIVATION_LAYERS


def makers(model: Model) -> dict[str, Node]:
    """Return the layer that makes each value, seen through those that do nothing in inference."""
    found: dict[str, Node] = {}
    for node in model.graph.nodes:
        if node.layer.kind not in _SILENT:
            found[node.value] = node
        elif before := found.get(node.inputs[0]):
            found[node.value] = before
    return found


_KEEP_POSITIVE = {"relu", "leaky_relu", "elu", "celu", "prelu"}
"""What changes no number that is 0 or more."""
_POSITIVE = {
    "relu", "relu6", "sigmoid", "hard_sigmoid", "sparse_sigmoid", "softmax", "sparsemax", "softplus", "squareplus",
    "sparse_plus", "exponential",
}  # fmt: skip
"""What makes no number below 0."""
_UP_TO_1 = {"sigmoid", "hard_sigmoid", "sparse_sigmoid", "softmax", "sparsemax"}
_PROBABILITIES = {"sigmoid", "hard_sigmoid", "log_sigmoid", "softmax", "log_softmax", "sparsemax"}
"""What takes scores and makes probabilities, or logarithms of some."""
_ALONG_AXES = {"softmax", "log_softmax", "sparsemax"}


def twice_in_a_row(model: Model) -> Iterator[Remark]:
    """A second activation changes nothing (relu after relu), or takes probabilities for scores (softmax after softmax).

    One that only changes nothing in some calls of a block or repetitions is there for the others: blocks that begin with a
    relu (He et al. 2016) often follow one.
    """
    made = makers(model)
    useless: dict[str, tuple[Node, str]] = {}
    for node in model.of(("Activation", *ACTIVATION_LAYERS)):
        before = made.get(node.inputs[0])
        first, second = ends_with(before) if before else "", ends_with(node)
        if before is None or not first or not second:
            continue
        if _changes_nothing(first, second):
            useless[node.value] = (node, f"{second} after {first} changes nothing")
        elif second in _PROBABILITIES and first in _PROBABILITIES:
            if not {first, second} <= _ALONG_AXES or _summed(before) == _summed(node):
                message = f"{second} after {first} takes probabilities for scores"
                yield model.remark(node, message, "keep one of them", "activation")
        elif first == second != "glu":
            yield model.remark(node, f"{second} twice in a row", "remove one, or put a layer between", "activation")
        elif (first, second) == ("relu", "relu6"):
            yield model.remark(node, "relu6 after relu: the relu changes nothing", "remove the relu", "activation")
    for node in in_every_call(model, [node for node, _ in useless.values()]):
        yield model.remark(node, useless[node.value][1], "remove it, or put a layer between", "activation")


def _changes_nothing(first: str, second: str) -> bool:
    return (second in _KEEP_POSITIVE and first in _POSITIVE) or (second == "relu6" and first in {*_UP_TO_1, "relu6"})


def _summed(node: Node) -> tuple[int, ...]:
    """Return the axes that a softmax sums along, counted from the last."""
    applied = [*functions(node)][-1]
    rank = len(applied.shape) + 1
    return tuple(sorted(axis % rank - rank for axis in applied.axes))


def sole_input(model: Model, node: Node) -> Node | None:
    """Return the layer that a layer reads, where nothing else reads it; None else."""
    before = model.maker(node)
    return before if before and len(model.readers(before)) == 1 and not model.is_output(before) else None


def is_linear(layer: Layer) -> bool:
    """Return whether a layer with an ``activation`` field applies none."""
    return type_of(vars(layer).get("activation")) == "linear"
