"""When two results are the same.

Errors are relative to the values of one example: to the largest of what a layer makes (semantics), or to their L2 norm
(rounding). Where what a layer makes is far smaller than what it reads, as a difference of equals is, a thousandth of that
stands in: digits that cancelled tell nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from modelspec import plugins
from modelspec.graph import Graph
from modelspec.layers.activations import Activation
from modelspec.layers.base import Layer
from modelspec.verify.tiers import Precision
from modelspec.weights import Array

SEMANTICS = 1e-10
"""Float64 against float64, of the largest value: what is computed is the same."""
TRAINING = 1e-9
"""The same in training, of the L2 norm: of a gradient, of what a step changed."""
ROUNDING_RATIO = 3.0
ROUNDING_FLOOR: Mapping[Precision, float] = {"float32": 1e-6, "tf32": 5e-4, "float16": 5e-4, "bfloat16": 4e-3}
"""A backend may be so many times further from float64 than the worst of the others, and a little more: in the narrow types one
rounding, for where another keeps float32 between its operators."""
ROUNDING_CAP: Mapping[Precision, float] = {"float32": 1e-4, "tf32": 2e-3, "float16": 5e-3, "bfloat16": 2e-2}
"""How far outputs may be from float64 at most, in relative L2."""
AFTER_INEXACT = 100.0
"""How much of an error that a backend is known to make may become in the layers after it, as a factor."""
TELLING = 1e-2
"""How much of what an output of a file varies by between inputs may be lost."""
CANCELLED = 1e-3
"""The share of what a layer reads that its output counts as, where it is smaller."""


def errors(found: Array, wanted: Array, reads: float | Array = 0.0) -> Array:
    """Return the largest difference of each example over its largest value; infinite where NaN and infinities differ or the
    shapes do. ``reads`` is the largest value that the layer reads, for each example."""
    return _errors(found, wanted, reads, _largest)


def distances(found: Array, wanted: Array, reads: float | Array = 0.0) -> Array:
    """Return the L2 norm of the difference of each example over that of its values; ``reads`` is a root mean square."""
    return _errors(found, wanted, reads, root_mean_square)


def _errors(found: Array, wanted: Array, reads: float | Array, measure: Callable[[Array], Array]) -> Array:
    if found.shape != wanted.shape:
        return np.full(len(wanted), np.inf)
    exact, other = wanted.astype(np.float64), found.astype(np.float64)
    if found.dtype.kind == "f":  # what is beyond the range of the narrower type is infinite there
        exact = np.where(np.abs(exact) > np.finfo(found.dtype).max, np.copysign(np.inf, exact), exact)
    finite = np.isfinite(exact)
    same_kind = (np.isfinite(other) == finite) & (finite | (np.isnan(exact) == np.isnan(other)))
    odd = ~same_kind.reshape(len(exact), -1).all(axis=1)
    exact, other = np.where(finite, exact, 0.0), np.where(finite & np.isfinite(other), other, 0.0)
    off, scale = measure(other - exact), np.maximum(measure(exact), CANCELLED * np.asarray(reads))
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(off == 0.0, 0.0, off / scale)
    return np.where(odd | np.isnan(relative), np.inf, relative)


def _largest(values: Array) -> Array:
    return np.abs(values.reshape(len(values), -1)).max(axis=1, initial=0.0)


def largest(values: Array) -> Array:
    """Return the largest finite absolute value of each example."""
    return _largest(np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0))


def root_mean_square(values: Array) -> Array:
    """Return the root of the mean square of the finite values of each example."""
    flat = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0).reshape(len(values), -1)
    if not flat.shape[1]:
        return np.zeros(len(flat))
    peak = np.maximum(_largest(flat), np.finfo(np.float64).tiny)
    return peak * np.sqrt(np.mean(np.square(flat / peak[:, None]), axis=1))


def names_of(layer: Layer) -> set[str]:
    """Return what a layer is and uses: its type, its activations and its interpolation, and those of the layers inside it."""
    names = {layer.kind, getattr(layer, "interpolation", "")}
    for field in type(layer).model_fields:
        match getattr(layer, field):
            case Layer() as inner:
                names |= names_of(inner)
            case Activation() as function:
                names.add(str(vars(function)["type"]))
            case _:
                pass
    return names


def semantic_bounds(graph: Graph, backends: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return by backend and value how far its float64 may be off: the gate, and more at and after a layer that a backend is
    known to compute less exactly (``Backend.inexact``)."""
    return {backend: _bounds(graph, backend) for backend in backends}


def _bounds(graph: Graph, backend: str) -> dict[str, float]:
    inexact = plugins.describe(backend).inexact
    bounds: dict[str, float] = {}
    inherited: dict[str, float] = {}
    for node in graph.nodes:
        own = max([SEMANTICS, *(inexact[name][0] for name in names_of(node.layer) if name in inexact)])
        before = max([0.0, *(inherited[name] for name in node.inputs if name in inherited)])
        bounds[node.value] = max(own, before)
        if own > SEMANTICS or before:
            inherited[node.value] = max(before, own * AFTER_INEXACT)
    return bounds


def file_bound(dtype: str, variation: float | None) -> float:
    """Return how far an output of a file may be from another file's, in relative L2: whole numbers are the same.

    ``variation`` is how much of its values the output varies by between inputs, None where nobody knows: a hundredth of that is
    allowed where it is less than the cap, so that scores which are nearly the same whatever is shown do not pass for equal; but
    never less than what rounding makes.
    """
    precisions: Mapping[str, Precision] = {"float16": "float16", "float32": "float32", "float64": "float32"}
    if dtype not in precisions:
        return 0.0
    precision = precisions[dtype]
    told = float("inf") if variation is None else TELLING * variation
    return min(ROUNDING_CAP[precision], max(told, ROUNDING_RATIO * ROUNDING_FLOOR[precision]))


def training_bound(graph: Graph, backends: Sequence[str]) -> float:
    """Return how far training in float64 may be off: the gate, and more where a backend is known to compute a layer less
    exactly, for gradients go through all layers."""
    bounds = semantic_bounds(graph, backends)
    return max([TRAINING, *(bound for of_backend in bounds.values() for bound in of_backend.values() if bound > SEMANTICS)])


def rounding_bound(others: Sequence[float], precision: Precision, *, is_output: bool) -> float:
    """Return how far a backend may be from float64, given how far the others are."""
    cap = ROUNDING_CAP[precision] if is_output else float("inf")
    return min(cap, ROUNDING_RATIO * max(others) + ROUNDING_FLOOR[precision]) if others else cap
