"""Activation functions: as an argument where Keras's own function has the same parameters, else as layers after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modelspec.layers import activations
from modelspec.layers.activations import Activation
from modelspec_keras.framework import keras
from modelspec_keras.lower.site import Chain, Site

_Function = Callable[[Any], Any]
_OWN = activations.Glu | activations.Sparsemax | activations.Step | activations.Threshold
"""Those that Keras's name does not stand for: its sparsemax is another function, its ``Activation`` takes glu to keep the
shape, its threshold has no defaults, and it has no step."""


def fused(function: Activation, site: Site) -> tuple[str, Chain]:
    """Return the ``activation`` argument for a function, and the layers that follow where no argument says it."""
    name = argument(function, site.output.rank)
    return (name, ()) if name else ("linear", layers(function, site.beside("activation")))


def argument(function: Activation, rank: int) -> str | None:
    """Return Keras's name of a function; None where its parameters are not those that the name stands for."""
    if isinstance(function, _OWN):
        return None
    if isinstance(function, activations.Softmax | activations.LogSoftmax):
        return function.type if function.axis in (-1, rank - 1) else None
    return function.model_dump()["type"] if function == type(function)() else None


def layers(function: Activation, site: Site) -> Chain:
    """Return a function as layers of its own; all of them load without custom objects."""
    rank, ops = site.output.rank, keras.ops
    if name := argument(function, rank):
        return (keras.layers.Activation(name, **site.common),)
    match function:
        case activations.LeakyRelu(negative_slope=slope) if slope >= 0:
            return (keras.layers.LeakyReLU(negative_slope=slope, **site.common),)
        case activations.LeakyRelu(negative_slope=slope):
            return (_operation(ops.leaky_relu, site, negative_slope=slope),)
        case activations.Elu(alpha=alpha):
            return (keras.layers.ELU(alpha=alpha, **site.common),)
        case activations.Celu(alpha=alpha):
            return (_operation(ops.celu, site, alpha=alpha),)
        case activations.Gelu(approximate=approximate):
            return (_operation(ops.gelu, site, approximate=approximate),)
        case activations.Squareplus(b=b):
            return (_operation(ops.squareplus, site, b=b),)
        case activations.SoftShrink(threshold=threshold):
            return (_operation(ops.soft_shrink, site, threshold=threshold),)
        case activations.HardShrink(threshold=threshold):
            return (_operation(ops.hard_shrink, site, threshold=threshold),)
        case activations.Threshold(threshold=threshold, default_value=value):
            return (_operation(ops.threshold, site, threshold=threshold, default_value=value),)
        case activations.Glu(axis=axis):
            return (_operation(ops.glu, site, axis=axis),)
        case activations.Softmax(axis=axis):
            return (keras.layers.Softmax(axis=axis, **site.common),)
        case activations.LogSoftmax(axis=axis):
            return _along(axis % rank, "log_softmax", site)
        case activations.Step(value_at_zero=value):
            return (_step(value, site),)
        case activations.Sparsemax(axis=axis):
            return (_sparsemax(axis % rank, site),)
    raise NotImplementedError(f"no rule for {function!r}")


def _along(axis: int, name: str, site: Site) -> Chain:
    """Apply a function that works along the last axis to another one."""
    dims = [*range(1, site.output.rank)]
    dims[axis - 1], dims[-1] = dims[-1], dims[axis - 1]
    return (
        keras.layers.Permute(dims, **site.beside("to_last").common),
        keras.layers.Activation(name, **site.common),
        keras.layers.Permute(dims, **site.beside("from_last").common),
    )


def _step(value_at_zero: float, site: Site) -> _Function:
    """Return ``relu(sign(x)) + value_at_zero * (1 - |sign(x)|)``: TensorFlow gives a sign the gradient 0, a comparison none."""
    sign = _operation(keras.ops.sign, site.beside("sign"))
    above = keras.layers.Activation("relu", **site.beside("above").common)
    size = _operation(keras.ops.absolute, site.beside("size"))
    zero = keras.layers.Rescaling(-value_at_zero, value_at_zero, **site.beside("zero").common)
    both = keras.layers.Add(**site.common)

    def applied(x: Any) -> Any:
        signs = sign(x)
        return both([above(signs), zero(size(signs))])

    return applied


def _sparsemax(axis: int, site: Site) -> _Function:
    """Return ``relu(x - t)``, ``t`` being the largest of ``(sum - 1) / count`` of the ``count`` largest numbers.

    Keras 3.15's own function sums the sums of all counts; its results do not add up to 1. Its ``Add`` would take ``t`` for a
    bias where all but one of its sizes are 1 (see ``merging.add``).
    """
    negated = keras.layers.Rescaling(-1.0, **site.beside("negated").common)
    ascending = _operation(keras.ops.sort, site.beside("sorted"), axis=axis)
    sums = _operation(keras.ops.cumsum, site.beside("sums"), axis=axis)
    and_one = keras.layers.Rescaling(1.0, 1.0, **site.beside("and_one").common)
    ones = _operation(keras.ops.ones_like, site.beside("ones"))
    counts = _operation(keras.ops.cumsum, site.beside("counts"), axis=axis)
    ratios = _operation(keras.ops.divide, site.beside("ratios"), operands=2)
    least = _operation(keras.ops.min, site.beside("least"), axis=axis, keepdims=True)
    shifted = keras.layers.Subtract(**site.beside("shifted").common)
    cut = keras.layers.Activation("relu", **site.common)

    def applied(x: Any) -> Any:
        below = negated(x)
        above = ratios(and_one(sums(ascending(below))), counts(ones(x)))
        return cut(shifted([least(above), below]))

    return applied


def _operation(function: Callable[..., Any], site: Site, *, operands: int = 1, **arguments: Any) -> keras.Operation:
    """Return a function of ``keras.ops`` as an operation with a name: Keras names it itself, counting through the process."""
    like = [keras.KerasTensor((None,) * (site.output.rank - 1) + (2,), site.output.dtype) for _ in range(operands)]
    operation = function(*like, **arguments)._keras_history.operation
    operation.name = site.name
    return operation
