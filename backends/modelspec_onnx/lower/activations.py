"""Activation functions, as layers of their own and at the end of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pi, sqrt
from typing import Any

import numpy as np

from modelspec.layers import activations
from modelspec.layers.activations import Activation
from modelspec_onnx.emitter import Site

Rule = Callable[[Any, Site, str], object]


def activate(function: Activation, site: Site, value: str) -> None:
    """Make the layer's value by applying a function to a tensor."""
    RULES[type(function)](function, site, value)


def finish(function: Activation, site: Site, op: str, inputs: Sequence[str], **attributes: Any) -> None:
    """Emit a layer's last operator, followed by its activation where it has one."""
    if isinstance(function, activations.Linear):
        site.emit(op, inputs, **attributes)
    else:
        activate(function, site, site.emit(op, inputs, step="linear", **attributes))


def _operator(op: str) -> Rule:
    def rule(_: Activation, site: Site, value: str) -> None:
        site.emit(op, [value])

    return rule


def _clip(least: float, most: float) -> Rule:
    def rule(_: Activation, site: Site, value: str) -> None:
        site.emit("Clip", [value, site.constant("least", least), site.constant("most", most)])

    return rule


def _leaky_relu(function: activations.LeakyRelu, site: Site, value: str) -> None:
    site.emit("LeakyRelu", [value], alpha=function.negative_slope)


def _elu(function: activations.Elu, site: Site, value: str) -> None:
    site.emit("Elu", [value], alpha=function.alpha)


def _celu(function: activations.Celu, site: Site, value: str) -> None:
    """``alpha * elu(x / alpha)``: the operator Celu takes float32 only."""
    alpha = site.constant("alpha", function.alpha)
    site.emit("Mul", [alpha, site.emit("Elu", [site.emit("Div", [value, alpha], step="scaled")], step="elu")])


def _squareplus(function: activations.Squareplus, site: Site, value: str) -> None:
    square = site.emit("Mul", [value, value], step="square")
    root = site.emit("Sqrt", [site.emit("Add", [square, site.constant("b", function.b)], step="raised")], step="root")
    site.emit("Mul", [site.emit("Add", [value, root], step="sum"), site.constant("half", 0.5)])


def _mish(_: activations.Mish, site: Site, value: str) -> None:
    site.emit("Mul", [value, site.emit("Tanh", [site.emit("Softplus", [value], step="softplus")], step="tanh")])


def _hard_silu(_: activations.HardSilu, site: Site, value: str) -> None:
    site.emit("HardSwish", [value])


def _log_sigmoid(_: activations.LogSigmoid, site: Site, value: str) -> None:
    site.emit("Neg", [site.emit("Softplus", [site.emit("Neg", [value], step="negated")], step="softplus")])


def _tanh_shrink(_: activations.TanhShrink, site: Site, value: str) -> None:
    site.emit("Sub", [value, site.emit("Tanh", [value], step="tanh")])


def _soft_shrink(function: activations.SoftShrink, site: Site, value: str) -> None:
    site.emit("Shrink", [value], bias=function.threshold, lambd=function.threshold)


def _hard_shrink(function: activations.HardShrink, site: Site, value: str) -> None:
    site.emit("Shrink", [value], bias=0.0, lambd=function.threshold)


def _threshold(function: activations.Threshold, site: Site, value: str) -> None:
    above = site.emit("Greater", [value, site.constant("threshold", function.threshold)], step="above")
    site.emit("Where", [above, value, site.constant("default_value", function.default_value)])


def _sparse_plus(_: activations.SparsePlus, site: Site, value: str) -> None:
    one = site.constant("one", 1)
    distance = site.emit("Relu", [site.emit("Add", [value, one], step="shifted")], step="distance")
    square = site.emit("Mul", [distance, distance], step="square")
    bend = site.emit("Mul", [square, site.constant("quarter", 0.25)], step="bend")
    site.emit("Where", [site.emit("Less", [value, one], step="below"), bend, value])


def _sparse_sigmoid(_: activations.SparseSigmoid, site: Site, value: str) -> None:
    site.emit("HardSigmoid", [value], alpha=0.5, beta=0.5)


def _step(function: activations.Step, site: Site, value: str) -> None:
    zero = site.constant("zero", 0)
    above = site.emit("Greater", [value, zero], step="above")
    sides = site.emit("Where", [above, site.constant("one", 1), zero], step="sides")
    at_zero = site.emit("Equal", [value, zero], step="at_zero")
    site.emit("Where", [at_zero, site.constant("value_at_zero", function.value_at_zero), sides])


def _silu(_: activations.Silu, site: Site, value: str) -> None:
    site.emit("Mul", [value, site.emit("Sigmoid", [value], step="sigmoid")])


def _gelu(function: activations.Gelu, site: Site, value: str) -> None:
    if site.opset >= 20:
        site.emit("Gelu", [value], approximate="tanh" if function.approximate else "none")
        return
    if function.approximate:
        cube = site.emit("Mul", [site.emit("Mul", [value, value], step="square"), value], step="cube")
        bent = site.emit("Add", [value, site.emit("Mul", [cube, site.constant("cubic", 0.044715)], step="bend")], step="bent")
        bell = site.emit("Tanh", [site.emit("Mul", [bent, site.constant("root", sqrt(2 / pi))], step="scaled")], step="tanh")
    else:
        bell = site.emit("Erf", [site.emit("Mul", [value, site.constant("root", sqrt(0.5))], step="scaled")], step="erf")
    share = site.emit("Add", [bell, site.constant("one", 1)], step="share")
    half = site.emit("Mul", [value, site.constant("half", 0.5)], step="halved")
    site.emit("Mul", [half, share])


def _hard_sigmoid(_: activations.HardSigmoid, site: Site, value: str) -> None:
    site.emit("HardSigmoid", [value], alpha=1 / 6, beta=0.5)


def _softmax(function: activations.Softmax, site: Site, value: str) -> None:
    site.emit("Softmax", [value], axis=function.axis)


def _log_softmax(function: activations.LogSoftmax, site: Site, value: str) -> None:
    site.emit("LogSoftmax", [value], axis=function.axis)


def _sparsemax(function: activations.Sparsemax, site: Site, value: str) -> None:
    """``relu(x - t)``, ``t`` being the largest of ``(sum - 1) / count`` of the ``count`` largest numbers."""
    rank = site.node.output.rank
    axis = function.axis % rank
    shape = site.emit("Shape", [value], step="shape")
    size = site.emit("Gather", [shape, site.constant("place", [axis], np.int64)], step="size")
    axes = site.constant("axis", axis, np.int64)
    ordered = site.emit("TopK", [value, size], step="sorted", unused=("order",), axis=axis)
    sums = site.emit("CumSum", [ordered, axes], step="sums")
    ones = site.emit("Expand", [site.constant("one", 1), shape], step="ones")
    counts = site.emit("CumSum", [ones, axes], step="counts")
    ratios = site.emit("Div", [site.emit("Sub", [sums, site.constant("total", 1)], step="rest"), counts], step="ratios")
    first = site.emit("TopK", [ratios, site.constant("first", [1], np.int64)], step="shift", unused=("count",), axis=axis)
    site.emit("Relu", [site.emit("Sub", [value, first], step="shifted")])


def _glu(function: activations.Glu, site: Site, value: str) -> None:
    """The halves by two slices."""
    axis = function.axis % site.node.output.rank
    half = site.node.output.shape[axis - 1]
    assert isinstance(half, int)
    axes = site.constant("axis", [axis], np.int64)
    edges = [site.constant(name, [edge], np.int64) for name, edge in (("start", 0), ("middle", half), ("end", 2 * half))]
    halves = [site.emit("Slice", [value, edges[i], edges[i + 1], axes], step=name) for i, name in enumerate(("a", "b"))]
    site.emit("Mul", [halves[0], site.emit("Sigmoid", [halves[1]], step="sigmoid")])


RULES: dict[type[Activation], Rule] = {
    activations.Linear: _operator("Identity"),
    activations.Relu: _operator("Relu"),
    activations.Relu6: _clip(0, 6),
    activations.LeakyRelu: _leaky_relu,
    activations.Elu: _elu,
    activations.Selu: _operator("Selu"),
    activations.Sigmoid: _operator("Sigmoid"),
    activations.Tanh: _operator("Tanh"),
    activations.Softplus: _operator("Softplus"),
    activations.Softsign: _operator("Softsign"),
    activations.Exponential: _operator("Exp"),
    activations.Silu: _silu,
    activations.Gelu: _gelu,
    activations.HardSigmoid: _hard_sigmoid,
    activations.Softmax: _softmax,
    activations.LogSoftmax: _log_softmax,
    activations.Celu: _celu,
    activations.Squareplus: _squareplus,
    activations.Mish: _mish,
    activations.HardSilu: _hard_silu,
    activations.HardTanh: _clip(-1, 1),
    activations.LogSigmoid: _log_sigmoid,
    activations.TanhShrink: _tanh_shrink,
    activations.SoftShrink: _soft_shrink,
    activations.HardShrink: _hard_shrink,
    activations.Threshold: _threshold,
    activations.SparsePlus: _sparse_plus,
    activations.SparseSigmoid: _sparse_sigmoid,
    activations.Step: _step,
    activations.Sparsemax: _sparsemax,
    activations.Glu: _glu,
}
