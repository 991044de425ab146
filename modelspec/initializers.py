"""Draw the initial weights: seeded NumPy, the same numbers for every backend, machine and order.

A weight's numbers come from Philox4x64 keyed by SHA-256 of the seed and the weight's path, taken as raw words and
mapped to floats with operations that IEEE 754 defines to the last bit (no transcendental function of a math library).
They are rounded to float32, so that a float64 model starts from the same numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from math import prod, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

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

Doubles = NDArray[np.float64]

_TRUNCATED_STDDEV = 0.87962566103423978
"""The standard deviation of a unit normal cut off at 2."""
_CDF_AT_2 = 0.9772498680518208
"""The normal distribution function at 2."""
_BLOCK = 1 << 15
"""How many numbers are drawn at a time, an even number: few enough for a processor's cache."""


def draw(initializer: AnyInitializer, shape: tuple[int, ...], seed: int, path: str) -> NDArray[np.float32]:
    """Return the initial array of a weight with a canonical path, in float32."""
    own = getattr(initializer, "seed", None)
    words = _words(seed if own is None else own, path)
    if not isinstance(initializer, RandomUniform | RandomNormal | TruncatedNormal | VarianceScaling):
        return _whole(initializer, shape, words).astype(np.float32)
    mapped, values = _mapping(initializer, shape), np.empty(prod(shape), np.float32)
    for start in range(0, values.size, _BLOCK):
        block = values[start : start + _BLOCK]
        block[:] = mapped(_uniform(words, block.size))
    return values.reshape(shape)


def _words(seed: int, path: str) -> np.random.Philox:
    digest = hashlib.sha256(f"{seed}/{path}".encode()).digest()
    return np.random.Philox(key=int.from_bytes(digest[:16], "little"))


def _whole(
    initializer: Zeros | Ones | Constant | Orthogonal | Identity, shape: tuple[int, ...], words: np.random.Philox
) -> Doubles:
    match initializer:
        case Zeros():
            return np.broadcast_to(np.zeros(()), shape)
        case Ones():
            return np.broadcast_to(np.ones(()), shape)
        case Constant(value=value):
            array = np.asarray(value, np.float64)
            return np.broadcast_to(array.reshape(array.shape + (1,) * (len(shape) - array.ndim)), shape)
        case Orthogonal(gain=gain):
            return gain * _orthogonal(words, shape)
        case Identity(gain=gain):
            return gain * np.eye(shape[0], shape[1])


def _mapping(
    initializer: RandomUniform | RandomNormal | TruncatedNormal | VarianceScaling, shape: tuple[int, ...]
) -> Callable[[Doubles], Doubles]:
    """Return what makes each number of a weight of one in (0, 1)."""
    match initializer:
        case RandomUniform(minval=low, maxval=high):
            return lambda p: low + (high - low) * p
        case RandomNormal(mean=mean, stddev=stddev):
            return lambda p: mean + stddev * _normal(p)
        case TruncatedNormal(mean=mean, stddev=stddev):
            return lambda p: mean + stddev * _truncated(p)
        case VarianceScaling():
            return _scaled(initializer, shape)


def _uniform(words: np.random.Philox, size: int) -> Doubles:
    """Return numbers in the open interval (0, 1): the centres of 2**32 equal bins, two to a word, the low half first."""
    raw: Any = words.random_raw((size + 1) // 2)
    values = np.asarray(raw, dtype="<u8").view("<u4")[:size].astype(np.float64)
    values += 0.5
    values *= 2.0**-32
    return values


def _truncated(p: Doubles) -> Doubles:
    low = 1 - _CDF_AT_2
    return _normal(low + (_CDF_AT_2 - low) * p)


def _scaled(initializer: VarianceScaling, shape: tuple[int, ...]) -> Callable[[Doubles], Doubles]:
    fan_in, fan_out = fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[initializer.mode]
    variance = initializer.scale / max(1.0, fan)
    match initializer.distribution:
        case "uniform":
            limit = sqrt(3 * variance)
            return lambda p: p * (2 * limit) - limit
        case "untruncated_normal":
            return lambda p: sqrt(variance) * _normal(p)
        case "truncated_normal":
            return lambda p: sqrt(variance) / _TRUNCATED_STDDEV * _truncated(p)


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """Return the numbers of inputs and outputs of a kernel in Keras's layout, by Keras's rule for every kind of kernel."""
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    field = prod(shape[:-2])
    return field * shape[-2], field * shape[-1]


def _normal(p: Doubles) -> Doubles:
    """Return the quantiles of the normal distribution (Wichura 1988, algorithm AS 241, PPND16)."""
    q = p - 0.5
    central = np.abs(q) <= 0.425
    r = np.where(central, 0.180625 - q * q, 0.0)
    near = q * _ratio(r, _CENTRAL)
    tail = np.sqrt(-_log(np.where(central, 0.5, np.minimum(p, 1 - p))))
    far = np.where(tail <= 5, _ratio(tail - 1.6, _MIDDLE), _ratio(tail - 5, _FAR))
    return np.where(central, near, np.copysign(far, q))


def _ratio(r: Doubles, coefficients: tuple[tuple[float, ...], tuple[float, ...]]) -> Doubles:
    numerator, denominator = (_polynomial(r, row) for row in coefficients)
    return numerator / denominator


def _polynomial(r: Doubles, coefficients: tuple[float, ...]) -> Doubles:
    value = np.full_like(r, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = value * r + coefficient
    return value


def _log(x: Doubles) -> Doubles:
    """Return the natural logarithm by its series in (m - 1) / (m + 1), for the mantissa m in [0.7, 1.42)."""
    mantissa, exponent = np.frexp(x)
    low = mantissa < sqrt(0.5)
    mantissa, exponent = np.where(low, 2 * mantissa, mantissa), exponent - low
    z = (mantissa - 1) / (mantissa + 1)
    series = _polynomial(z * z, tuple(1 / (2 * k + 1) for k in range(14)))
    return 2 * z * series + exponent * 0.6931471805599453


def _orthogonal(words: np.random.Philox, shape: tuple[int, ...]) -> Doubles:
    """Return an orthogonal matrix by modified Gram-Schmidt, which needs no LAPACK (whose results differ by machine)."""
    rows, columns = prod(shape[:-1]), shape[-1]
    matrix = _normal(_uniform(words, rows * columns)).reshape(max(rows, columns), min(rows, columns))
    for column in range(matrix.shape[1]):
        vector = matrix[:, column]
        vector /= sqrt(_sum(vector * vector))
        rest = matrix[:, column + 1 :]
        rest -= np.outer(vector, _sum(vector[:, None] * rest))
    return (matrix if rows >= columns else matrix.T).reshape(shape)


def _sum(values: Doubles) -> Any:
    """Sum along the first axis in one fixed order, halving: NumPy's own order depends on the machine's vector width."""
    while values.shape[0] > 1:
        half = values.shape[0] // 2
        odd = values[2 * half :]
        values = np.concatenate([values[:half] + values[half : 2 * half], odd])
    return values[0]


_CENTRAL = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
_MIDDLE = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_FAR = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip
