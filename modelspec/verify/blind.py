"""Probes for a model of which nothing but its inputs is known: what it takes is tried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import prod

from modelspec.diagnostics import SpecError
from modelspec.tensors import TensorType
from modelspec.verify.probes import KINDS, Probe, batch, free_sizes, sized, written
from modelspec.weights import Array

MAX_BYTES = 2**28
"""What the inputs of one batch may take in float64, in which they are drawn."""
CHANNELS = (1, 3)
"""The numbers of channels of a picture."""

Sizes = Mapping[str, int]
Runs = Callable[[Mapping[str, Array]], bool]
"""Returns whether the model runs on inputs."""


def blind_probes(
    inputs: Mapping[str, TensorType], batches: Mapping[str, int | None], seed: int, runs: Runs
) -> tuple[Probe, ...]:
    """Return the batches that a model is compared on: all kinds of examples, about 0 and, for what may be a picture, as pixels
    too; a batch of one; and, where a size is free, odd and even sizes of those on which the model runs.

    ``batches`` says how many examples each input takes, None for any number. Raises SpecError (MS803) for inputs that are too
    large to be drawn, and where the model runs on no size that is tried.
    """
    if not inputs:
        return (Probe("no inputs", ("once",), {}),)
    draw = _Draw(inputs, batches, seed)

    def fits(sizes: Sizes) -> bool:
        return draw.bytes(sizes, draw.least) <= MAX_BYTES and runs(draw("tried", draw.kinds[: draw.least], sizes).inputs)

    first, *others = free_sizes(inputs, fits)
    if draw.bytes(first, draw.least) > MAX_BYTES:
        needs = f"one batch of inputs takes {draw.bytes(first, draw.least):,} bytes, and at most {MAX_BYTES:,} are drawn"
        raise SpecError.of("MS803", needs, "give --input")
    if first and not others and not fits(first):
        raise SpecError.of("MS803", f"no size that is tried fits: {written(first)} is the last one", "give --input")
    count = draw.least
    if not draw.is_fixed:
        affordable = [it for it in (len(KINDS), 4, 2) if draw.bytes(first, it) <= MAX_BYTES]
        count = next((it for it in affordable if runs(draw("tried", draw.kinds[:it], first).inputs)), 1)
    made = [draw(name, kinds, first) for name, kinds in _parts(count)]
    if any(_is_picture(kind) for kind in inputs.values()):
        made += [draw(f"pixels, {name}", kinds, first, pixels=True) for name, kinds in _parts(count)]
    if count > draw.least:
        made.append(draw("a batch of one", draw.kinds[:1], first))
    small = draw.least if draw.is_fixed else min(count, 2)
    made += [draw(written(sizes), draw.kinds[:small], sizes) for sizes in others]
    return tuple(made)


class _Draw:
    """Makes batches for some inputs."""

    def __init__(self, inputs: Mapping[str, TensorType], batches: Mapping[str, int | None], seed: int) -> None:
        self.inputs, self.batches, self.seed = inputs, batches, seed
        fixed = [it for it in batches.values() if it is not None]
        self.is_fixed = bool(fixed)
        """Whether the model says how many examples a batch has."""
        self.least = max([1, *fixed])
        """How many it has at least."""
        self.kinds = [*KINDS] * -(-self.least // len(KINDS))
        """The kinds of examples, as often as fill a batch."""

    def bytes(self, sizes: Sizes, examples: int) -> int:
        """Return what a batch takes while it is drawn."""
        return 8 * sum(prod(sized(kind, sizes)) * self._count(name, examples) for name, kind in self.inputs.items())

    def __call__(self, name: str, kinds: list[str], sizes: Sizes, *, pixels: bool = False) -> Probe:
        """Return a batch; an input that takes another number of examples than the batch has gets as many."""
        arrays: dict[str, Array] = {}
        for input_, kind in self.inputs.items():
            count = self._count(input_, len(kinds))
            some = (kinds * -(-count // len(kinds)))[:count]
            is_picture = pixels and _is_picture(kind)
            arrays[input_] = batch(kind, sized(kind, sizes), some, f"{input_}/{name}", self.seed, pixels=is_picture)
        return Probe(name, tuple(kinds), arrays)

    def _count(self, name: str, examples: int) -> int:
        fixed = self.batches[name]
        return examples if fixed is None else fixed


def _parts(count: int) -> Iterator[tuple[str, list[str]]]:
    """Yield all kinds of examples in batches of ``count``, each with a name; the last one is filled up from the first kinds."""
    kinds = [*KINDS]
    if count >= len(kinds):
        yield "all kinds", (kinds * -(-count // len(kinds)))[:count]
        return
    for start in range(0, len(kinds), count):
        some = (kinds[start:] + kinds)[:count]
        yield ", ".join(some), some


def _is_picture(kind: TensorType) -> bool:
    """Return whether an input may be a picture of floating-point numbers, whose values may be 0 to 255."""
    return kind.rank == 4 and kind.dtype.startswith("float") and (kind.shape[0] in CHANNELS or kind.shape[-1] in CHANNELS)
