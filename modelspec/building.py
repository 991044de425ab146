"""Layers that repetitions, calls and parameter sets share: validated once, typed once for each of their inputs' types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modelspec.document import LayerStep
from modelspec.evaluation import Scope
from modelspec.expansion import names_in
from modelspec.graph import Applied
from modelspec.layers.base import Layer
from modelspec.tensors import TensorType

_Key = tuple[Any, ...]


class Builder:
    """Remembers the layers of a spec's steps by the values that their expressions read, and what they make."""

    def __init__(self) -> None:
        self._read: dict[int, tuple[str, ...]] = {}
        """The names that the fields of a step read, by the identity of the step."""
        self._layers: dict[_Key, Layer] = {}
        self._applied: dict[_Key, Applied] = {}

    def layer(self, step: LayerStep, scope: Scope, data_format: str, make: Callable[[], Layer | None]) -> Layer | None:
        """Return the layer that ``make`` returned for the step and the same values, or call it; None is not remembered."""
        key = self._key(step, scope, data_format)
        if key is None:
            return make()
        made = self._layers.get(key)
        if made is None and (made := make()) is not None:
            self._layers[key] = made
        return made

    def applied(self, layer: Layer, types: tuple[TensorType, ...]) -> Applied:
        """Return the layer applied to inputs of these types, or raise LayerError where they do not fit."""
        key = (id(layer), types)
        found = self._applied.get(key)
        if found is None:
            found = self._applied[key] = Applied.of(layer, types)
        return found

    def _key(self, step: LayerStep, scope: Scope, data_format: str) -> _Key | None:
        """Return what tells layers of a step apart; None where a name has no value or a list, which is not compared."""
        names = self._read.get(id(step))
        if names is None:
            names = self._read[id(step)] = tuple(sorted(names_in(step.fields)))
        if not names:
            return (id(step), data_format)
        values: list[object] = [id(step), data_format]
        for name in names:
            try:
                value = scope[name]
            except KeyError:
                return None
            if isinstance(value, list):
                return None
            values += (value.__class__, value)  # true, 1 and 1.0 are equal
        return tuple(values)
