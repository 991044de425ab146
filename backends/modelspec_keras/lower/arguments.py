"""Initializers, penalties and constraints as Keras's own.

The weights that initializers draw are replaced; they stand in the model's configuration.
"""

from __future__ import annotations

from typing import Any

from modelspec.layers.base import Layer
from modelspec.layers.constraints import AnyConstraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from modelspec.layers.initializers import (
    AnyInitializer,
    Constant,
    Identity,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
from modelspec.layers.recurrent import SimpleRNN
from modelspec.layers.regularizers import L1, L1L2, L2, AnyRegularizer, OrthogonalRegularizer
from modelspec_keras.framework import keras
from modelspec_keras.lower.site import Chain, Site

_SCALINGS: dict[tuple[float, str, str], Any] = {
    (1.0, "fan_avg", "uniform"): keras.initializers.GlorotUniform,
    (1.0, "fan_avg", "truncated_normal"): keras.initializers.GlorotNormal,
    (2.0, "fan_in", "uniform"): keras.initializers.HeUniform,
    (2.0, "fan_in", "truncated_normal"): keras.initializers.HeNormal,
    (1.0, "fan_in", "uniform"): keras.initializers.LecunUniform,
    (1.0, "fan_in", "truncated_normal"): keras.initializers.LecunNormal,
}
"""The variance scalings that have a name, by scale, mode and distribution."""


def weight_arguments(layer: Layer, *names: str, **others: str) -> dict[str, Any]:
    """Return the arguments for the named weights (``kernel``): ``kernel_initializer``, and the penalty and the constraint where
    the layer has such fields. ``kernel="gamma"`` are the arguments for a kernel that the layer's fields call ``gamma``."""
    arguments: dict[str, Any] = {}
    for keras_name, name in {**{name: name for name in names}, **others}.items():
        for what, made in (("initializer", initializer), ("regularizer", regularizer), ("constraint", constraint)):
            if f"{name}_{what}" in type(layer).model_fields:
                arguments[f"{keras_name}_{what}"] = made(getattr(layer, f"{name}_{what}"))
    return arguments


def initializer(which: AnyInitializer) -> Any:
    """Return the Keras initializer (as Any, because some of Keras's layers are annotated to take only its name)."""
    match which:
        case Zeros():
            return keras.initializers.Zeros()
        case Ones():
            return keras.initializers.Ones()
        case Constant(value=value):
            # Keras's own list fills trailing axes; the numbers are put in afterwards, and a list stands for them here by 0
            return keras.initializers.Constant(0.0 if isinstance(value, tuple) else value)
        case RandomUniform(minval=low, maxval=high, seed=seed):
            return keras.initializers.RandomUniform(low, high, seed=seed)
        case RandomNormal(mean=mean, stddev=stddev, seed=seed):
            return keras.initializers.RandomNormal(mean, stddev, seed=seed)
        case TruncatedNormal(mean=mean, stddev=stddev, seed=seed):
            return keras.initializers.TruncatedNormal(mean, stddev, seed=seed)
        case Orthogonal(gain=gain, seed=seed):
            return keras.initializers.Orthogonal(gain, seed=seed)
        case Identity(gain=gain):
            return keras.initializers.Identity(gain)
        case VarianceScaling(scale=scale, mode=mode, distribution=distribution, seed=seed):
            if named := _SCALINGS.get((scale, mode, distribution)):
                return named(seed=seed)
            return keras.initializers.VarianceScaling(scale, mode, distribution, seed=seed)


def regularizer(which: AnyRegularizer | None) -> Any:
    """Return the Keras regularizer."""
    match which:
        case None:
            return None
        case L1(l1=l1):
            return keras.regularizers.L1(l1)
        case L2(l2=l2):
            return keras.regularizers.L2(l2)
        case L1L2(l1=l1, l2=l2):
            return keras.regularizers.L1L2(l1, l2)
        case OrthogonalRegularizer(factor=factor, mode=mode):
            made: Any = keras.regularizers.OrthogonalRegularizer(factor, mode)
            made.factor = factor  # Keras 3.15 makes a tensor of float32 of it, which TensorFlow multiplies with no float64
            return made


def penalized_at_the_end(layer: Layer, chain: Chain, site: Site) -> Chain:
    """Return a chain with the ``activity_regularizer`` at its end: rules give it to the first layer, which makes what the
    penalty is about only where there is no other, and Keras 3.15's SimpleRNN forgets it."""
    which = getattr(layer, "activity_regularizer", None)
    if which is None or (len(chain) == 1 and not isinstance(layer, SimpleRNN)):
        return chain
    first: Any = chain[0]
    first.activity_regularizer = None
    site = site.beside("penalized")
    return (*chain, keras.layers.Activation("linear", activity_regularizer=regularizer(which), **site.common))


def constraint(which: AnyConstraint | None) -> Any:
    """Return the Keras constraint."""
    constraints: Any = keras.constraints  # annotated with the types of its defaults alone
    match which:
        case None:
            return None
        case MaxNorm(max_value=most, axis=axis):
            return constraints.MaxNorm(most, axis)
        case MinMaxNorm(min_value=least, max_value=most, rate=rate, axis=axis):
            return constraints.MinMaxNorm(least, most, rate, axis)
        case NonNeg():
            return constraints.NonNeg()
        case UnitNorm(axis=axis):
            return constraints.UnitNorm(axis)
