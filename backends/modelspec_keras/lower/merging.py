"""Layers that join several inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from modelspec.layers.merging import Add, Concatenate
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def add(_: Add, site: Site) -> Chain:
    """Lower to ``keras.layers.Add``; inputs of different shapes to a difference from their negatives.

    On TensorFlow, Keras 3.15 takes a second operand for a bias where all but one of its sizes are 1, the batch among them,
    and adds it along the wrong axis.
    """
    if len({value.shape for value in site.input_types}) == 1:
        return (keras.layers.Add(**site.common),)
    return (_broadcasting_sum(site),)


def _broadcasting_sum(site: Site) -> Callable[[Sequence[Any]], Any]:
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


RULES: Rules = {
    Add: add,
    Concatenate: concatenate,
}
