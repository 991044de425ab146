"""The arrays of a graph as passes left it: those of the spec, and those that are computed from them when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from modelspec.graph import Graph
from modelspec.weights import Array, Arrays


class DerivedArrays(Mapping[str, Array]):
    """Canonical arrays by key. Those that passes made are found by their keys, too, but not listed: they stand in no file.

    A derived array is computed at each access and never kept, so that no model is in memory twice.
    """

    def __init__(self, arrays: Arrays, graph: Graph) -> None:
        self._arrays, self._derived = arrays, graph.derived

    def __getitem__(self, key: str) -> Array:
        formula = self._derived.get(key)
        return self._arrays[key] if formula is None else formula(self._arrays)

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)
