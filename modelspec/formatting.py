"""The canonical form of a spec or a block file: one text for one meaning, to read and to compare.

It depends on the document alone, not on what is installed: so the hyperparameters of a layer stay in the order in which they
are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from modelspec.diagnostics import UNSEEN, SpecError
from modelspec.document import STEP_KEYS
from modelspec.source import MAX_BYTES, Json, Path, Source

WIDTH = 128
"""The most columns of a line; a string that is longer stands on a line of its own."""
_INDENT = 2
_ROW = 3
"""Lists of at least so many numbers are the rows of a matrix, each on a line; pairs, such as paddings, are not."""

_ESCAPED = re.compile(f'[\x00-\x1f"\\\\{UNSEEN}]')
"""What does not stand in a string as it is: what JSON escapes, and what cannot be seen or turns the direction of text."""


@dataclass(frozen=True, slots=True)
class _Form:
    """The order of an object's keys: ``first``, then those that neither names as they are written, then ``last``.

    ``inside`` gives the forms of members by their keys, ``each`` that of all others; names of ``_FORMS``, empty as written.
    """

    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    inside: Mapping[str, str] = field(default_factory=dict[str, str])
    each: str = ""


_NOTES = ("description", "lint")
_NOTED = {"lint": "lint"}
_DOCUMENT = (
    "$schema format_version use name description lint data_format parameters parameter_sets inputs blocks layers outputs"
)
_FORMS: Mapping[str, _Form] = {
    "": _Form(),
    "document": _Form(
        tuple(_DOCUMENT.split()),
        inside={"parameters": "parameters", "inputs": "inputs", "blocks": "blocks", "layers": "steps", **_NOTED},
    ),
    "parameters": _Form(each="parameter"),
    "parameter": _Form(("type", "items", "default", "minimum", "maximum", "choices"), _NOTES, _NOTED),
    "inputs": _Form(each="input"),
    "input": _Form(("shape", "dtype"), _NOTES, _NOTED),
    "blocks": _Form(each="document"),
    "steps": _Form(each="step"),
    "type": _Form(("type", "name", "inputs"), _NOTES, _NOTED, each="value"),
    "block": _Form(("block", "name", "inputs", "with"), _NOTES, _NOTED),
    "for": _Form(("for", "in", "index", "name", *_NOTES), ("layers",), {"in": "range", "layers": "steps", **_NOTED}),
    "if": _Form(("if", *_NOTES), ("then", "else"), {"then": "steps", "else": "steps", **_NOTED}),
    "range": _Form(("range",), _NOTES, _NOTED),
    "value": _Form(("type",), each="value"),
    "lint": _Form(("ignore", "reason")),
}
"""The form ``step`` is that of its kind, which is named after the key that tells it."""


def formatted(source: Source) -> str:
    """Return the canonical text of a parsed document, or raise SpecError (MS106) where that is larger than a document may be.

    The same JSON value: only the order of keys changes, where it has no meaning, and that only in a spec or a block. Numbers
    stay as they are written.
    """
    value = source.value
    is_spec = isinstance(value, dict) and ("layers" in value or "format_version" in value)
    parts: list[str] = []
    size = 1
    for part in _Layout(source).broken((), value, "document" if is_spec else "", 0):
        parts.append(part)
        size += len(part.encode())
        if size > MAX_BYTES:
            message = f"{source.file} would have more than {MAX_BYTES:,} bytes in its canonical form, the most that are read"
            raise SpecError.of("MS106", message, "move blocks to files of their own")
    return "".join(parts) + "\n"


def quoted(text: str) -> str:
    """Return a string as JSON, with the escapes that it needs and no others."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if match[0] != "\x7f" else "\\u007f"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Lays the values of a document out; a value is told by its path, itself and the name of its form."""

    source: Source

    def lines(self, path: Path, value: Json, form: str, indent: int, before: int, after: int) -> Iterator[str]:
        """Yield the text of a value that stands after ``before`` columns and has ``after`` more behind it on its line."""
        flat = self.flat(path, value, form, WIDTH - before - after)
        if flat is not None:
            yield flat
        else:
            yield from self.broken(path, value, form, indent)

    def broken(self, path: Path, value: Json, form: str, indent: int) -> Iterator[str]:
        """Yield the text of a value with a line for each of its members or items; for each row of a list of numbers."""
        if not isinstance(value, dict | list) or not value:
            yield self.scalar(path, value)
            return
        inner = indent + _INDENT
        margin = "\n" + " " * inner
        if isinstance(value, list) and _are_numbers(value):
            yield "["
            yield from self.filled(path, value, inner)
        elif isinstance(value, list) and (rows := self.aligned(path, value, WIDTH - inner - 1)):
            yield "[" + ",".join(margin + row for row in rows)
        else:
            yield "{" if isinstance(value, dict) else "["
            for position, (label, key, item, kind) in enumerate(_members(value, form)):
                last = position == len(value) - 1
                yield margin + label
                yield from self.lines((*path, key), item, kind, inner, inner + len(label), not last)
                yield "" if last else ","
        yield "\n" + " " * indent + ("}" if isinstance(value, dict) else "]")

    def filled(self, path: Path, value: Sequence[Json], indent: int) -> Iterator[str]:
        """Yield as many numbers on each line as it holds."""
        column = WIDTH
        for position, item in enumerate(value):
            text = self.scalar((*path, position), item) + ("," if position < len(value) - 1 else "")
            if column + 1 + len(text) > WIDTH:
                yield "\n" + " " * indent + text
                column = indent + len(text)
            else:
                yield " " + text
                column += 1 + len(text)

    def aligned(self, path: Path, value: list[Json], room: int) -> list[str]:
        """Return the rows of a matrix, its columns below one another, those of a square one equally wide.

        Empty where it is none, or where a row takes more than ``room`` columns.
        """
        if not _is_matrix(value):
            return []
        rows = [[self.scalar((*path, at, column), it) for column, it in enumerate(row)] for at, row in _rows(value)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        if len(widths) == len(rows):
            widths = [max(widths)] * len(rows)
        if sum(widths) + 2 * len(widths) > room:
            return []
        return [f"[{', '.join(text.rjust(width) for text, width in zip(row, widths, strict=True))}]" for row in rows]

    def flat(self, path: Path, value: Json, form: str, room: int) -> str | None:
        """Return a value on one line; None where it takes more than ``room`` columns or reads better on several."""
        if not isinstance(value, dict | list) or not value:
            text = self.scalar(path, value)
            return text if len(text) <= room else None
        if len(value) > room or _reads_better_broken(value):
            return None
        ends = ("{ ", " }") if isinstance(value, dict) else ("[", "]")
        left = room - len(ends[0]) - len(ends[1])
        parts: list[str] = []
        for label, key, item, kind in _members(value, form):
            left -= len(label) + 2 * bool(parts)
            text = self.flat((*path, key), item, kind, left)
            if text is None:
                return None
            left -= len(text)
            parts.append(label + text)
        return ends[0] + ", ".join(parts) + ends[1]

    def scalar(self, path: Path, value: Json) -> str:
        """Return a value that has nothing in it; numbers as they are written."""
        match value:
            case str():
                return quoted(value)
            case None | bool():
                return json.dumps(value)
            case dict():
                return "{}"
            case list():
                return "[]"
            case _:
                start, end = self.source.spans[path]
                return self.source.text[start:end]


def _members(value: dict[str, Json] | list[Json], form: str) -> Iterator[tuple[str, str | int, Json, str]]:
    """Yield what stands in a value, in order: its label, its key or position, itself, and the name of its form."""
    rules = _FORMS[_kind(value) if form == "step" else form]
    if isinstance(value, list):
        yield from (("", position, item, rules.each) for position, item in enumerate(value))
        return
    named = {*rules.first, *rules.last}
    rest = [key for key in value if key not in named]
    for key in (*(key for key in rules.first if key in value), *rest, *(key for key in rules.last if key in value)):
        yield f"{quoted(key)}: ", key, value[key], rules.inside.get(key, rules.each)


def _kind(value: Json) -> str:
    """Return the name of a step's form."""
    return next((key for key in STEP_KEYS if isinstance(value, dict) and key in value), "")


def _reads_better_broken(value: dict[str, Json] | list[Json]) -> bool:
    """Return whether a value is several objects, such as steps or parameters, or a matrix."""
    items = list(value.values()) if isinstance(value, dict) else value
    if len(items) < 2:
        return False
    if all(isinstance(item, dict) for item in items):
        return True
    return isinstance(value, list) and _is_matrix(value)


def _is_matrix(value: list[Json]) -> bool:
    """Return whether a list holds lists of numbers of one length, which are long enough for rows."""
    rows = [row for _, row in _rows(value)]
    return len({len(row) for row in rows}) == 1 and len(rows) == len(value) > 1 and all(map(_are_numbers, rows))


def _rows(value: list[Json]) -> Iterator[tuple[int, list[Json]]]:
    return ((position, row) for position, row in enumerate(value) if isinstance(row, list) and len(row) >= _ROW)


def _are_numbers(items: Sequence[Json]) -> bool:
    return all(isinstance(item, int | float) and not isinstance(item, bool) for item in items)
