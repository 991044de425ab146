"""Positions as an editor counts them: lines from 0, and code units of the agreed encoding along a line.

pygls ends lines wherever ``str.splitlines`` does, U+2028 within a string included; LSP and this compiler do not.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from lsprotocol.types import Position, PositionEncodingKind, Range

from modelspec.diagnostics import Place

_BYTES = {
    PositionEncodingKind.Utf8: ("utf-8", 1),
    PositionEncodingKind.Utf16: ("utf-16-le", 2),
    PositionEncodingKind.Utf32: ("utf-32-le", 4),
}


@dataclass(frozen=True)
class Units:
    """Offsets into a text, and positions of an editor."""

    text: str
    encoding: PositionEncodingKind | str = PositionEncodingKind.Utf16

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(number + 1 for number, character in enumerate(self.text) if character == "\n")]

    def _width(self, text: str) -> int:
        name, size = _BYTES[PositionEncodingKind(self.encoding)]
        return len(text.encode(name, "surrogatepass")) // size

    def position(self, offset: int) -> Position:
        """Return where an offset is."""
        line = bisect_right(self._starts, offset) - 1
        return Position(line, self._width(self.text[self._starts[line] : offset]))

    def offset(self, position: Position) -> int:
        """Return the offset of a position; the end of its line where that is shorter."""
        if position.line >= len(self._starts):
            return len(self.text)
        offset, wanted = self._starts[position.line], position.character
        while wanted > 0 and offset < len(self.text) and self.text[offset] != "\n":
            wanted -= self._width(self.text[offset])
            offset += 1
        return offset

    def range(self, start: int, end: int) -> Range:
        """Return the range of some characters."""
        return Range(self.position(start), self.position(end))

    def place(self, place: Place) -> Range:
        """Return the range of a place in this text."""
        lines = ((place.line, place.column), (place.end_line, place.end_column))
        start, end = (self._starts[min(line, len(self._starts)) - 1] + column - 1 for line, column in lines)
        return self.range(min(start, len(self.text)), min(end, len(self.text)))
