"""JSON text to values, with the place of each key and value; a document may include others, its block files.

Stricter than RFC 8259 where a lenient reader would hide an error: no duplicate keys, no NaN or Infinity, no number that
overflows, no integer beyond 2**31, at most 1 MB and 64 levels deep.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from modelspec.diagnostics import Diagnostic, Edit, Fix, Place, SpecError, shown

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Path = tuple[str | int, ...]

MAX_BYTES = 1_000_000
MAX_DEPTH = 64
MAX_INTEGER = 2**31
MAX_FINDINGS = 200

_BLANK = " \t\n\r"
_SPACE = re.compile(f"[{_BLANK}]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_STRING = re.compile(r'"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*)"')
_BEGUN_STRING = re.compile(_STRING.pattern.removesuffix('"'))
_SURROGATE = re.compile("[\ud800-\udfff]")
_SINGLE = re.compile(r"'([^'\"\\\x00-\x1f]*)'(?=[ \t\n\r]*[,:\]}])")
_BARE_KEY = re.compile(r"([A-Za-z_$][A-Za-z0-9_$]*)(?=[ \t\n\r]*:)")
_NEXT = {
    "}": re.compile(_STRING.pattern + r"[ \t\n\r]*:"),
    "]": re.compile(r"[{\[]|" + _STRING.pattern + r"[ \t\n\r]*[,\]]"),
}
"""What can only be the next member or item, where a space but no comma stands before it; by what closes the list of them."""
_WORD = re.compile(r"[A-Za-z_+-][A-Za-z0-9_]*")
_CONSTANTS: dict[str, Json] = {"true": True, "false": False, "null": None}
_PYTHON = {"True": "true", "False": "false", "None": "null"}
_FOREIGN = {"NaN": "JSON has no NaN", "Infinity": "JSON has no infinity", "undefined": "leave the member out"}
"""What JavaScript has and JSON has not, with hints."""


_QUOTE = "quote it, if it is a string"
_SPEC_IS = 'a spec is JSON: {"format_version": 1, "name": ..., ...}'


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

    @cached_property
    def _places(self) -> dict[Path, Place | None]:
        return {}

    def place(self, path: Path, *, key: bool = False) -> Place | None:
        """Return where the value (or the key) at ``path`` stands, or its nearest ancestor; None for a made document."""
        if key:
            return self._place(path, key)
        if path not in self._places:  # a step is asked for once for each layer that it makes
            self._places[path] = self._place(path, key)
        return self._places[path]

    def _place(self, path: Path, key: bool) -> Place | None:
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
        self.position: int = 0
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
        """Go to the next character that is no space, and return it; empty at the end."""
        character = self.text[self.position : self.position + 1]
        if character in _BLANK and character:
            match = _SPACE.match(self.text, self.position)
            assert match is not None
            self.position = match.end()
            character = self.text[self.position : self.position + 1]
        return character

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
        elif character in ('"', "'"):
            value = self.parse_string()
        else:
            value = self.parse_scalar(character, path)
        self.spans[path] = (start, self.position)
        return value

    def parse_object(self, path: Path) -> dict[str, Json]:
        opened = self.position
        self.position += 1
        members: dict[str, Json] = {}
        if self.skip_space() == "}":
            self.position += 1
            return members
        before = self.position
        while True:
            character = self.skip_space()
            start = self.position
            key = self.parse_string() if character == '"' else self.parse_bare_key()
            child = (*path, key)
            twice = len(self.findings) if key in members else None
            if twice is not None:
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
            value = self.parse_value(child)
            if twice is not None and repr(value) == repr(members[key]) and all(it.code != "MS105" for it in self.findings):
                mend = self.mend("remove the second", before, self.position, "")
                self.findings[twice] = replace(self.findings[twice], fix=mend)
            members[key] = value
            before = self.position
            if not self.more("}", opened):
                return members

    def parse_array(self, path: Path) -> list[Json]:
        opened = self.position
        self.position += 1
        items: list[Json] = []
        if self.skip_space() == "]":
            self.position += 1
            return items
        while True:
            items.append(self.parse_value((*path, len(items))))
            if not self.more("]", opened):
                return items

    def more(self, closing: str, opened: int) -> bool:
        """Return whether another member or item follows in what was opened at a position; step over what is between."""
        end = self.position
        character = self.skip_space()
        if character not in (",", closing) or not character:
            if end == self.position or not _NEXT[closing].match(self.text, self.position):
                raise self.syntax(f"expected ',' or '{closing}'", self.about_comments() if character else self.unclosed(opened))
            self.report(
                "MS103",
                f"expected ',' or '{closing}'",
                self.position,
                self.position + 1,
                "put a comma before it",
                self.mend("add the comma", end, end, ","),
            )
            return True
        comma = self.position
        self.position += 1
        if character == closing:
            return False
        if self.skip_space() != closing:
            return True
        mend = self.mend("remove the comma", comma, comma + 1, "")
        message = f"a comma stands before '{closing}'"
        self.report("MS103", message, self.position, self.position + 1, "remove the comma", mend)
        self.position += 1
        return False

    def unclosed(self, opened: int) -> str:
        """Return a hint at what is not closed at the end of the text."""
        line = self.source._position(opened)[0]  # pyright: ignore[reportPrivateUsage]
        return f"the {self.text[opened]} on line {line} is not closed"

    def about_comments(self) -> str:
        """Return a hint where a comment stands next."""
        comment = self.text.startswith(("//", "/*", "#"), self.position)
        return 'JSON has no comments; write a "description"' if comment else ""

    def parse_bare_key(self) -> str:
        """Return a key that is not in double quotes, or raise SpecError."""
        match = _BARE_KEY.match(self.text, self.position) or _SINGLE.match(self.text, self.position)
        hint = "keys are quoted, and the last member has no comma"
        if match is None:
            raise self.syntax("expected a key in double quotes", self.about_comments() or hint)
        self.position = match.end()
        mend = self.mend("put it in double quotes", *match.span(), f'"{match[1]}"')
        self.report("MS103", "expected a key in double quotes", *match.span(), hint, mend)
        return match[1]

    def parse_string(self) -> str:
        match = _STRING.match(self.text, self.position)
        if match is None and (single := _SINGLE.match(self.text, self.position)):
            self.position = single.end()
            mend = self.mend("put it in double quotes", *single.span(), f'"{single[1]}"')
            self.report("MS103", "expected double quotes", *single.span(), "strings stand in double quotes", mend)
            return single[1]
        if match is None:
            raise self.broken_string()
        self.position = match.end()
        inner = match[1]
        if "\\" not in inner:
            return inner
        value: str = json.loads(match[0])
        if _SURROGATE.search(value):
            self.report("MS103", "the string has half of a surrogate pair", match.start(), match.end())
        return value

    def broken_string(self) -> SpecError:
        """Return the error of a string that begins here and is none."""
        begun = _BEGUN_STRING.match(self.text, self.position)
        if begun is None:
            return self.syntax("expected double quotes", "strings stand in double quotes")
        end = begun.end()
        wrong = self.text[end : end + 1]
        if wrong in ("", "\n", "\r"):
            return self.syntax("this string is not closed", "put double quotes at its end")
        self.position = end
        if wrong == "\\":
            return self.syntax(
                f"\\{shown(self.text[end + 1 : end + 2])[1:-1]} is no escape of JSON", 'write "\\\\" for a backslash'
            )
        return self.syntax(f"a string has no {shown(wrong)[1:-1]} in JSON", f"write {shown(wrong)[1:-1]}")

    def parse_scalar(self, character: str, path: Path) -> Json:
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
            message = "expected a value" if character else "the document ends too early" if path else "the document is empty"
            raise self.syntax(message, self.about_comments() or ("" if path else _SPEC_IS))
        meant = _PYTHON.get(word[0], word[0])
        if meant not in _CONSTANTS:
            raise self.syntax(f"{shown(word[0])} is not a JSON value", _FOREIGN.get(word[0], _QUOTE if path else _SPEC_IS))
        self.position = word.end()
        if meant != word[0]:
            mend = self.mend(f"write {meant}", *word.span(), meant)
            self.report("MS103", f"{shown(word[0])} is not a JSON value", *word.span(), f"write {meant}", mend)
        return _CONSTANTS[meant]

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

    def report(self, code: str, message: str, start: int, end: int, hint: str = "", fix: Fix | None = None) -> None:
        """Add a finding; the parser goes on, unless there are too many."""
        place = self.source._range(start, end)  # pyright: ignore[reportPrivateUsage]
        self.findings.append(Diagnostic(code, message, hint, place, fix=fix))
        if len(self.findings) == MAX_FINDINGS:
            raise SpecError(self.findings)

    def mend(self, title: str, start: int, end: int, text: str) -> Fix:
        return Fix(title, (Edit(self.source.file, start, end, text),))
