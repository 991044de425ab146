"""Layers that prepare data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from modelspec.layers.preprocessing import Normalization, Rescaling
from modelspec.tensors import Symbol
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def normalization(layer: Normalization, site: Site) -> Chain:
    """Lower to ``keras.layers.Normalization``.

    Keras rounds Python's numbers to float32 even where it computes in float64, so there they are arrays.
    """
    axes: Any = layer.axes_of(site.output)  # annotated with the type of its default alone
    own = keras.layers.Normalization(
        axis=axes,
        mean=_exact(layer.mean, site),
        variance=_exact(layer.variance, site),
        invert=layer.invert,
        **site.common,
    )
    return (own if layer.mean is not None else _Adapted(own),)


def _exact(constant: Any, site: Site) -> Any:
    return constant if constant is None else np.asarray(constant, site.output.array_dtype)


@dataclass(frozen=True)
class _Adapted:
    """A Normalization that holds what ``adapt`` found out; its weights by their names in the spec."""

    layer: Any

    def __call__(self, value: Any) -> Any:
        return self.layer(value)

    @property
    def mean(self) -> _Statistic:
        """The mean."""
        return _Statistic(self.layer, self.layer.adapt_mean)

    @property
    def variance(self) -> _Statistic:
        """The variance."""
        return _Statistic(self.layer, self.layer.adapt_variance)

    @property
    def count(self) -> _Statistic:
        """The number of examples, an integer in Keras."""
        return _Statistic(self.layer, self.layer.count)


@dataclass(frozen=True)
class _Statistic:
    """A variable of a Normalization, which computes with copies of two of them: they are made anew with each assignment."""

    layer: Any
    variable: Any

    @property
    def shape(self) -> Any:
        """The variable's shape."""
        return self.variable.shape

    def assign(self, value: Any) -> None:
        """Set the variable, in its own data type."""
        self.variable.assign(value)
        self.layer.finalize_state()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.asarray(keras.ops.convert_to_numpy(self.variable), dtype or self.layer.compute_dtype)


def rescaling(layer: Rescaling, site: Site) -> Chain:
    """Lower to ``keras.layers.Rescaling``.

    Where the user's Keras is configured for ``channels_first``, it takes a list of fewer than 3 dimensions for channels and
    moves them; one with 3 dimensions means the same everywhere. A smaller input is given 3 dimensions for as long.
    Keras rounds Python's numbers to float32 even where it computes in float64, so there they are arrays.
    """
    scale: Any = layer.scale
    offset: Any = layer.offset
    double = site.output.dtype == "float64"
    if not double and not isinstance(scale, tuple) and not isinstance(offset, tuple):
        return (keras.layers.Rescaling(scale, offset, **site.common),)
    scale, offset = _three_dimensional(scale), _three_dimensional(offset)
    if double:
        scale, offset = np.asarray(scale, np.float64), np.asarray(offset, np.float64)
    rescaled = keras.layers.Rescaling(scale, offset, **site.common)
    sizes = [-1 if isinstance(size, Symbol) else size for size in site.output.shape]
    if len(sizes) >= 3 or sizes.count(-1) > 1:
        return (rescaled,)
    common = site.beside("to_3d").common
    common["dtype"] = site.input_types[0].dtype
    to = keras.layers.Reshape((*[1] * (3 - len(sizes)), *sizes), **common)
    return to, rescaled, keras.layers.Reshape(sizes, **site.beside("from_3d").common)


def _three_dimensional(constant: Any) -> Any:
    depth, inner = 0, constant
    while isinstance(inner, tuple):
        depth, inner = depth + 1, inner[0]
    for _ in range(3 - depth):
        constant = (constant,)
    return constant


RULES: Rules = {
    Normalization: normalization,
    Rescaling: rescaling,
}
