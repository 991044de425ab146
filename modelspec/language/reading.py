"""JSON that is being written: every token with its path, whatever is missing, and the value as far as it goes."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any, Literal

from modelspec.source import MAX_BYTES, MAX_DEPTH, Path

Role = Literal["key", "value"]


_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"?|[{}\[\],:]|[^\s"{}\[\],:]+')
_NEXT_KEY = re.compile(r'\s*"')


def members(value: Any) -> dict[str, Any]:
    """Return an object; an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def items(value: Any) -> list[Any]:
    """Return a list; an empty one in the place of anything else."""
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]


@dataclass(frozen=True, slots=True)
class Token:
    """A key or a scalar: its characters, the path of the value that it is or names, and its text without quotes."""

    start: int
    end: int
    path: Path
    role: Role
    text: str
    quoted: bool


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a position is: in a token, or between tokens where a key or a value of ``path``'s container would begin."""

    path: Path
    role: Role
    token: Token | None


@dataclass
class _Open:
    """A container that is not closed yet; ``key`` is the member that is being read."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None

    @property
    def next_path(self) -> Path:
        if isinstance(self.value, list):
            return (*self.path, len(self.value))
        return self.path if self.key is None else (*self.path, self.key)

    def add(self, value: Any) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is not None:
            self.value[self.key] = value


@dataclass
class Reading:
    """A text, read leniently: commas and colons may be missing, containers open, strings unfinished."""

    text: str
    value: Any = None
    tokens: list[Token] = field(default_factory=list[Token])
    _stops: list[tuple[int, Path, Role]] = field(default_factory=list[tuple[int, Path, Role]])
    """Where what can be written changes: from an offset on, the path and the role of what would stand there."""

    def __post_init__(self) -> None:
        if len(self.text) <= MAX_BYTES:
            self._read()

    def _read(self) -> None:
        root = _Open([], ())
        stack = [root]
        for match in _TOKEN.finditer(self.text):
            text, inside = match[0], stack[-1]
            path = inside.next_path if len(stack) > 1 else ()
            if text in "{[":
                if len(stack) > MAX_DEPTH:
                    break
                made: dict[str, Any] | list[Any] = {} if text == "{" else []
                inside.add(made)
                stack.append(_Open(made, path))
            elif text in "}]":
                if len(stack) > 1:
                    stack.pop()
                stack[-1].key = None
            elif text == ",":
                inside.key = None
            elif text != ":":
                self._scalar(match, inside, path)
            inside = stack[-1]
            role: Role = "key" if isinstance(inside.value, dict) and inside.key is None else "value"
            self._stops.append((match.end(), inside.next_path if len(stack) > 1 else (), role))
        self.value = root.value[0] if root.value else None  # pyright: ignore[reportArgumentType]

    def _scalar(self, match: re.Match[str], inside: _Open, path: Path) -> None:
        text, quoted = match[0], match[0].startswith('"')
        plain = _unquoted(text) if quoted else text
        if isinstance(inside.value, dict) and inside.key is None:
            inside.key = plain
            self.tokens.append(Token(*match.span(), (*path, plain), "key", plain, quoted))
            return
        inside.add(plain if quoted else _scalar(text))
        self.tokens.append(Token(*match.span(), path, "value", plain, quoted))
        if isinstance(inside.value, dict) and _NEXT_KEY.match(self.text, match.end()):
            inside.key = None

    def at(self, offset: int) -> Cursor:
        """Return where an offset is."""
        position = bisect_right(self.tokens, offset, key=lambda token: token.start) - 1
        if position >= 0:
            token = self.tokens[position]
            inside = offset < token.end or (offset == token.end and not (token.quoted and _finished(self.text, token)))
            if inside:
                return Cursor(token.path, token.role, token)
        stop = bisect_right(self._stops, offset, key=lambda it: it[0]) - 1
        if stop < 0:
            return Cursor((), "value", None)
        _, path, role = self._stops[stop]
        return Cursor(path, role, None)

    def key(self, path: Path) -> Token | None:
        """Return the key of a member."""
        return next((token for token in self.tokens if token.role == "key" and token.path == path), None)

    def scalar(self, path: Path) -> Token | None:
        """Return the scalar at a path."""
        return next((token for token in self.tokens if token.role == "value" and token.path == path), None)


def _finished(text: str, token: Token) -> bool:
    return token.end - token.start > 1 and text[token.end - 1] == '"'


def _unquoted(text: str) -> str:
    closed = text if len(text) > 1 and text.endswith('"') else f'{text}"'
    try:
        return str(json.loads(closed))
    except ValueError:
        return text.strip('"')


def _scalar(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
