"""JSON text to values, with the place of each key and value; a document may include others, its block files.

Stricter than RFC 8259 where a lenient reader would hide an error: no duplicate keys, no NaN or Infinity, no number that
overflows, no integer beyond 2**31, at most 1 MB and 64 levels deep.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from modelspec.diagnostics import Diagnostic, Place, SpecError, shown

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Path = tuple[str | int, ...]

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
MAX_INTEGER = 2**31

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_WORD = re.compile(r"[A-Za-z_+-][A-Za-z0-9_]*")
_CONSTANTS: dict[str, Json] = {"true": True, "false": False, "null": None}


class File(str):
    """The first part of a path into a block file: the file's name below the root. Other paths lead into the spec itself."""

    __slots__ = ()


@dataclass(frozen=True)
class Source:
    """A parsed document; ``spans`` and ``keys`` map a path to the character range of its value and of its key."""

    file: str = "<spec>"
    text: str = ""
    value: Json = None
    spans: Mapping[Path, tuple[int, int]] = field(default_factory=dict[Path, tuple[int, int]])
    keys: Mapping[Path, tuple[int, int]] = field(default_factory=dict[Path, tuple[int, int]])
    included: Mapping[str, Source] = field(default_factory=dict[str, "Source"])
    """The block files by their names, in the order in which they are reached."""

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, path: Path, *, key: bool = False) -> Place | None:
        """Return where the value (or the key) at ``path`` stands, or its nearest ancestor; None for a made document."""
        if path and isinstance(path[0], File):
            return self.included[path[0]].place(path[1:], key=key)
        if not self.spans:
            return None
        if key and path in self.keys:
            return self._range(*self.keys[path])
        while path not in self.spans:
            path = path[:-1]
        return self._range(*self.spans[path])

    def at(self, path: Path) -> Json:
        """Return the value at a path; None below one that is not there."""
        value: Any = self.file_of(path).value
        for part in path[1:] if path and isinstance(path[0], File) else path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def file_of(self, path: Path) -> Source:
        """Return the document that a path leads into: this one, or a block file."""
        return self.included[path[0]] if path and isinstance(path[0], File) else self

    def _range(self, start: int, end: int) -> Place:
        line, column = self._position(start)
        end_line, end_column = self._position(end)
        return Place(self.file, line, column, end_line, end_column)

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer (RFC 6901), after the block file that it leads into: ``blocks/se.json#/layers/0``."""
    if path and isinstance(path[0], File):
        return f"{path[0]}#{pointer(path[1:])}"
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def parse(data: bytes, file: str) -> Source:
    """Parse a JSON document, or raise SpecError with every finding that one reading can make."""
    if len(data) > MAX_BYTES:
        raise _error("MS106", f"the document has {len(data):,} bytes; at most {MAX_BYTES:,} are read", file)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise _error(
            "MS102", f"byte 0x{data[error.start]:02x} is not UTF-8", file, line, column, "save the file as UTF-8"
        ) from None
    return _Parser(text, file).document()


def _error(code: str, message: str, file: str, line: int = 1, column: int = 1, hint: str = "") -> SpecError:
    return SpecError([Diagnostic(code, message, hint, Place(file, line, column, line, column + 1))])


class _Parser:
    def __init__(self, text: str, file: str) -> None:
        self.source = Source(file, text)
        self.text = text
        self.position = 0
        self.spans: dict[Path, tuple[int, int]] = {}
        self.keys: dict[Path, tuple[int, int]] = {}
        self.findings: list[Diagnostic] = []

    def document(self) -> Source:
        value = self.parse_value(())
        self.skip_space()
        if self.position < len(self.text):
            raise self.syntax("the document goes on after its end", "remove what follows the closing brace")
        if self.findings:
            raise SpecError(self.findings)
        return Source(self.source.file, self.text, value, self.spans, self.keys)

    def skip_space(self) -> str:
        match = _SPACE.match(self.text, self.position)
        assert match is not None
        self.position = match.end()
        return self.text[self.position : self.position + 1]

    def parse_value(self, path: Path) -> Json:
        character = self.skip_space()
        start = self.position
        if len(path) >= MAX_DEPTH and character in ("{", "["):
            self.report("MS106", f"the document is nested more than {MAX_DEPTH} levels deep", start, start + 1)
            raise SpecError(self.findings)
        if character == "{":
            value: Json = self.parse_object(path)
        elif character == "[":
            value = self.parse_array(path)
        elif character == '"':
            value = self.parse_string()
        else:
            value = self.parse_scalar(character)
        self.spans[path] = (start, self.position)
        return value

    def parse_object(self, path: Path) -> dict[str, Json]:
        self.position += 1
        members: dict[str, Json] = {}
        if self.skip_space() == "}":
            self.position += 1
            return members
        while True:
            if self.skip_space() != '"':
                raise self.syntax("expected a key in double quotes", "keys are quoted, and the last member has no comma")
            start = self.position
            key = self.parse_string()
            child = (*path, key)
            if key in members:
                self.report(
                    "MS104",
                    f"the key {shown(key)} stands twice in this object",
                    start,
                    self.position,
                    f"remove one of them; the first is on line {self.source._position(self.keys[child][0])[0]}",  # pyright: ignore[reportPrivateUsage]
                )
            else:
                self.keys[child] = (start, self.position)
            if self.skip_space() != ":":
                raise self.syntax(f"expected ':' after the key {shown(key)}")
            self.position += 1
            members[key] = self.parse_value(child)
            if not self.more("}"):
                return members

    def parse_array(self, path: Path) -> list[Json]:
        self.position += 1
        items: list[Json] = []
        if self.skip_space() == "]":
            self.position += 1
            return items
        while True:
            items.append(self.parse_value((*path, len(items))))
            if not self.more("]"):
                return items

    def more(self, closing: str) -> bool:
        character = self.skip_space()
        if character not in (",", closing) or not character:
            raise self.syntax(f"expected ',' or '{closing}'")
        self.position += 1
        if character == closing:
            return False
        if self.skip_space() == closing:
            raise self.syntax(f"a comma stands before '{closing}'", "remove the comma")
        return True

    def parse_string(self) -> str:
        match = _STRING.match(self.text, self.position)
        if match is None:
            raise self.syntax("this string is not closed or has an invalid escape or control character")
        self.position = match.end()
        inner = match[0][1:-1]
        value: str = inner if "\\" not in inner else json.loads(match[0])
        if any("\ud800" <= character <= "\udfff" for character in value):
            self.report("MS103", "the string has half of a surrogate pair", match.start(), match.end())
        return value

    def parse_scalar(self, character: str) -> Json:
        start = self.position
        match = _NUMBER.match(self.text, start)
        if match is not None:
            self.position = match.end()
            if _WORD.match(self.text, self.position) or self.text[self.position : self.position + 1].isdigit():
                self.position = start
                raise self.syntax("this is not a JSON number")
            return self.parse_number(match)
        word = _WORD.match(self.text, start)
        if word is None:
            raise self.syntax("the document ends too early" if not character else "expected a value")
        if word[0] not in _CONSTANTS:
            raise self.syntax(
                f"{shown(word[0])} is not a JSON value",
                {"True": "write true", "False": "write false", "None": "write null"}.get(
                    word[0], "quote it, if it is a string"
                ),
            )
        self.position = word.end()
        return _CONSTANTS[word[0]]

    def parse_number(self, match: re.Match[str]) -> int | float:
        span = (match.start(), match.end())
        if match[1] is None and match[2] is None:
            if len(match[0]) > 11 or abs(int(match[0])) > MAX_INTEGER:
                self.report("MS105", f"the integer {shown(match[0])[1:-1]} is beyond ±2**31", *span)
                return 0
            return int(match[0])
        value = float(match[0])
        if value in (float("inf"), float("-inf")):
            self.report("MS105", f"the number {shown(match[0])[1:-1]} is beyond the range of a double", *span)
            return 0.0
        return value

    def syntax(self, message: str, hint: str = "") -> SpecError:
        self.report("MS103", message, self.position, self.position + 1, hint)
        return SpecError(self.findings)

    def report(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        self.findings.append(Diagnostic(code, message, hint, self.source._range(start, end)))  # pyright: ignore[reportPrivateUsage]
