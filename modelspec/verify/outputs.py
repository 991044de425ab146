"""The outputs of one file, held against those of another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modelspec.diagnostics import shown
from modelspec.verify import gates
from modelspec.verify.histogram import distribution
from modelspec.verify.probes import Probe
from modelspec.verify.results import Deviation, Histogram, LayerResult, OutputResult
from modelspec.weights import Array

TIER = "files"
WHOLE = "the whole batch"
"""What an example is called where an output has not one row for each."""

Read = Callable[[str, str, str], Array]
"""Returns an output: of the file's label, the probe and the output's name."""
Labels = tuple[str, str]
"""What the two files are called: the one that is held against the other comes first."""


@dataclass(frozen=True)
class Outputs:
    """What came out."""

    layers: tuple[LayerResult, ...]
    outputs: tuple[OutputResult, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Difference:
    """How far an output is off in one batch."""

    errors: Array
    """Of each example, in relative L2."""
    largest: float
    rows: int = 0
    agreeing: int = 0


def compared(
    outputs: Mapping[str, str], labels: Labels, batches: Sequence[Probe], read: Read, tolerance: float | None
) -> Outputs:
    """Return how far each output is off; ``outputs`` has what the other file calls each."""
    layers: list[LayerResult] = []
    results: list[OutputResult] = []
    notes: list[str] = []
    for name, other in outputs.items():
        first = read(labels[0], batches[0].name, name)
        notes += _unlike(name, labels, batches, read)
        scale = _typical(read(labels[1], probe.name, name) for probe in batches)
        found = [
            _difference(read(labels[0], it.name, name), read(labels[1], it.name, name), len(it.examples), scale)
            for it in batches
        ]
        varies = _variation((read(labels[1], it.name, name) for it in batches), batches)
        bound = gates.file_bound(first.dtype.name, varies) if tolerance is None else tolerance
        if varies is not None:
            notes += _dull(name, varies, gates.file_bound(first.dtype.name, None), bound)
        layers.append(
            LayerResult(
                name=name,
                kind="output",
                shape=f"[{', '.join(map(str, first.shape))}]",
                place="",
                pointer="",
                is_output=True,
                reference=labels[1],
                deviations={TIER: {labels[0]: _worst(batches, found).within(bound)}},
            )
        )
        rows = sum(it.rows for it in found)
        agreeing = sum(it.agreeing for it in found)
        largest = max(it.largest for it in found)
        results.append(OutputResult(name, other, first.dtype.name, largest, rows if rows else None, agreeing if rows else None))
    return Outputs(tuple(layers), tuple(results), tuple(notes))


def _unlike(name: str, labels: Labels, batches: Sequence[Probe], read: Read) -> Iterator[str]:
    """Yield why an output cannot be equal whatever its values are: its type, its shape, or that it has no values."""
    empty = True
    for probe in batches:
        one, two = (read(label, probe.name, name) for label in labels)
        empty = empty and not one.size
        for what, mine, its in (("type", one.dtype, two.dtype), ("shape", list(one.shape), list(two.shape))):
            if mine != its:
                yield f"the {what} of the output {shown(name)} is {mine} in {labels[0]} and {its} in {labels[1]} ({probe.name})"
                return
    if empty:
        yield f"the output {shown(name)} has no values on any input: nothing of it is compared"


def _variation(arrays: Iterator[Array], batches: Sequence[Probe]) -> float | None:
    """Return how much of its values an output varies by from example to example, the most of those of one shape; None where no
    two examples are of one shape."""
    rows: dict[tuple[int, ...], list[Array]] = {}
    for probe, array in zip(batches, arrays, strict=True):
        if array.ndim and len(array) == len(probe.examples) and array.size:
            finite = np.nan_to_num(array.astype(np.float64), posinf=0.0, neginf=0.0)
            rows.setdefault(array.shape[1:], []).append(finite.reshape(len(array), -1))
    shares: list[float] = []
    for some in rows.values():
        values = np.concatenate(some)
        whole = float(np.linalg.norm(values))
        if len(values) > 1:
            shares.append(float(np.linalg.norm(values - values.mean(axis=0))) / whole if whole else 0.0)
    return max(shares, default=None)


def _dull(name: str, varies: float, cap: float, bound: float) -> Iterator[str]:
    """Yield that an output tells little, where it does."""
    output = f"the output {shown(name)}"
    if not varies:
        yield f"{output} is the same for all inputs: that files agree on it says little"
    elif gates.TELLING * varies < cap:
        yield f"{output} hardly depends on the input, and says little: it varies by {varies:.2g} of its values"
    elif varies <= bound:
        yield f"{output} varies by {varies:.2g} of its values with the input, and as much is allowed: that says little"


def _typical(arrays: Iterator[Array]) -> float:
    """Return the root mean square of the values of an output in all batches."""
    sizes = [(float(gates.root_mean_square(it.reshape(1, -1))[0]), it.size) for it in arrays]
    total = sum(size for _, size in sizes)
    return float(np.sqrt(sum(size / total * value**2 for value, size in sizes))) if total else 0.0


def _difference(found: Array, wanted: Array, examples: int, typical: float) -> _Difference:
    """Return how far an output is off in a batch of some examples. An example whose values are far smaller than those of the
    output are elsewhere counts as a thousandth of those: a zero that one file rounds and the other does not tells nothing."""
    by_example = found.ndim > 0 and len(found) == examples
    if found.shape != wanted.shape or found.dtype != wanted.dtype or not found.size:
        return _Difference(np.full(examples if by_example else 1, np.inf), float("inf") if found.size else 0.0)
    one, two = (it.reshape(examples if by_example else 1, -1) for it in (found, wanted))
    errors = gates.distances(one, two, typical)
    if found.dtype.kind != "f":  # whole numbers may be larger than float64 tells apart
        differ = (one != two).any(axis=1)
        errors = np.where(differ & (errors == 0.0), np.finfo(np.float64).tiny, errors)
    scores = found.ndim == 2 and found.shape[1] > 1 and by_example and found.dtype.kind == "f"
    agreeing = int(_same_best(one, two).sum()) if scores else 0
    return _Difference(errors, _largest(one, two), examples if scores else 0, agreeing)


def _largest(found: Array, wanted: Array) -> float:
    """Return the largest difference of two values; infinite where one is infinite or NaN, and the other is not the same."""
    one, two = found.astype(np.float64), wanted.astype(np.float64)
    same = (one == two) | (np.isnan(one) & np.isnan(two))
    with np.errstate(invalid="ignore"):
        off = np.where(same, 0.0, np.abs(one - two))
    return float(np.where(np.isfinite(off), off, np.inf).max())


def _same_best(found: Array, wanted: Array) -> Array:
    """Return for each row whether the column that is highest in one is so in the other, be it one of several."""
    rows, best = np.arange(len(found)), found.argmax(axis=1)
    return (best == wanted.argmax(axis=1)) | (wanted[rows, best] == wanted.max(axis=1))


def _worst(batches: Sequence[Probe], found: Sequence[_Difference]) -> Deviation:
    """Return the largest error of all examples."""
    worst = Deviation(-1.0, float("inf"), "", "")
    for probe, it in zip(batches, found, strict=True):
        at = int(np.argmax(it.errors))
        if it.errors[at] > worst.error:
            example = probe.examples[at] if len(it.errors) == len(probe.examples) else WHOLE
            worst = Deviation(float(it.errors[at]), float("inf"), probe.name, example)
    return worst


def histogram(layers: Sequence[LayerResult], labels: Labels, batches: Sequence[Probe], read: Read) -> tuple[Histogram, ...]:
    """Return the distribution of the differences in the output that is furthest off its bound."""
    if not layers:
        return ()
    layer = max(layers, key=lambda it: it.deviations[TIER][labels[0]].share)
    edges, counts, equal, odd = distribution(_pairs(layer.name, labels, batches, read))
    return (Histogram(TIER, layer.name, labels[0], labels[1], edges, counts, equal, odd),)


def _pairs(name: str, labels: Labels, batches: Sequence[Probe], read: Read) -> Iterator[tuple[Array, Array]]:
    """Yield an output of both files, with an axis of examples, for each batch in which it has values."""
    for probe in batches:
        one, two = (read(label, probe.name, name) for label in labels)
        rows = len(probe.examples) if one.ndim and len(one) == len(probe.examples) else 1
        if one.shape == two.shape and one.size:
            yield one.reshape(rows, -1), two.reshape(rows, -1)
        elif one.shape != two.shape:
            yield one, two
