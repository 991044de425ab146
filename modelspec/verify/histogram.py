"""How the differences of the output that is furthest off are distributed: all values a little, or a few by much?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from modelspec.verify import gates
from modelspec.verify.comparison import Read
from modelspec.verify.probes import Probe
from modelspec.verify.results import Histogram, LayerResult
from modelspec.weights import Array

STEPS = 4
"""How many bins a power of ten has."""
LEAST, MOST = -25, 15
"""The powers of ten beyond which all differences stand in the outermost bin."""


def histograms(layers: Sequence[LayerResult], batches: Sequence[Probe], read: Read) -> Iterator[Histogram]:
    """Yield for each tier the distribution of the differences in the output that is furthest off its bound."""
    outputs = [layer for layer in layers if layer.is_output]
    for tier in dict.fromkeys(tier for layer in outputs for tier in layer.deviations):
        found = [(it, layer, name) for layer in outputs for name, it in layer.deviations.get(tier, {}).items()]
        _, layer, backend = max(found, key=lambda it: it[0].share)
        reference = layer.reference if tier == "semantics" else backend
        pairs = (
            (read(tier, backend, probe.name, layer.name), read("semantics", reference, probe.name, layer.name))
            for probe in batches
        )
        edges, counts, equal, odd = distribution(pairs)
        yield Histogram(tier, layer.name, backend, f"{reference} in float64", edges, counts, equal, odd)


def distribution(pairs: Iterable[tuple[Array, Array]]) -> tuple[tuple[float, ...], tuple[int, ...], int, int]:
    """Return the edges and counts of log10 of |found - wanted| over the largest wanted value of the example (of the differences
    themselves where that is 0), how many are equal, and how many are infinite or NaN in one alone."""
    logs: list[Array] = []
    equal = odd = 0
    for found, wanted in pairs:
        if found.shape != wanted.shape:
            odd += wanted.size
            continue
        exact, other = wanted.astype(np.float64), found.astype(np.float64)
        finite = np.isfinite(exact) & np.isfinite(other)
        same = (exact == other) | (np.isnan(exact) & np.isnan(other))
        equal, odd = equal + int(same.sum()), odd + int((~finite & ~same).sum())
        largest = gates.largest(exact).reshape(-1, *[1] * (exact.ndim - 1))
        scale = np.broadcast_to(np.where(largest == 0.0, 1.0, largest), exact.shape)
        differ = finite & ~same
        logs.append(np.log10(np.abs(other[differ] - exact[differ]) / scale[differ]))
    values = np.clip(np.concatenate([np.empty(0), *logs]), LEAST, MOST)
    if not values.size:
        return (), (), equal, odd
    first, last = int(np.floor(values.min())), int(np.floor(values.max())) + 1
    counts, edges = np.histogram(values, (last - first) * STEPS, (first, last))
    return tuple(edges.tolist()), tuple(counts.tolist()), equal, odd
