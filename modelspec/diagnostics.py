"""Findings: what is wrong, where, what was wanted, and how to mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Severity = Literal["error", "warning", "note"]
"""An error keeps a spec from being compiled; a warning is most likely a mistake; a note is worth a look."""

CODES: dict[str, str] = {
    "MS101": "the file cannot be read as a spec",
    "MS102": "the text is not UTF-8",
    "MS103": "the text is not JSON",
    "MS104": "a key stands twice in one object",
    "MS105": "a number is out of range",
    "MS106": "the document is too large or nested too deeply",
    "MS107": "a block file is named in a way that is not allowed",
    "MS201": "unknown field",
    "MS202": "a required field is missing",
    "MS203": "a value is outside its range or choices",
    "MS204": "a value has the wrong type",
    "MS205": "unknown layer type",
    "MS206": "a step is neither a layer, a block call, a repetition nor a condition",
    "MS207": "a name is not allowed",
    "MS208": "the format version is not one that this compiler reads",
    "MS301": "a step reads a name that nothing makes",
    "MS302": "a name is used twice",
    "MS303": "unknown block",
    "MS304": "blocks call one another in a cycle",
    "MS305": "unknown parameter",
    "MS306": "a parameter has no value",
    "MS307": "a parameter's value does not fit its declaration",
    "MS308": "it is unclear which tensor a step reads",
    "MS309": "a step reads a tensor that is made after it",
    "MS310": "no output depends on an input",
    "MS311": "an output is an input",
    "MS401": "an expression does not parse",
    "MS402": "an expression reads an unknown name",
    "MS403": "an expression cannot be evaluated",
    "MS404": "an expression computes with a dimension that is unknown until run time",
    "MS405": "an expression is too large",
    "MS501": "a shape does not fit the layer",
    "MS502": "a layer has too few or too many inputs",
    "MS503": "a data type does not fit the layer",
    "MS504": "a dimension shrinks to nothing",
    "MS510": "the spec expands to too many layers",
    "MS511": "the model has too many parameters",
    "MS512": "the activations take too much memory",
    "MS601": "a weights file cannot be read",
    "MS602": "a weights file does not match the model",
    "MS701": "unknown backend",
    "MS702": "a backend is not installed",
    "MS703": "a backend cannot do this",
    "MS704": "an option's value is not allowed",
    "MS705": "a plug-in package's layer cannot be used",
    "MS801": "a file cannot be read",
    "MS802": "the input is not an image or an array",
    "MS803": "the input does not fit the model",
    "MS804": "the execution provider is not available",
    "MS805": "a file cannot be written",
    "MS806": "no such spec",
    "MS807": "a model keeps weights in other files",
    "MS808": "two models do not take and return the same",
    "MS901": "a softmax over one unit is always 1",
    "MS902": "sigmoid outputs where the classes may exclude one another",
    "MS903": "dropout stands after the output",
    "MS904": "an activation cuts off what an output can be",
    "MS905": "an activation stands twice in a row",
    "MS906": "two weighted layers in a row make no more than one",
    "MS907": "a layer changes nothing",
    "MS908": "a weighted layer begins with weights that are all the same",
    "MS909": "the rate of a dropout is so high that it may be the share that is kept",
    "MS910": "two dropouts of one seed drop the same",
    "MS911": "a bias stands before a normalization that takes it away",
    "MS912": "the momentum of BatchNormalization is given in PyTorch's sense",
    "MS913": "an epsilon is too small for float16",
    "MS914": "inputs are rescaled twice",
    "MS915": "a normalization over one number makes it a constant",
    "MS916": "dropout stands before BatchNormalization",
    "MS921": "the kernel has an even size",
    "MS922": "the stride is larger than the kernel",
    "MS923": "a same-padded window reads mostly padding",
    "MS924": "a spatial size has shrunk to 1 before the last convolutions",
    "MS925": "the receptive field is smaller than the image",
    "MS926": "a pooling reads one value",
    "MS927": "a window leaves out rows or columns at the end",
    "MS928": "a dilation has no effect",
    "MS931": "Flatten makes a giant Dense",
    "MS932": "Dense reads the last axis of an image",
    "MS933": "an input looks like channels_first, but is channels_last",
    "MS941": "nothing reads a layer",
    "MS942": "nothing reads a parameter",
    "MS943": "nothing calls a block",
    "MS944": "a size is written out that a parameter carries",
    "MS945": "steps are repeated that a loop could carry",
    "MS946": "a condition or a repetition always does the same",
    "MS949": "a lint key ignores what is not there",
}
"""Every code with its title; those from MS901 on are lint. A code never changes its meaning and is never used again."""


@dataclass(frozen=True, slots=True)
class Place:
    """A range in a text file; lines and columns count from 1, the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Frame:
    """One step of the way to a finding: a block call or a loop iteration, and where it is written."""

    text: str
    place: Place | None
    path: tuple[str | int, ...] = ()
    """The path of the call or the repetition in the document."""
    block: str = ""
    """The block that is called; empty for a repetition."""
    call: str = ""
    """The name of the call, below which those of its layers stand; empty for a repetition."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters ``start`` to ``end`` of a file's text, the end exclusive, become ``text``."""

    file: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """The one safe mend of a finding: what it does, in words, and the edits that do it."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding."""

    code: str
    message: str
    hint: str = ""
    place: Place | None = None
    pointer: str = ""
    trail: tuple[Frame, ...] = ()
    severity: Severity = "error"
    fix: Fix | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"undeclared diagnostic code {self.code}")

    def at(self, place: Place | None, pointer: str, trail: tuple[Frame, ...] = ()) -> Diagnostic:
        """Return the same finding, placed."""
        return replace(self, place=place, pointer=pointer, trail=trail)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        grave = "" if self.severity == "error" else f"{self.severity}: "
        lines = [f"{where}{self.code} {grave}{self.message}"]
        lines += [f"  in {frame.text}" + (f" ({frame.place})" if frame.place else "") for frame in reversed(self.trail)]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(printable(line) for line in lines)


class SpecError(Exception):
    """What a user can mend: a spec, a parameter, a weights file, an input, an installation.

    It carries every finding, not only the first.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(map(str, self.diagnostics)))

    def __reduce__(self) -> tuple[type[SpecError], tuple[tuple[Diagnostic, ...]]]:
        return type(self), (self.diagnostics,)

    @classmethod
    def of(cls, code: str, message: str, hint: str = "") -> SpecError:
        """Return an error with one finding that belongs to no place in a spec."""
        return cls([Diagnostic(code, message, hint)])


UNSEEN = "\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
"""Characters, as in a class of a regular expression, that cannot be seen or turn the direction of text; C0 stands apart."""
_UNPRINTABLE = re.compile(f"^\\s*::|##\\[|[\x00-\x08\x0a-\x1f\ud800-\udfff{UNSEEN}]")


def printable(text: str) -> str:
    """Escape what a terminal or a CI log would act on: control and bidirectional characters, ``::`` and ``##[`` commands."""
    return _UNPRINTABLE.sub(lambda match: "".join(map(_escaped, match[0])), text)


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shown(value: object, limit: int = 60) -> str:
    """Return a value as it would stand in JSON, cut to ``limit`` characters."""
    if value is True or value is False:
        return str(value).lower()
    if type(value) is str and value.isprintable() and '"' not in value and "\\" not in value:
        text = f'"{value}"'
    else:
        import json

        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else text[: limit - 1] + "…"


MANY = 500
"""Among more words than this, none is looked for: it would take long, and one of them is near any word."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint that names the closest known word, or all of them where they are few."""
    from difflib import get_close_matches

    words = sorted(known)
    if len(words) > MANY:
        return ""
    lowered = {known_word.lower(): known_word for known_word in words}
    close = get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{lowered[close[0]]}"?'
    return f"known here: {', '.join(words)}" if 0 < len(words) <= 12 else ""


def listed(words: Sequence[str], last: str = "or") -> str:
    """Join words as a sentence does: ``a, b or c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
