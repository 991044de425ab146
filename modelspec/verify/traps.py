"""The known differences between frameworks, tried on a layer that diverges: which of them explains what came out?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from modelspec.graph import Graph, Node
from modelspec.layers.base import Layer
from modelspec.verify import gates, jobs
from modelspec.verify.results import Guess
from modelspec.verify.workers import Worker, WorkerError
from modelspec.weights import Array, Arrays

EXPLAINS = 1e-3
"""A trap explains a divergence where what is left of it is at most this share."""


@dataclass(frozen=True)
class Trap:
    """A mistake that a lowering may make, as another layer that has it."""

    text: str
    variants: Callable[[Layer], Iterator[Layer]]
    """The layers that compute what the mistake makes of a layer; none where it cannot be made."""


def _changed(**fields: Any) -> Callable[[Layer], Iterator[Layer]]:
    def variants(layer: Layer) -> Iterator[Layer]:
        known = {name: value for name, value in fields.items() if name in type(layer).model_fields}
        if known and any(getattr(layer, name) != value for name, value in known.items()):
            yield layer.model_copy(update=known)

    return variants


TRAPS: tuple[Trap, ...] = (
    Trap("epsilon is 1e-5, PyTorch's and ONNX's default", _changed(epsilon=float(np.float32(1e-5)))),
    Trap("epsilon is 1e-3, Keras's default", _changed(epsilon=float(np.float32(1e-3)))),
)
"""Every trap, in the order in which they are tried."""


def guessed(graph: Graph, weights: Arrays, inputs: Arrays, odd: Array, worker: Worker, tier: str) -> tuple[Guess, ...]:
    """Return the traps that make a backend's result of a graph of one layer, the best first."""
    (node,) = graph.nodes
    found: list[Guess] = []
    for trap in TRAPS:
        for layer in trap.variants(node.layer):
            variant = Node.of(node.name, layer, node.inputs, node.input_types)
            changed = Graph(graph.name, graph.inputs, (variant,), graph.outputs)
            try:
                (made,) = worker.call(jobs.outputs, changed, worker.backend, weights, inputs, tier).values()
            except WorkerError:
                continue
            found.append(Guess(trap.text, float(gates.errors(odd, made).max())))
    return tuple(sorted((it for it in found if it.error <= EXPLAINS), key=lambda it: it.error))
