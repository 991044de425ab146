"""Traps of activation functions: slopes, forms, axes, and what holds at a kink."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from modelspec.layers import activations
from modelspec.layers.activation_layers import LeakyReLU, ReLU, Softmax
from modelspec.layers.activations import LINEAR, Activation
from modelspec.layers.core import Activation as ActivationLayer
from modelspec.layers.fields import Strict
from modelspec.layers.recurrent import Recurrent
from modelspec.verify.traps.trap import Alone, Trap, Variant
from modelspec.weights import Array


def _function(it: Alone, *kinds: type[Activation]) -> Activation | None:
    """Return the function that ends a layer, where it is one of some kinds."""
    function = getattr(it.layer, "activation", None)
    return function if isinstance(function, kinds) and not isinstance(it.layer, Recurrent) else None


def _instead(it: Alone, function: Callable[[Array], Array]) -> Variant:
    """Return the layer with another function at its end."""
    if isinstance(it.layer, ActivationLayer):
        return it.instead(function)
    return it.but(activation=LINEAR, after=function)


def _as(kind: type[Activation], *functions: Callable[[Array], Array]) -> Callable[[Alone], Iterator[Variant]]:
    def variants(it: Alone) -> Iterator[Variant]:
        for function in functions if _function(it, kind) else ():
            yield _instead(it, function)

    return variants


def _slope(slope: float) -> Callable[[Alone], Iterator[Variant]]:
    def variants(it: Alone) -> Iterator[Variant]:
        for value in (slope, float(np.float32(slope))):

            def leaky(x: Array, value: float = value) -> Array:
                return np.where(x >= 0, x, value * x)

            if isinstance(it.layer, LeakyReLU):
                yield it.instead(leaky)
            elif _function(it, activations.LeakyRelu):
                yield _instead(it, leaky)

    return variants


def _with(kind: type[Activation], change: Callable[[Any], dict[str, Any]]) -> Callable[[Alone], Iterator[Variant]]:
    """Return variants with other parameters of a function."""

    def variants(it: Alone) -> Iterator[Variant]:
        function = _function(it, kind)
        if function:
            yield it.but(activation=function.model_copy(update=change(function)))

    return variants


def _at_zero(it: Alone) -> Iterator[Variant]:
    function = _function(it, activations.Step)
    for value in (0.0, 0.5, 1.0) if function else ():
        yield _instead(it, lambda x, value=value: np.heaviside(x, value))


def _not_strict(it: Alone) -> Iterator[Variant]:
    layer = it.layer
    if isinstance(layer, ReLU):
        most = np.inf if layer.max_value is None else layer.max_value
        yield it.instead(
            lambda x: np.where(x >= layer.threshold, np.minimum(x, most), layer.negative_slope * (x - layer.threshold))
        )


def _softmax(*axes: int | None) -> Callable[[Alone], Iterator[Variant]]:
    """Return a softmax along other axes; None is all but the batch."""

    def variants(it: Alone) -> Iterator[Variant]:
        for axis in axes:
            along = tuple(range(1, it.rank)) if axis is None else (axis,)

            def softmax(x: Array, along: tuple[int, ...] = along) -> Array:
                shares = np.exp(x - x.max(axis=along, keepdims=True))
                return shares / shares.sum(axis=along, keepdims=True)

            if isinstance(it.layer, Softmax):
                yield it.instead(softmax)
            elif _function(it, activations.Softmax):
                yield _instead(it, softmax)

    return variants


def _double(it: Alone) -> Iterator[Variant]:
    """Yield the numbers of a layer and its function as the decimals that were written, not rounded to float32."""
    fields = _decimals(it.layer)
    function = getattr(it.layer, "activation", None)
    inner = _decimals(function) if isinstance(function, Activation) else {}
    if isinstance(function, Activation) and inner:
        fields["activation"] = function.model_copy(update=inner)
    if fields:
        yield it.but(**fields)


def _decimals(model: Strict) -> dict[str, Any]:
    numbers = {name: getattr(model, name) for name in type(model).model_fields}
    wanted = {name: float(str(np.float32(value))) for name, value in numbers.items() if isinstance(value, float)}
    return {name: value for name, value in wanted.items() if value != numbers[name]}


def _hard_sigmoid(x: Array, slope: float = 0.2) -> Array:
    return np.clip(slope * x + 0.5, 0.0, 1.0)


def _hard_sigmoid_of_onnx(x: Array) -> Array:
    """Return what ONNX makes, whose slope is a float32."""
    return _hard_sigmoid(x, float(np.float32(0.2)))


def _softplus(x: Array) -> Array:
    return np.where(x > 20.0, x, np.logaddexp(x, 0.0))


TRAPS: tuple[Trap, ...] = (
    Trap("negative_slope is 0.01, the default of PyTorch and ONNX", _slope(0.01)),
    Trap("negative_slope is 0.2, the default of Keras's function", _slope(0.2)),
    Trap("negative_slope is 0.3, the default of Keras's layer", _slope(0.3)),
    Trap("alpha is 1, the default", _with(activations.Elu, lambda _: {"alpha": 1.0})),
    Trap(
        "gelu has its other form (the normal distribution's or the tangent's)",
        _with(activations.Gelu, lambda function: {"approximate": not function.approximate}),
    ),
    Trap("hard_sigmoid has the slope 0.2, ONNX's default", _as(activations.HardSigmoid, _hard_sigmoid, _hard_sigmoid_of_onnx)),
    Trap(
        "hard_silu has the slope 0.2, that of ONNX's HardSigmoid",
        _as(activations.HardSilu, lambda x: x * _hard_sigmoid(x), lambda x: x * _hard_sigmoid_of_onnx(x)),
    ),
    Trap("softplus is linear above 20, PyTorch's default", _as(activations.Softplus, _softplus)),
    Trap("step gives another value at 0", _at_zero),
    Trap("the threshold itself passes", _not_strict),
    Trap("softmax runs along the first axis after the batch", _softmax(1)),
    Trap("softmax runs along the batch", _softmax(0)),
    Trap("softmax runs over all axes, ONNX's default before operator set 13", _softmax(None)),
    Trap("numbers of the spec are doubles, not float32", _double),
)
