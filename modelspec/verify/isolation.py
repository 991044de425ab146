"""The first layer where backends differ, alone: on the same inputs, with its own weights, in each of them.

Where it differs there too, the layer is lowered wrongly, and the known traps are tried on it. Where it is the same alone, it
either makes visible what rounding before it did, or the layers around it are at fault: the smallest part of the graph that
shows the difference is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from modelspec.graph import Graph, Node
from modelspec.verify import gates, jobs, traps
from modelspec.verify.comparison import Read, given_to
from modelspec.verify.pieces import TARGET, Piece, piece, saved
from modelspec.verify.probes import Probe
from modelspec.verify.results import Divergence
from modelspec.verify.tiers import EXACT
from modelspec.verify.workers import Worker, WorkerError
from modelspec.weights import Array, Arrays

MAX_TRIES = 48
"""How often a reproducer is made smaller, at most: each try runs it in two backends."""
MAX_LAYERS_TRIED = 32
"""Of how many layers at most each is tried whether it can be left out."""


@dataclass(frozen=True)
class Bench:
    """Where pieces of a graph are run: in the reference and the odd backends."""

    found: Divergence
    workers: Mapping[str, Worker]
    levels: Mapping[str, int]
    """The level of optimisation of each backend."""
    reads: Array
    """The size of what the layer reads in the whole graph, in the example that is furthest off."""
    at: int
    """The number of that example in its batch."""

    def made(self, it: Piece, backend: str, tier: str) -> Array | None:
        """Return what a backend makes of the layer; None where it refuses the piece, and an empty array where it fails."""
        try:
            return self._outputs(it, backend, tier)[TARGET]
        except WorkerError as error:
            return None if error.kind == "SpecError" else np.zeros((0,))

    def _outputs(self, it: Piece, backend: str, tier: str) -> dict[str, Array]:
        call = self.workers[backend].call
        return call(jobs.outputs, it.graph, backend, it.weights, it.inputs, tier, self.levels[backend])

    def results(self, it: Piece) -> tuple[dict[str, Array], Array | None]:
        """Return what the odd backends and the reference make, and what is right: the reference's float64."""
        exact = self.made(it, self.found.reference, EXACT)
        backends = sorted({self.found.reference, *self.found.odd})
        made = {
            name: exact if (name, self.found.tier) == (self.found.reference, EXACT) else self.made(it, name, self.found.tier)
            for name in backends
        }
        return {name: array for name, array in made.items() if array is not None}, exact

    def errors(self, it: Piece) -> dict[str, float]:
        """Return how far each backend is off; empty where the reference does not run."""
        made, exact = self.results(it)
        if exact is None or not exact.ndim or not len(exact):
            return {}
        return {name: self.distance(it, array, exact) for name, array in made.items()}

    def distance(self, it: Piece, found: Array, wanted: Array) -> float:
        """Return the error of the example, as the gate of the tier measures it; in others, other errors may be right."""
        semantic = self.found.tier == EXACT
        size = gates.largest if semantic else gates.root_mean_square
        alone = len(it.graph.nodes) == 1
        read = [size(array.astype(np.float64)) for array in it.inputs.values()]
        measure = gates.errors if semantic else gates.distances
        errors = measure(found, wanted, np.max(read, axis=0) if alone else self.reads)
        return float(errors[min(self.at, len(errors) - 1)])

    def shows(self, it: Piece) -> bool:
        """Return whether a piece makes an odd backend differ by more than is allowed."""
        errors = self.errors(it)
        return any(errors.get(name, 0.0) > self.found.deviation.bound for name in self.found.odd)


def examined(
    found: Divergence,
    graph: Graph,
    weights: Arrays,
    batches: tuple[Probe, ...],
    read: Read,
    workers: Mapping[str, Worker],
    levels: Mapping[str, int],
    folder: str | Path | None,
) -> Divergence:
    """Return a divergence with what the layer alone makes in each backend, the known traps that explain it, and, where a
    folder is given, what shows it: a spec of as few layers as possible, their inputs and weights."""
    node = next(node for node in graph.nodes if node.value == found.layer)
    probe = next(probe for probe in batches if probe.name == found.deviation.probe)
    at = probe.examples.index(found.deviation.example)
    kinds = graph.types

    def given(value: str) -> Array:
        with np.errstate(over="ignore"):  # what is beyond the range of the spec's type is infinite in it
            return given_to(value, probe, found.reference, read).astype(kinds[value].dtype)

    size = gates.largest if found.tier == EXACT else gates.root_mean_square
    reads = np.max([size(given(name).astype(np.float64)[at : at + 1]) for name in node.inputs], axis=0)
    bench = Bench(found, workers, levels, reads, at)
    alone = piece([node], node.value, weights, given)
    found = replace(found, alone=bench.errors(alone))
    if not found.alone:
        return found
    if not found.is_same_alone:
        made, exact = bench.results(alone)
        found = replace(found, guesses=() if exact is None else _guesses(bench, alone, made, exact))
        smallest = next((it for it in (alone.example(at), alone) if bench.shows(it)), None)
    else:
        found = _in_its_place(replace(bench, found=found), node, weights, probe, read)

        def part(nodes: Sequence[Node]) -> Piece:
            return piece(nodes, node.value, weights, given).example(at)

        smallest = _part(node, graph.nodes, part, bench.shows) if folder is not None else None
    if smallest is None or folder is None:
        return found
    smallest = smaller(smallest, bench.shows)
    saved(Path(folder), smallest)
    return replace(found, reproducer=str(folder), layers=tuple(smallest.names.values()))


def _guesses(bench: Bench, it: Piece, made: Mapping[str, Array], exact: Array) -> tuple[traps.Guess, ...]:
    """Return the traps that make what the worst of the odd backends made of a layer, where ``exact`` is right."""
    found = bench.found
    by_error = {name: bench.distance(it, made[name], exact) for name in found.odd if name in made}
    if not by_error:
        return ()
    odd = max(by_error, key=lambda name: by_error[name])
    least = min(found.deviation.bound, by_error[odd] * traps.SHARE)
    return traps.guessed(
        it, made[odd], bench.workers[found.reference], found.tier, lambda other: bench.distance(it, made[odd], other), least
    )


def _in_its_place(bench: Bench, node: Node, weights: Arrays, probe: Probe, read: Read) -> Divergence:
    """Return the divergence of a layer that is the same alone with how far the worst odd backend is from the reference, where
    that gets what the odd one's layer got in the whole graph, and with the traps that explain it: a backend may lower a layer
    otherwise beside others, as where they ask for another data format."""
    found = bench.found
    worst = found
    for odd in found.odd:

        def own(value: str, odd: str = odd) -> Array:
            return probe.inputs[value] if value in probe.inputs else read(found.tier, odd, probe.name, value)

        it = piece([node], node.value, weights, own)
        wanted, made = bench.made(it, found.reference, EXACT), read(found.tier, odd, probe.name, node.value)
        if wanted is None or not wanted.size:
            return replace(found, fed=float("inf"))
        fed = bench.distance(it, made, wanted)
        if fed >= worst.fed:
            worst = replace(found, fed=fed, guesses=_guesses(bench, it, {odd: made}, wanted) if fed > found.allowed else ())
    return worst


def _part(
    node: Node, nodes: Sequence[Node], part: Callable[[Sequence[Node]], Piece], shows: Callable[[Piece], bool]
) -> Piece | None:
    """Return the smallest part of a graph that is found to show a difference at a node; None where even the whole does not."""
    chain = ending_in(node, nodes)
    if shows(part(chain)):
        same, differs = 1, len(chain)  # the last layers of the chain, as many
        while differs - same > 1:
            middle = (same + differs) // 2
            same, differs = (same, middle) if shows(part(ending_in(node, chain[-middle:]))) else (middle, differs)
        kept = ending_in(node, chain[-differs:])
    elif shows(part(nodes)):
        kept = list(nodes)
    else:
        return None
    for candidate in kept[:-1] if len(kept) <= MAX_LAYERS_TRIED else ():
        fewer = [it for it in kept if it is not candidate]
        if candidate is not node and candidate in kept and shows(part(fewer)):
            kept = fewer
    return part(kept)


def ending_in(node: Node, nodes: Sequence[Node]) -> list[Node]:
    """Return those of some nodes that a node depends on, and itself."""
    needed = {node.value}
    kept: list[Node] = []
    for it in reversed(nodes):
        if it.value in needed:
            kept.append(it)
            needed.update(it.inputs)
    return kept[::-1]


def smaller(it: Piece, shows: Callable[[Piece], bool]) -> Piece:
    """Return a piece on inputs as small as still show the difference: axes are halved, then made shorter by one."""
    tries = 0
    axes = {(axis, size) for array in it.inputs.values() for axis, size in enumerate(array.shape) if axis > 0}
    for axis, whole in sorted(axes):
        size = whole
        for share in (0.5, 1.0):
            while size > 1 and tries < MAX_TRIES:
                tries += 1
                to = min(int(size * share), size - 1)
                candidate = it.cropped(axis, size, to)
                if candidate is None or not shows(candidate):
                    break
                it, size = candidate, to
    return it
