"""What two models take and return: which input and which output of one is which of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelspec.diagnostics import Diagnostic, SpecError, shown
from modelspec.tensors import Dim, TensorType


@dataclass(frozen=True)
class Interface:
    """What a model takes and returns."""

    file: str
    inputs: Mapping[str, TensorType]
    """Without the batch dimension."""
    batches: Mapping[str, int | None]
    """How many examples each input takes; None for any number."""
    outputs: tuple[str, ...]

    def shape(self, name: str) -> list[str]:
        """Return the shape of an input with its batch, for messages."""
        batch = self.batches[name]
        return ["batch" if batch is None else str(batch), *map(str, self.inputs[name].shape)]


@dataclass(frozen=True)
class Pairing:
    """Two models that take and return the same, in the words of the first one."""

    inputs: Mapping[str, TensorType]
    """What both take: a size that either fixes is fixed."""
    batches: Mapping[str, int | None]
    theirs: Mapping[str, str]
    """What the other one calls each input."""
    outputs: Mapping[str, str]
    """What the other one calls each output."""
    notes: tuple[str, ...]
    """What was matched otherwise than by name, or in less than all that a model takes."""


def paired(one: Interface, other: Interface) -> Pairing:
    """Return which is which, or raise SpecError (MS808) with all that differs."""
    findings: list[Diagnostic] = []
    notes: list[str] = []
    theirs = _matched("input", tuple(one.inputs), tuple(other.inputs), one, other, findings, notes)
    outputs = _matched("output", one.outputs, other.outputs, one, other, findings, notes)
    inputs: dict[str, TensorType] = {}
    batches: dict[str, int | None] = {}
    for name, their in theirs.items():
        mine, its = one.inputs[name], other.inputs[their]
        if mine.dtype != its.dtype:
            findings.append(_differs(f"the input {shown(name)}", mine.dtype, one, its.dtype, other))
        dims = _common((one.batches[name], *mine.shape), (other.batches[their], *its.shape))
        if dims is None:
            shapes = (f"[{', '.join(it)}]" for it in (one.shape(name), other.shape(their)))
            findings.append(_differs(f"the input {shown(name)}", next(shapes), one, next(shapes), other))
            continue
        (batch, *shape), fixed = dims
        if fixed:
            sizes = ", ".join("batch" if size is None else str(size) for size in (batch, *shape))
            notes.append(f"the input {shown(name)} is compared at [{sizes}]: one of the files takes no other size")
        assert batch is None or isinstance(batch, int)
        inputs[name], batches[name] = TensorType(tuple(it for it in shape if it is not None), mine.dtype), batch
    if findings:
        raise SpecError(findings)
    return Pairing(inputs, batches, theirs, outputs, tuple(notes))


def _matched(
    what: str,
    mine: Sequence[str],
    others: Sequence[str],
    one: Interface,
    other: Interface,
    findings: list[Diagnostic],
    notes: list[str],
) -> dict[str, str]:
    """Return what the other one calls each of some inputs or outputs: the same, or what stands in its place among the rest.

    Inputs go by their place only where there is one: several are easily of one shape.
    """
    unknown, left = [it for it in mine if it not in others], [it for it in others if it not in mine]
    if len(mine) != len(others) or (unknown and what == "input" and len(mine) > 1):
        findings.append(_differs(f"the {what}s", _listed(mine), one, _listed(others), other, are=True))
        return {}
    places = dict(zip(unknown, left, strict=True))
    notes += [
        f"the {what} {shown(name)} is {shown(their)} in {other.file}: matched by position" for name, their in places.items()
    ]
    return {name: places.get(name, name) for name in mine}


def _common(mine: Sequence[Dim | None], others: Sequence[Dim | None]) -> tuple[list[Dim | None], bool] | None:
    """Return the sizes that both take, and whether one fixes what the other leaves open; None where they take no size alike."""
    if len(mine) != len(others):
        return None
    found: list[Dim | None] = []
    fixed = False
    for one, two in zip(mine, others, strict=True):
        if isinstance(one, int) and isinstance(two, int) and one != two:
            return None
        found.append(one if isinstance(one, int) else two if isinstance(two, int) else one)
        fixed = fixed or isinstance(one, int) != isinstance(two, int)
    return found, fixed


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(shown, names)) or "none"


def _differs(what: str, mine: str, one: Interface, its: str, other: Interface, *, are: bool = False) -> Diagnostic:
    verb = "are" if are else "is"
    return Diagnostic(
        "MS808",
        f"{what} {verb} {mine} in {one.file} and {its} in {other.file}",
        "only what takes and returns the same is compared",
    )
