"""How much of an error no backend can help: what its inputs are off, and what rounding these alone does to the layer.

A layer that subtracts nearly equal numbers (a normalization of a constant, a kernel whose products cancel) makes errors of any
size out of one rounding, and frameworks round differently. Whether an error is of that kind is not guessed: the layer alone, in
float64, is given the inputs that the backend had, and inputs that are rounded at random, and what that changes is allowed. A
layer that a backend is known to compute less exactly (``Backend.inexact``) rounds something to float32 even in float64.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from modelspec import plugins
from modelspec.graph import Graph, Node
from modelspec.layers.activation_layers import ReLU
from modelspec.layers.axes import positive_axes
from modelspec.layers.base import Layer, Spatial
from modelspec.layers.core import Activation, Embedding
from modelspec.layers.normalization import GroupNormalization, LayerNormalization
from modelspec.tensors import TensorType
from modelspec.verify import gates, jobs
from modelspec.verify.comparison import Read
from modelspec.verify.probes import Probe, generator
from modelspec.verify.results import Deviation, Divergence, LayerResult
from modelspec.verify.tiers import EXACT, TIERS, Precision
from modelspec.verify.workers import Worker, WorkerError
from modelspec.weights import Array, Arrays

ROUNDED: Mapping[Precision, float] = {
    "float64": 2.0**-52,
    "float32": 2.0**-23,
    "tf32": 2.0**-10,
    "float16": 2.0**-10,
    "bfloat16": 2.0**-7,
}
"""How far numbers are moved, as a share of each: the distance of two neighbours."""
DRAWS = 4
"""How often inputs are rounded at random; the largest change counts."""


@dataclass(frozen=True)
class Bench:
    """What layers are run alone with: the weights, the batches, what every layer made of them, and the backends."""

    graph: Graph
    weights: Arrays
    batches: Sequence[Probe]
    read: Read
    workers: Mapping[str, Worker]

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """The layers by what they make."""
        return {node.value: node for node in self.graph.nodes}

    def weights_of(self, node: Node) -> dict[str, Array]:
        """Return the weights of a layer by their own names."""
        return {bound.weight.name: self.weights[bound.key] for bound in node.weights}


def settled(layers: Iterable[LayerResult], bench: Bench) -> list[LayerResult]:
    """Return layers with the bounds of those that fail raised by what exact arithmetic explains, up to the first one that still
    fails; no bound of an output in a narrow type is raised above the cap."""
    found: list[LayerResult] = []
    is_broken = False
    for layer in layers:
        found.append(layer if layer.passes or is_broken else _settled(layer, bench))
        is_broken = is_broken or not found[-1].passes
    return found


def judged(divergence: Divergence, layer: LayerResult, bench: Bench) -> Divergence:
    """Return the divergence of a layer with what exact arithmetic explains of it, also beyond the cap on outputs: everything
    where no backend makes finite numbers in a narrow type, whose range it leaves on the way."""
    it = divergence
    if it.tier != EXACT and all(np.isinf(each.error) for each in layer.deviations[it.tier].values()):
        return replace(divergence, explained=float("inf"))
    more = [explained(bench, it.layer, it.tier, name, it.reference, it.deviation) for name in it.odd]
    return replace(divergence, explained=max(more))


def _settled(layer: LayerResult, bench: Bench) -> LayerResult:
    found: dict[str, Mapping[str, Deviation]] = {}
    for tier, by_backend in layer.deviations.items():
        raised = dict(by_backend)
        for backend, it in by_backend.items():
            if not it.passes:
                capped = layer.is_output and tier != EXACT
                cap = gates.ROUNDING_CAP[TIERS[tier].precision] if capped else float("inf")
                more = explained(bench, layer.name, tier, backend, layer.reference, it)
                raised[backend] = it.within(max(it.bound, min(cap, it.bound + more)))
        found[tier] = raised
    return replace(layer, deviations=found)


def explained(bench: Bench, layer: str, tier: str, backend: str, reference: str, deviation: Deviation) -> float:
    """Return how far a layer's output moves in exact arithmetic, in the example of a deviation and measured as that is: with
    the inputs that the backend had, and, three times that, with inputs and weights that are rounded at random.

    In float64, what it had is held against what the reference had; in a narrow type, against what it had itself in float64.
    """
    node, semantic = bench.nodes[layer], tier == EXACT
    right = reference if semantic else backend
    probe = next(probe for probe in bench.batches if probe.name == deviation.probe)
    at = probe.examples.index(deviation.example)

    def given(value: str, tier_: str, name: str) -> Array:
        array = probe.inputs[value] if value in probe.inputs else bench.read(tier_, name, probe.name, value)
        return np.asarray(array[at : at + 1])

    exact = [given(name, EXACT, right) for name in node.inputs]
    had = [given(name, tier, backend) for name in node.inputs]
    if any(one.shape != two.shape for one, two in zip(exact, had, strict=True)):
        return 0.0
    is_inexact = any(name in plugins.describe(it).inexact for it in (backend, reference) for name in gates.names_of(node.layer))
    share = ROUNDED["float32" if semantic and is_inexact else TIERS[tier].precision]
    made = _moved(node, exact, had, share, bench.weights, bench.workers[right], generator(at, f"{layer}/{tier}"))
    if made is None:
        return 0.0
    measure, size = (gates.errors, gates.largest) if semantic else (gates.distances, gates.root_mean_square)
    reads = float(max(size(it.astype(np.float64))[0] for it in exact))
    inherited, *moved = (float(measure(it[None], made[:1], reads).max()) for it in made[1:])
    scale = max(float(size(made[:1])[0]), gates.CANCELLED * reads)
    inner = share * _subtracted(node.layer, exact[0], made[:1], bench.weights_of(node)) / scale if scale else 0.0
    return inherited + gates.ROUNDING_RATIO * (max(moved) + inner)


def _moved(
    node: Node,
    exact: Sequence[Array],
    had: Sequence[Array],
    share: float,
    weights: Arrays,
    worker: Worker,
    random: np.random.Generator,
) -> Array | None:
    """Return what a layer alone makes in float64: of exact inputs, of those that a backend had, of exact ones rounded at
    random, and of exact ones with weights that are so rounded; None where it fails alone, which explains nothing."""
    inputs: dict[str, Array] = {}
    moved = 0.0 if _compares_what_it_reads(node.layer) else share
    for number, (one, two) in enumerate(zip(exact, had, strict=True)):
        inputs[f"x{number}"] = np.concatenate(
            [one, two.astype(one.dtype), *(rounded(one, moved, random) for _ in range(DRAWS))]
        )
    types = {
        name: TensorType(array.shape[1:], kind.dtype)
        for (name, array), kind in zip(inputs.items(), node.input_types, strict=True)
    }
    alone = Graph("alone", types, (Node.of("layer", node.layer, tuple(types), tuple(types.values())),), {"layer": "layer"})
    arrays = {f"layer/{bound.weight.name}": weights[bound.key] for bound in node.weights}
    others = {name: rounded(array.astype(np.float64), share, random) for name, array in arrays.items()}
    try:
        (made,) = worker.call(jobs.outputs, alone, worker.backend, arrays, inputs, EXACT).values()
        (other,) = worker.call(jobs.outputs, alone, worker.backend, others, inputs, EXACT).values()
    except WorkerError:
        return None
    return np.concatenate([made, other[:1]])


JUMPS = {"step", "threshold", "hard_shrink"}
"""Activations that are not continuous."""


def _compares_what_it_reads(layer: Layer) -> bool:
    """Return whether a layer jumps where what it reads passes a number: nothing was rounded by then, so that no rounding
    explains what it makes of that number."""
    alone = isinstance(layer, Activation) and bool(gates.names_of(layer) & JUMPS)
    return alone or isinstance(layer, Embedding | ReLU)


OF_ONE = {"ELU", "elu", "celu", "selu", "gelu", "sigmoid", "silu", "SimpleRNN", "LSTM", "GRU"}
"""Layers and activations that subtract numbers of about 1 on the way to small ones: ``exp(x) - 1``, ``1 + erf(x)``, 0.5 and an
approximation of the rest (ONNX Runtime's sigmoid, and its tanh in recurrent layers), the two directions of a sequence."""


def _subtracted(layer: Layer, values: Array, made: Array, weights: Arrays) -> float:
    """Return how large the numbers are that a layer subtracts from one another, where inputs that are rounded do not show it.

    A normalization of one number, or of equal ones, leaves nothing but their rounding; ``tanh_shrink`` makes ``x ** 3 / 3`` of
    a small ``x``; the places of a bilinear resizing are as large as the image; the sums that a mean goes through may be far
    larger than it.
    """
    names = gates.names_of(layer)
    if "bilinear" in names:
        return float(np.abs(values).max() * max(values.shape[1:]))
    if "tanh_shrink" in names:
        return float(np.abs(made).max() + np.cbrt(3 * np.abs(made)).max())
    if names & OF_ONE:
        return 1.0
    match layer:
        case GroupNormalization():
            axis = layer.given_axis % values.ndim
            groups = values.shape[axis] if layer.groups == -1 else layer.groups
            spread = np.moveaxis(values, axis, 1).reshape(len(values), groups, -1).var(axis=-1)
        case LayerNormalization():
            spread = values.var(axis=positive_axes(layer.axis, values.ndim))
        case Spatial() if "AveragePooling" in layer.kind:
            return _summed(layer, values, made)
        case _:
            return 0.0
    gamma = max((float(np.abs(array).max()) for name, array in weights.items() if name == "gamma"), default=1.0)
    return float(np.abs(values).max() * gamma / np.sqrt(spread.min() + layer.epsilon))


def _summed(layer: Spatial, values: Array, made: Array) -> float:
    """Return how large the sums are that the mean of a channel goes through: each of them is rounded, so that it is the root of
    the sum of their squares, over how many there are. The mean of a window goes through few."""
    axis = 1 if layer.data_format == "channels_first" else -1
    channels = np.moveaxis(values, axis, 1).reshape(-1, values.size // (len(values) * values.shape[axis]))
    if made.size != len(channels):
        return 0.0
    return float(np.sqrt(np.square(np.cumsum(channels, axis=1)).sum(axis=1)).max() / channels.shape[1])


def rounded(values: Array, share: float, random: np.random.Generator) -> Array:
    """Return numbers that are moved by up to a share of each; integers stay."""
    if values.dtype.kind != "f":
        return values
    return values * (1.0 + share * random.uniform(-1.0, 1.0, values.shape))
