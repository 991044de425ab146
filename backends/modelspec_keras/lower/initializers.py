"""Initializers as Keras's own. The weights that they draw are replaced; they stand in the model's configuration."""

from __future__ import annotations

from typing import Any

from modelspec.layers.initializers import (
    AnyInitializer,
    Constant,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
from modelspec_keras.framework import keras

_SCALINGS: dict[tuple[float, str, str], Any] = {
    (1.0, "fan_avg", "uniform"): keras.initializers.GlorotUniform,
    (1.0, "fan_avg", "truncated_normal"): keras.initializers.GlorotNormal,
    (2.0, "fan_in", "uniform"): keras.initializers.HeUniform,
    (2.0, "fan_in", "truncated_normal"): keras.initializers.HeNormal,
    (1.0, "fan_in", "uniform"): keras.initializers.LecunUniform,
    (1.0, "fan_in", "truncated_normal"): keras.initializers.LecunNormal,
}
"""The variance scalings that have a name, by scale, mode and distribution."""


def initializer(which: AnyInitializer) -> Any:
    """Return the Keras initializer (as Any, because some of Keras's layers are annotated to take only its name)."""
    match which:
        case Zeros():
            return keras.initializers.Zeros()
        case Ones():
            return keras.initializers.Ones()
        case Constant(value=value):
            return keras.initializers.Constant(value)
        case RandomUniform(minval=low, maxval=high, seed=seed):
            return keras.initializers.RandomUniform(low, high, seed=seed)
        case RandomNormal(mean=mean, stddev=stddev, seed=seed):
            return keras.initializers.RandomNormal(mean, stddev, seed=seed)
        case TruncatedNormal(mean=mean, stddev=stddev, seed=seed):
            return keras.initializers.TruncatedNormal(mean, stddev, seed=seed)
        case Orthogonal(gain=gain, seed=seed):
            return keras.initializers.Orthogonal(gain, seed=seed)
        case VarianceScaling(scale=scale, mode=mode, distribution=distribution, seed=seed):
            if named := _SCALINGS.get((scale, mode, distribution)):
                return named(seed=seed)
            return keras.initializers.VarianceScaling(scale, mode, distribution, seed=seed)
