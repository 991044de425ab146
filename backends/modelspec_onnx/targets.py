"""What a file is written for: ``ort==1.17``, ``opset==19``, ``ir==9``, or several of these; read without onnx.

``ort`` says what must be able to read the file, which is as portable as it can be: it has the lowest operator set that the
model needs, 17, or 22 for bfloat16, though the release may read newer ones. The version of ONNX's format (its IR version) is 9,
and 8 for a release that reads no newer one. ``opset`` and ``ir`` ask for others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from modelspec.diagnostics import did_you_mean, shown


class Versions(NamedTuple):
    """An operator set, and a version of ONNX's format."""

    opset: int
    ir: int


RELEASES: Mapping[str, Versions] = {
    "1.12": Versions(17, 8),
    "1.14": Versions(18, 8),
    "1.15": Versions(18, 9),
    "1.16": Versions(19, 9),
    "1.17": Versions(20, 9),
    "1.18": Versions(21, 10),
    "1.21": Versions(22, 10),
    "1.23": Versions(23, 11),
    "1.24": Versions(25, 13),
    "1.25": Versions(26, 13),
    "1.32": Versions(28, 14),
}
"""The newest that each ONNX Runtime reads, from the first that reads operator set 17; one between two rows reads what the one
before it does. Found by asking each of them; its documentation has 19 for 1.15, which says itself that it is not there yet."""
NEEDS_IR: Mapping[int, int] = {17: 8, 18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11}
"""The operator sets that are written, each with the oldest version of ONNX's format that has it."""
OPSETS = range(min(NEEDS_IR), max(NEEDS_IR) + 1)
IRS = range(min(NEEDS_IR.values()), max(NEEDS_IR.values()) + 1)
DEFAULT = Versions(17, 9)
"""What is written where no target says otherwise: ONNX Runtime 1.15 reads it."""
BFLOAT16_OPSET = 22
"""The first operator set with convolutions and pooling of bfloat16."""


class Flaw(NamedTuple):
    """Operators that a release of ONNX Runtime cannot load in a data type, though it reads their operator set."""

    dtype: str
    operators: frozenset[str]
    reason: str


FLAWS: Mapping[str, Flaw] = {
    "1.14": Flaw(
        "float16",
        frozenset({"Elu", "HardSigmoid", "HardSwish", "Relu", "Selu", "Softplus", "Softsign"}),
        "ONNX Runtime 1.14 crashes on the CPU when it loads {} of float16",
    )
}
"""Found by running every conformance case in each release, in float32 and in float16."""

FUNCTIONS_SINCE = "1.13"
"""The first release that runs functions with attributes: 1.12 does not resolve them."""
FORMS = "ort==VERSION, opset==NUMBER and ir==NUMBER are targets, or several of them with commas between"
_PART = re.compile(r"(\w+)==(.*)")
_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})(\.[0-9]{1,4})?")
_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Target:
    """What reads a file; None where anything may."""

    ort: tuple[int, int] | None = None
    """A release of ONNX Runtime."""
    opset: int | None = None
    ir: int | None = None

    @property
    def row(self) -> str | None:
        """The row of ``RELEASES`` for the release; one that is newer than the table reads what the newest there does."""
        return max((it for it in RELEASES if numbers(it) <= self.ort), key=numbers) if self.ort else None

    @property
    def flaw(self) -> Flaw | None:
        """What the release cannot load."""
        return FLAWS.get(f"{self.ort[0]}.{self.ort[1]}") if self.ort else None

    def versions(self, *, bfloat16: bool) -> Versions:
        """Return what to write; ``conflicts`` has why that cannot be."""
        opset = self.opset or (BFLOAT16_OPSET if bfloat16 else DEFAULT.opset)
        read = RELEASES[self.row].ir if self.row else DEFAULT.ir
        return Versions(opset, self.ir or max(NEEDS_IR[opset], min(DEFAULT.ir, read)))

    def conflicts(self, *, bfloat16: bool) -> list[str]:
        """Return a sentence for each two things that do not go together."""
        opset, ir = self.versions(bfloat16=bfloat16)
        found: list[str] = []
        if bfloat16 and opset < BFLOAT16_OPSET:
            found.append(f"bfloat16 takes operator set {BFLOAT16_OPSET}, and opset is {opset}")
        if ir < NEEDS_IR[opset]:
            found.append(f"operator set {opset} takes version {NEEDS_IR[opset]} of ONNX's format, and ir is {ir}")
        if not self.ort or not self.row:
            return found
        name, most = f"ONNX Runtime {self.ort[0]}.{self.ort[1]}", RELEASES[self.row]
        if opset > most.opset:
            what = f"opset is {opset}" if self.opset else f"bfloat16 takes {opset}"
            found.append(f"{name} reads operator sets up to {most.opset}, and {what}: {oldest(opset=opset)} reads it")
        if self.ir and ir > most.ir:
            found.append(f"{name} reads versions of ONNX's format up to {most.ir}, and ir is {ir}: {oldest(ir=ir)} reads it")
        return found


def parse(text: str | None) -> tuple[Target, list[str]]:
    """Return what a target says, and a sentence for each part of it that says nothing."""
    said: dict[str, int | tuple[int, int]] = {}
    faults: list[str] = []
    for part in text.split(",") if text is not None else ():
        found = _PART.fullmatch(part.strip())
        if not found or found[1] not in _READERS:
            word, _, value = part.strip().partition("=")
            number = value.lstrip("=")
            near = did_you_mean(f"{word}=={number}", [f"{it}=={number}" for it in _READERS])
            faults.append(f"{shown(part.strip())} is no target: {FORMS}{f'; {near}' if number and '?' in near else ''}")
        elif found[1] in said:
            faults.append(f"{found[1]} is given twice")
        else:
            value = _READERS[found[1]](found[2])
            if isinstance(value, str):
                faults.append(value)
            else:
                said[found[1]] = value
    return Target(**said), faults  # pyright: ignore[reportArgumentType]


def _release(text: str) -> tuple[int, int] | str:
    found = _VERSION.fullmatch(text)
    if not found:
        return f"{shown(text)} is no version of ONNX Runtime, such as 1.17 or 1.17.3"
    release = (int(found[1]), int(found[2]))
    if release < numbers(first := next(iter(RELEASES))):
        return (
            f"ONNX Runtime {text} reads none of the operator sets {OPSETS[0]} to {OPSETS[-1]}; {first} is the oldest that does"
        )
    return release


def _opset(text: str) -> int | str:
    return _within(text, OPSETS, "opset")


def _ir(text: str) -> int | str:
    return _within(text, IRS, "ir")


def _within(text: str, allowed: range, what: str) -> int | str:
    if _NUMBER.fullmatch(text) and int(text) in allowed:
        return int(text)
    return f"{what} is {shown(text)}; the onnx backend writes {allowed[0]} to {allowed[-1]}"


_READERS = {"ort": _release, "opset": _opset, "ir": _ir}


def oldest(*, opset: int = 0, ir: int = 0) -> str | None:
    """Return the first ONNX Runtime that reads an operator set and a version of the format; None where none here does."""
    return next((it for it, most in RELEASES.items() if most.opset >= opset and most.ir >= ir), None)


def numbers(version: str) -> tuple[int, int]:
    """Return the major and the minor number of a version."""
    major, minor, *_ = version.split(".")
    return int(major), int(minor)
