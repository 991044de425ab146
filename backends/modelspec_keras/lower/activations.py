"""Activation functions: as an argument where Keras's own function has the same parameters, else as layers after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modelspec.layers.activations import Activation, Elu, Gelu, LeakyRelu, LogSoftmax, Softmax
from modelspec_keras.framework import keras
from modelspec_keras.lower.site import Chain, Site


def fused(function: Activation, site: Site) -> tuple[str, Chain]:
    """Return the ``activation`` argument for a function, and the layers that follow where no argument says it."""
    name = argument(function, site.output.rank)
    return (name, ()) if name else ("linear", layers(function, site.beside("activation")))


def argument(function: Activation, rank: int) -> str | None:
    """Return Keras's name of a function; None where its parameters are not those that the name stands for."""
    if isinstance(function, Softmax | LogSoftmax):
        return function.type if function.axis in (-1, rank - 1) else None
    return function.model_dump()["type"] if function == type(function)() else None


def layers(function: Activation, site: Site) -> Chain:
    """Return a function as layers of its own; all of them load without custom objects."""
    rank = site.output.rank
    if name := argument(function, rank):
        return (keras.layers.Activation(name, **site.common),)
    match function:
        case LeakyRelu(negative_slope=slope) if slope >= 0:
            return (keras.layers.LeakyReLU(negative_slope=slope, **site.common),)
        case LeakyRelu(negative_slope=slope):
            return (_operation(keras.ops.leaky_relu, site, negative_slope=slope),)
        case Elu(alpha=alpha):
            return (keras.layers.ELU(alpha=alpha, **site.common),)
        case Gelu(approximate=approximate):
            return (_operation(keras.ops.gelu, site, approximate=approximate),)
        case Softmax(axis=axis):
            return (keras.layers.Softmax(axis=axis, **site.common),)
        case LogSoftmax(axis=axis):
            return _along(axis % rank, "log_softmax", site)
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


def _operation(function: Callable[..., Any], site: Site, **arguments: Any) -> keras.Operation:
    """Return a function of ``keras.ops`` as an operation with a name: Keras names it itself, counting through the process."""
    operation = function(keras.KerasTensor((None, 1), site.output.dtype), **arguments)._keras_history.operation
    operation.name = site.name
    return operation
