"""The known differences between frameworks, tried on a layer that diverges: which of them explains what came out?

A trap is a mistake of a lowering, said as something that is right: another layer, other weights or inputs, or another order of
what comes out. The reference computes that; where it makes what the odd backend made, the trap is named.
"""

from __future__ import annotations

from collections.abc import Callable

from modelspec.graph import Graph, Node
from modelspec.layers.base import LayerError
from modelspec.tensors import TensorType
from modelspec.verify import jobs
from modelspec.verify.pieces import TARGET, Piece
from modelspec.verify.probes import as_dtype
from modelspec.verify.results import Guess
from modelspec.verify.tiers import TIERS
from modelspec.verify.traps import attention, functions, moving, normalization, recurrent, windows
from modelspec.verify.traps.trap import Alone, Trap, Variant
from modelspec.verify.workers import Worker, WorkerError
from modelspec.weights import Array

__all__ = ["SHARE", "TRAPS", "Alone", "Guess", "Trap", "Variant", "guessed"]

SHARE = 1e-3
"""What a trap may leave of the error at most. It must also pass the gate that the layer failed, so that nothing is left but
rounding; this share keeps it from being named where the layer hardly fails."""

TRAPS: tuple[Trap, ...] = (
    *windows.TRAPS,
    *normalization.TRAPS,
    *functions.TRAPS,
    *recurrent.TRAPS,
    *attention.TRAPS,
    *moving.TRAPS,
)
"""Every trap, in the order in which they are tried."""


def guessed(
    alone: Piece, made: Array, worker: Worker, tier: str, distance: Callable[[Array], float], least: float
) -> tuple[Guess, ...]:
    """Return the traps that leave an error of ``least`` at most, the best first; ``made`` is the odd backend's result for a
    piece of one layer, ``worker`` the reference's, and ``distance`` how far the odd backend is from another result."""
    node = alone.node
    keys = {f"{TARGET}/{bound.weight.name}": bound.weight.name for bound in node.weights}
    it = Alone(
        node.layer,
        {keys[key]: array for key, array in alone.weights.items()},
        tuple(map(as_dtype(alone.inputs, TIERS[tier].dtype).__getitem__, node.inputs)),
        made,
        node.output.rank,
    )
    best: dict[str, float] = {}
    for trap in TRAPS:
        for variant in trap.variants(it):
            result = _computed(variant, node, worker, tier)
            error = float("inf") if result is None or result.shape != made.shape else distance(result)
            if error <= min(least, best.get(trap.text, float("inf"))):
                best[trap.text] = error
    return tuple(sorted((Guess(text, error) for text, error in best.items()), key=lambda guess: guess.error))


def _computed(variant: Variant, node: Node, worker: Worker, tier: str) -> Array | None:
    """Return what a variant makes in the reference; None where there is no such layer."""
    if variant.layer is None:
        return variant.after(variant.inputs[0])
    names = tuple(f"x{number}" for number in range(len(variant.inputs)))
    types = tuple(TensorType(array.shape[1:], kind.dtype) for array, kind in zip(variant.inputs, node.input_types, strict=True))
    try:
        changed = Node.of(TARGET, variant.layer, names, types)
        graph = Graph(TARGET, dict(zip(names, types, strict=True)), (changed,), {TARGET: TARGET})
        weights = {f"{TARGET}/{name}": array for name, array in variant.weights.items()}
        inputs = dict(zip(names, variant.inputs, strict=True))
        made = worker.call(jobs.outputs, graph, worker.backend, weights, inputs, tier)[TARGET]
    except (LayerError, WorkerError):
        return None
    return variant.after(made)
