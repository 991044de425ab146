"""What was compared, and what came out: the data that reports show."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Tier = Literal["semantics", "rounding", "float16", "bfloat16", "cuda", "cuda-tf32", "files"]
"""A comparison: float64 against float64, or a narrower type against float64; on CUDA float32, and TF32 for products; or an
output of one file against that of another."""
Status = Literal["compared", "skipped", "failed"]
Kind = Literal["loss", "gradient", "weight"]
"""What is compared of training."""


@dataclass(frozen=True)
class Deviation:
    """How far a backend's value is from the reference, in the example where it is furthest."""

    error: float
    """The difference over the values, as the tier measures it."""
    bound: float
    """How large the error may be."""
    probe: str
    """The batch."""
    example: str
    """The example of it."""

    @property
    def passes(self) -> bool:
        """Whether the error is within its bound."""
        return self.error <= self.bound

    @property
    def share(self) -> float:
        """The error as a share of its bound: at most 1 where it passes; infinite where it is not a number."""
        if self.error == self.bound:
            return 1.0
        return math.inf if math.isnan(self.error) or not self.bound else self.error / self.bound

    def within(self, bound: float) -> Deviation:
        """Return the deviation with a bound."""
        return replace(self, bound=bound)


@dataclass(frozen=True)
class LayerResult:
    """A layer, and how far each backend's output of it is off, by tier."""

    name: str
    """The name of the layer in the graph."""
    kind: str
    """Its type."""
    shape: str
    """The shape of what it makes."""
    place: str
    """file:line:column in the spec; empty where it has none."""
    pointer: str
    """The JSON pointer of its step in the spec."""
    is_output: bool
    """Whether the model returns what it makes."""
    reference: str
    """The backend that the float64 values of the others are held against."""
    deviations: Mapping[str, Mapping[str, Deviation]]
    """By tier and backend; nothing where fewer than two backends have the layer."""
    merged: tuple[str, ...] = ()
    """The backends that merged the layer into another one, so that there is nothing of it to compare."""

    @property
    def passes(self) -> bool:
        """Whether every backend is within its bound in every tier."""
        return all(it.passes for tier in self.deviations.values() for it in tier.values())


@dataclass(frozen=True)
class BackendResult:
    """A backend: whether it was compared, and what that took."""

    name: str
    """The name of the backend."""
    status: Status
    """Whether it was compared; it is skipped where it cannot be, and failed where it broke."""
    reason: str = ""
    """Why it was not."""
    skipped_tiers: Mapping[str, str] = field(default_factory=dict[str, str])
    """The tiers in which it was not compared though the others were, each with the reason."""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    """The versions of what it computes with, by package."""
    seconds: float = 0.0
    """How long it compiled and computed."""
    peak_mib: float = 0.0
    """The most memory that its process held; NaN where the system does not tell."""


@dataclass(frozen=True)
class Guess:
    """A known trap that explains a divergence: with it, another backend makes the same as the odd one."""

    trap: str
    """The mistake, in words."""
    error: float
    """How far the odd backend is from the trap's result."""


@dataclass(frozen=True)
class Divergence:
    """The first layer where backends differ, and what is known of it."""

    tier: str
    """The tier in which they differ."""
    layer: str
    """The name of the layer."""
    kind: str
    """Its type."""
    place: str
    """file:line:column in the spec; empty where it has none."""
    odd: tuple[str, ...]
    """The backends that are not as the reference."""
    reference: str
    """The backend that they are held against."""
    deviation: Deviation
    """How far the worst of them is off."""
    alone: Mapping[str, float] = field(default_factory=dict[str, float])
    """How far each backend is off where it gets this layer alone, on the reference's inputs; empty where that was not tried."""
    fed: float = 0.0
    """Where the layer alone is the same: how far the worst odd backend is from the reference that gets the inputs which this
    layer had in the odd one."""
    guesses: tuple[Guess, ...] = ()
    """The traps that explain it, the best first."""
    explained: float = 0.0
    """How much of the error exact arithmetic explains: what inputs are off, and what rounding them does."""
    reproducer: str = ""
    """The folder with a spec of as few layers as show it, their inputs and weights."""
    layers: tuple[str, ...] = ()
    """The layers of the reproducer."""

    @property
    def allowed(self) -> float:
        """How far the layer may be off: its bound, and what exact arithmetic explains."""
        return self.deviation.bound + self.explained

    @property
    def is_same_alone(self) -> bool:
        """Whether the layer alone is the same in every backend."""
        known = all(name in self.alone for name in self.odd)
        return known and bool(self.alone) and all(error <= self.allowed for error in self.alone.values())

    @property
    def is_amplified(self) -> bool:
        """Whether the layer does what it should with what it gets, so that it only shows what rounding before it made."""
        return self.is_same_alone and self.fed <= self.allowed

    @property
    def is_misplaced(self) -> bool:
        """Whether the layer is right alone, and wrong among the others: they are joined wrongly."""
        return self.is_same_alone and not self.is_amplified


@dataclass(frozen=True)
class TrainingResult:
    """What was compared of training in two backends, with dropout and noise off."""

    name: str
    """A step, whose loss it is; a weight, whose gradient it is in the first step; a weight after the first or the last step."""
    kind: Kind
    """Which of these it is."""
    error: float
    """How far the two are from one another."""
    bound: float
    """How far they may be."""
    backend: str
    """The backend that is held against the reference."""
    reference: str
    """The backend that it is held against."""
    layer: str = ""
    """The name of the layer that has the weight; empty for a loss."""
    place: str = ""
    """file:line:column of the layer in the spec; empty where it has none."""

    @property
    def passes(self) -> bool:
        """Whether the error is within its bound."""
        return self.error <= self.bound


@dataclass(frozen=True)
class Histogram:
    """How often which difference stands in the output that is furthest off in a tier, in all examples of all batches."""

    tier: str
    """The tier."""
    layer: str
    """The layer that makes the output."""
    backend: str
    """The backend that is furthest off."""
    reference: str
    """What it is held against."""
    edges: tuple[float, ...]
    """Of the logarithm to base 10 of a difference over the largest value of its example; one more than ``counts``."""
    counts: tuple[int, ...]
    """How many differences lie between two edges."""
    equal: int
    """How many values differ by nothing."""
    odd: int
    """How many values are infinite or NaN where the other is not."""


@dataclass(frozen=True)
class OutputResult:
    """An output of a file that is held against another file: what its layer does not say."""

    name: str
    """Its name."""
    other: str
    """What the other file calls it."""
    dtype: str
    """The type of its values."""
    largest: float
    """The largest difference of two values; infinite where shapes, NaN or infinities differ."""
    rows: int | None
    """How many examples have scores of classes; null where it does not look like scores."""
    agreeing: int | None
    """In how many of them the class of the highest score is the same."""


@dataclass(frozen=True)
class Verification:
    """Everything that was compared: a spec in several backends, or a file with another file, where these are the backends and
    the outputs are the layers."""

    name: str
    """The name of the spec or of the file."""
    file: str
    """The file of the spec, or its name; the first file of two."""
    parameters: Mapping[str, object]
    """The parameters that were given."""
    weights: str
    """Where they come from."""
    probes: Mapping[str, tuple[str, ...]]
    """The examples of every batch."""
    backends: tuple[BackendResult, ...]
    """Every backend that was asked for."""
    layers: tuple[LayerResult, ...]
    """Every layer, in the order in which they compute."""
    divergence: Divergence | None = None
    """The first layer that differs; null where none does, and for files."""
    training: tuple[TrainingResult, ...] = ()
    """What was compared of training, in the order of what follows from what: the first that differs is where to look."""
    steps: int = 0
    """How many steps of training were asked for."""
    histograms: tuple[Histogram, ...] = ()
    """One for each tier."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """What it ran on."""
    seconds: float = 0.0
    """How long all of it took."""
    optimize: int = 0
    """The level of optimisation that the backends for inference compiled with."""
    allowed: tuple[str, ...] = ()
    """The backends that may be skipped, ``NAME``, or may be in one tier, ``NAME:TIER``."""
    against: str = ""
    """The file that the first is held against; empty where a spec was verified."""
    outputs: tuple[OutputResult, ...] = ()
    """What is known of the outputs of files beside their errors."""
    notes: tuple[str, ...] = ()
    """How files were compared where that is not plain: what was matched by position, or is not of one shape."""

    @property
    def compared(self) -> tuple[str, ...]:
        """The backends that were compared."""
        return tuple(it.name for it in self.backends if it.status == "compared")

    @property
    def missing(self) -> tuple[str, ...]:
        """What was asked for and not compared, backends or tiers of them (``NAME:TIER``), but for what may be skipped."""
        strict = [it for it in self.backends if it.name not in self.allowed]
        tiers = [f"{it.name}:{tier}" for it in strict if it.status == "compared" for tier in it.skipped_tiers]
        return (
            *(it.name for it in strict if it.status != "compared"),
            *(name for name in tiers if name not in self.allowed),
        )

    @property
    def is_trained(self) -> bool:
        """Whether training was compared, where that was asked for."""
        return bool(self.training) or not self.steps

    @property
    def is_equal(self) -> bool:
        """Whether all that was asked for was compared, by two backends at least, and is the same."""
        compared = len(self.compared) > 1 and bool(self.layers) and not self.missing and self.is_trained
        return compared and all(it.passes for it in self.layers) and all(it.passes for it in self.training)
