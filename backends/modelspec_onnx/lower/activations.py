"""Activation functions, as layers of their own and at the end of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import pi, sqrt
from typing import Any

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


def _relu6(_: activations.Relu6, site: Site, value: str) -> None:
    site.emit("Clip", [value, site.constant("least", 0), site.constant("most", 6)])


def _leaky_relu(function: activations.LeakyRelu, site: Site, value: str) -> None:
    site.emit("LeakyRelu", [value], alpha=function.negative_slope)


def _elu(function: activations.Elu, site: Site, value: str) -> None:
    site.emit("Elu", [value], alpha=function.alpha)


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


RULES: dict[type[Activation], Rule] = {
    activations.Linear: _operator("Identity"),
    activations.Relu: _operator("Relu"),
    activations.Relu6: _relu6,
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
}
