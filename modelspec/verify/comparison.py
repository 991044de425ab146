"""What every layer makes in each backend, held against one another: one layer in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import numpy as np

from modelspec.graph import Graph, Node
from modelspec.verify import gates
from modelspec.verify.jobs import Measured
from modelspec.verify.probes import Probe
from modelspec.verify.results import Deviation, Divergence, LayerResult
from modelspec.verify.tiers import EXACT, TIERS
from modelspec.weights import Array

Found = Mapping[tuple[str, str], Mapping[str, Measured]]
"""What backends left, by tier and backend, and by the probe's name."""
Read = Callable[[str, str, str, str], Array]
"""Returns what a layer makes: of tier, backend, probe and value."""


def read_from(found: Found, tier: str, backend: str, probe: str, value: str) -> Array:
    """Return what a layer makes, read from its file as it is needed.

    Where the backend merged the layer into another, what a backend made of it that did not is as near as one can get to what
    the next layer reads.
    """
    sources = sorted(found, key=lambda key: (key != (tier, backend), key[0] != tier, key[0] != EXACT))
    file = next(files[value] for key in sources if value in (files := found[key][probe].files))
    return np.load(file, mmap_mode="r", allow_pickle=False)


def merged_away(graph: Graph, found: Found) -> dict[str, frozenset[str]]:
    """Return the layers that each backend merged into others, so that they make nothing there."""
    return {
        backend: frozenset(node.value for node in graph.nodes if any(node.value not in it.files for it in made.values()))
        for (tier, backend), made in found.items()
        if tier == EXACT
    }


def compared(
    graph: Graph,
    tiers: Mapping[str, Sequence[str]],
    batches: Sequence[Probe],
    read: Read,
    merged: Mapping[str, Collection[str]],
) -> Iterator[LayerResult]:
    """Yield every layer with its deviations, one layer in memory at a time; ``tiers`` has the backends of each, ``merged`` the
    layers that a backend makes no value of its own for. What only one backend has is not compared."""
    bounds = gates.semantic_bounds(graph, tiers[EXACT])
    outputs = set(graph.outputs.values())
    for node in graph.nodes:
        without = [name for name in tiers[EXACT] if node.value in merged.get(name, ())]
        backends = [name for name in tiers[EXACT] if name not in without]
        reference, found = backends[0], dict[str, dict[str, Deviation]]()
        if len(backends) > 1:
            reference, found[EXACT] = _semantics(node, backends, bounds, batches, read)
        for tier, all_of in tiers.items():
            some = [name for name in all_of if name in backends]
            if tier != EXACT and some and len(backends) > 1:
                found[tier] = _rounding(node, some, tier, batches, read, is_output=node.value in outputs)
        yield LayerResult(
            name=node.value,
            kind=node.layer.kind,
            shape=str(node.output),
            place=str(node.origin.place or ""),
            pointer=node.origin.pointer,
            is_output=node.value in outputs,
            reference=reference,
            deviations=found,
            merged=tuple(without),
        )


def _reads(node: Node, backend: str, probe: Probe, read: Read, size: Callable[[Array], Array]) -> Array:
    """Return the size of what a layer reads, for each example."""
    given = [given_to(name, probe, backend, read) for name in node.inputs]
    return np.max([size(array.astype(np.float64)) for array in given], axis=0)


def given_to(value: str, probe: Probe, backend: str, read: Read) -> Array:
    """Return a value that a layer reads: an input, or what another layer made in float64."""
    return probe.inputs[value] if value in probe.inputs else read("semantics", backend, probe.name, value)


def _semantics(
    node: Node, backends: Sequence[str], bounds: Mapping[str, Mapping[str, float]], batches: Sequence[Probe], read: Read
) -> tuple[str, dict[str, Deviation]]:
    """Return the reference, the first backend that another one agrees with, and how far each is from it."""
    candidates: list[tuple[int, str, dict[str, Deviation]]] = []
    for reference in backends:
        found: dict[str, Deviation] = {}
        for backend in backends:
            bound = max(bounds[backend][node.value], bounds[reference][node.value])
            found[backend] = _worst(
                (
                    probe,
                    gates.errors(
                        read("semantics", backend, probe.name, node.value),
                        read("semantics", reference, probe.name, node.value),
                        _reads(node, reference, probe, read, gates.largest),
                    ),
                )
                for probe in batches
            ).within(bound)
        agreeing = sum(it.passes for it in found.values())
        if agreeing == len(backends):
            return reference, found
        candidates.append((-agreeing, reference, found))
    _, reference, found = min(candidates, key=lambda it: it[0])
    return reference, found


def _rounding(
    node: Node, backends: Sequence[str], tier: str, batches: Sequence[Probe], read: Read, *, is_output: bool
) -> dict[str, Deviation]:
    """Return how far each backend is from its own float64."""
    found = {
        backend: _worst(
            (
                probe,
                gates.distances(
                    read(tier, backend, probe.name, node.value),
                    read("semantics", backend, probe.name, node.value),
                    _reads(node, backend, probe, read, gates.root_mean_square),
                ),
            )
            for probe in batches
        )
        for backend in backends
    }
    precision = TIERS[tier].precision

    def bound(backend: str) -> float:
        others = [it.error for other, it in found.items() if other != backend]
        return gates.rounding_bound(others, precision, is_output=is_output)

    return {backend: it.within(bound(backend)) for backend, it in found.items()}


def _worst(errors: Iterator[tuple[Probe, Array]]) -> Deviation:
    """Return the largest error of all examples."""
    worst = Deviation(-1.0, float("inf"), "", "")
    for probe, by_example in errors:
        known = np.where(np.isnan(by_example), np.inf, by_example)
        at = int(np.argmax(known))
        if known[at] > worst.error:
            worst = Deviation(float(known[at]), float("inf"), probe.name, probe.examples[at])
    return worst


def diverging(layer: LayerResult) -> Divergence:
    """Return the divergence that a layer shows in the first tier in which it does not pass."""
    tier, by_backend = next(
        (tier, by_backend) for tier, by_backend in layer.deviations.items() if not all(it.passes for it in by_backend.values())
    )
    odd = {name: it for name, it in by_backend.items() if not it.passes}
    worst = max(odd.values(), key=lambda it: it.error)
    return Divergence(tier, layer.name, layer.kind, layer.place, tuple(odd), layer.reference, worst)
