"""Kernels: two that make no more than one, and units that begin alike."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from modelspec.graph import Node, NodeWeight
from modelspec.rules.activations import is_linear, sole_input
from modelspec.rules.idle import DROPOUTS
from modelspec.rules.subject import Model, Remark, type_of, value_of

_CONVOLUTIONS = ("Conv1D", "Conv2D", "Conv3D")
_JOINING = {"Add", "Average", "Multiply", "ScaledAdd", "Subtract"}


def linear_pair(model: Model) -> Iterator[Remark]:
    """A product of two matrices is one matrix: a layer without an activation before another one adds nothing to it.

    It does where it is the narrower one, which is a factorization into fewer weights, where others read it too, or where one
    of the two is not trained. Of convolutions, only those of size 1 make no more than the other one.
    """
    for node in model.of(("Dense", *_CONVOLUTIONS)):
        before = sole_input(model, node)
        if before and before.layer.kind in DROPOUTS:
            before = sole_input(model, before)
        if before is None or before.layer.kind != node.layer.kind or not is_linear(before.layer):
            continue
        if before.layer.trainable and node.layer.trainable and _is_one(before, node) and not _is_narrow(before, node):
            message = f"two {node.layer.kind} in a row without an activation between make no more than one"
            hint = "give the first an activation, or remove it"
            yield model.remark(before, message, hint, "activation")


def _is_one(first: Node, second: Node) -> bool:
    """Return whether one layer of the same type computes what two do."""
    if first.layer.kind == "Dense":
        return True
    if value_of(first, "groups") != 1 or value_of(second, "groups") != 1:
        return False
    if prod(value_of(second, "kernel_size")) == 1:
        return prod(value_of(second, "strides")) == 1 or prod(value_of(first, "kernel_size")) == 1
    is_bare = not value_of(first, "use_bias") or value_of(second, "padding") == "valid"  # a bias does not reach the padding
    return prod(value_of(first, "kernel_size")) == 1 and prod(value_of(first, "strides")) == 1 and is_bare


def _is_narrow(first: Node, second: Node) -> bool:
    """Return whether the first layer makes fewer channels than it reads and than the second makes."""
    kernel = first.weights[0].weight.shape
    return kernel[-1] < min(prod(kernel[:-1]), second.weights[0].weight.shape[-1])


def equal_units(model: Model) -> Iterator[Remark]:
    """Units with equal weights compute the same; only what reads them can tell them apart, and with zeros before a relu no
    gradient ever does.

    The last kernel before an output, and zeros at the end of a residual branch (Fixup, Zhang et al. 2019), learn well: their
    gradients differ from the first step on.
    """
    found = [(node, kernel) for node in model.graph.nodes if (kernel := _constant_kernel(node))]
    if not found:
        return
    last, joined = _before_outputs(model), _before_joins(model)
    for node, kernel in found:
        initializer = kernel.weight.initializer
        if node.value in last or (type_of(initializer) == "Zeros" and node.value in joined):
            continue
        field = "pointwise_initializer" if kernel.weight.name == "pointwise_kernel" else "kernel_initializer"
        message = (
            f"the {kernel.weight.name} of {node.layer.kind} begins with the same number everywhere: its units are all alike"
        )
        yield model.remark(node, message, "draw it: he_normal before a relu, glorot_uniform else", field)


def _constant_kernel(node: Node) -> NodeWeight | None:
    """Return a trained kernel of several units that begins with one number; depthwise ones keep channels apart as they are."""
    if node.layer.kind.startswith("Depthwise"):
        return None
    units = -2 if node.layer.kind.endswith("Transpose") else -1
    for bound in node.weights:
        name = bound.weight.name
        is_kernel = name.endswith("kernel") and "recurrent" not in name and "depthwise" not in name
        if is_kernel and bound.trainable and bound.weight.shape[units] > 1 and _is_constant(bound.weight.initializer):
            return bound
    return None


def _is_constant(initializer: Any) -> bool:
    match type_of(initializer):
        case "Zeros" | "Ones":
            return True
        case "Constant":
            return isinstance(initializer.value, int | float)
        case "RandomNormal" | "TruncatedNormal":
            return initializer.stddev == 0
        case "RandomUniform":
            return initializer.minval == initializer.maxval
        case _:
            return False


def _mixes(node: Node) -> bool:
    return any(bound.weight.name.endswith("kernel") for bound in node.weights)


def _before_outputs(model: Model) -> set[str]:
    """Return the values from which an output follows without another kernel."""
    found: set[str] = set()
    for node in reversed(model.graph.nodes):
        if model.is_output(node) or any(it.value in found and not _mixes(it) for it in model.readers(node)):
            found.add(node.value)
    return found


def _before_joins(model: Model) -> set[str]:
    """Return the values that join others without another kernel between."""
    found: set[str] = set()
    for node in reversed(model.graph.nodes):
        if any(it.layer.kind in _JOINING or (it.value in found and not _mixes(it)) for it in model.readers(node)):
            found.add(node.value)
    return found
