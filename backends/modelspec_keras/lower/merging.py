"""Layers that join several inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from modelspec.layers.merging import Add, Average, Concatenate, Dot, Maximum, Merge, Minimum, Multiply, Subtract
from modelspec.layers.preprocessing import Rescaling
from modelspec_keras.framework import keras
from modelspec_keras.lower.preprocessing import rescaling
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site

_NATIVE: dict[type[Merge], Callable[..., Any]] = {
    Maximum: keras.layers.Maximum,
    Minimum: keras.layers.Minimum,
    Multiply: keras.layers.Multiply,
    Subtract: keras.layers.Subtract,
}


def native(layer: Merge, site: Site) -> Chain:
    """Lower to the Keras layer of the same name."""
    return (_NATIVE[type(layer)](**site.common),)


def add(_: Add, site: Site) -> Chain:
    """Lower to ``keras.layers.Add``; inputs of different shapes to a difference from their negatives.

    On TensorFlow, Keras 3.15 takes a second operand for a bias where all but one of its sizes are 1, the batch among them,
    and adds it along the wrong axis.
    """
    if _alike(site):
        return (keras.layers.Add(**site.common),)
    return (broadcasting_sum(site),)


def average(_: Average, site: Site) -> Chain:
    """Lower to ``keras.layers.Average``; inputs of different shapes, which it adds as ``Add`` does, to a sum and a factor."""
    if _alike(site):
        return (keras.layers.Average(**site.common),)
    share = Rescaling(scale=1 / len(site.input_types))
    return broadcasting_sum(site.beside("sum")), *rescaling(share, replace(site, input_types=(site.output,)))


def _alike(site: Site) -> bool:
    return len({value.shape for value in site.input_types}) == 1


def broadcasting_sum(site: Site) -> Callable[[Sequence[Any]], Any]:
    """Return the sum of several tensors as layers that are free of the fault of ``Add``."""

    def apply(values: Sequence[Any]) -> Any:
        total = values[0]
        for number, value in enumerate(values[1:], 2):
            place = site if number == len(values) else site.beside(f"sum_{number}")
            negative = keras.layers.Rescaling(-1.0, **site.beside(f"negative_{number}").common)(value)
            total = keras.layers.Subtract(**place.common)([total, negative])
        return total

    return apply


def concatenate(layer: Concatenate, site: Site) -> Chain:
    """Lower to ``keras.layers.Concatenate``."""
    return (keras.layers.Concatenate(axis=-1 if layer.axis is None else layer.axis, **site.common),)


def dot(layer: Dot, site: Site) -> Chain:
    """Lower to ``keras.layers.Dot``."""
    return (keras.layers.Dot(axes=layer.axes_of(site.input_types), normalize=layer.normalize, **site.common),)


RULES: Rules = {
    Add: add,
    Average: average,
    Concatenate: concatenate,
    Dot: dot,
    Maximum: native,
    Minimum: native,
    Multiply: native,
    Subtract: native,
}
