"""Findings for people: a line each, with the way there and the hint; on a terminal with the line of the file and a caret."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from modelspec.diagnostics import Diagnostic, Place, Severity, printable
from modelspec.reports import Run

_COLOURS: Mapping[Severity, str] = {"error": "31", "warning": "33", "note": "36"}
_LEAST_WIDTH = 40
_CUT = "…"
_NEAR = 4
"""How many times the width of a terminal a line is looked at to either side of what is meant; some take no column."""
_COMMAND = re.compile(r"##\[")
"""What begins a command in the log of a CI service; ``::`` does so at the start of a line only, where the number stands."""


def render(run: Run) -> str:
    """Return the findings of a run; each ends with a line break."""
    blocks: list[str] = []
    for report in run.reports:
        for finding in report.findings:
            blocks.append(styled(finding, report.texts, coloured=run.coloured) if run.styled else str(finding))
    return "".join(f"{block}\n" for block in blocks)


def styled(finding: Diagnostic, texts: Mapping[str, str], *, coloured: bool) -> str:
    """Return a finding for a terminal, with the line that it is on where the text of its file is known."""
    first, *rest = str(finding).split("\n")
    where = len(printable(f"{finding.place}: ")) if finding.place else 0
    code = where + len(finding.code)

    def marked(text: str) -> str:
        return f"\x1b[1;{_COLOURS[finding.severity]}m{text}\x1b[0m" if coloured else text

    lines = [f"{first[:where]}{marked(first[where:code])}{first[code:]}"]
    if finding.place and finding.place.file in texts:
        for before, mark, after in _snippet(finding.place, texts[finding.place.file]):
            lines.append(f"{before}{marked(mark) if mark else ''}{after}")
    return "\n".join([*lines, *rest])


def _snippet(place: Place, text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the line that a finding begins on, and a mark below what is meant; a long line is cut around it.

    Each is what stands before the mark, the mark, and what stands after it.
    """
    lines = text.split("\n")
    if place.line > len(lines):
        return
    whole = lines[place.line - 1].rstrip("\r")
    gutter = f"{place.line:>5} | "
    width = max(shutil.get_terminal_size((120, 24)).columns, _LEAST_WIDTH) - len(gutter) - 1
    skipped = max(0, place.column - 1 - _NEAR * width)
    start = place.column - 1 - skipped
    line = _cells(whole[skipped : skipped + start + _NEAR * width])
    end = place.end_column - 1 - skipped if place.end_line == place.line else len(line)
    begin, stop = _window(line, start, end, width)
    before = (_CUT if skipped + begin else "") + "".join(line[begin:start])
    meant = "".join(line[start : min(end, stop)])
    after = "".join(line[max(start, min(end, stop)) : stop]) + (_CUT if skipped + stop < len(whole) else "")
    yield gutter + before + meant + after, "", ""
    further = f" … to line {place.end_line}" if place.end_line > place.line else ""
    yield f"{'| ':>{len(gutter)}}{' ' * _columns(before)}", "^" * max(1, _columns(meant)), further


def _window(line: Sequence[str], start: int, end: int, width: int) -> tuple[int, int]:
    """Return which characters of a line, around what is meant, fit into so many columns with marks where it is cut."""
    if _columns("".join(line)) <= width:
        return 0, len(line)
    room = width - 2 * len(_CUT)
    begin = stop = min(start, len(line))
    used = 0
    while stop < len(line) and stop < end and used + _columns(line[stop]) <= room:
        used += _columns(line[stop])
        stop += 1
    while begin > 0 and used + _columns(line[begin - 1]) <= room - (room - used) // 2:
        begin -= 1
        used += _columns(line[begin])
    while stop < len(line) and used + _columns(line[stop]) <= room:
        used += _columns(line[stop])
        stop += 1
    return begin, stop


def _cells(line: str) -> list[str]:
    """Return what a terminal shows of each character: a tab as a space, and nothing that acts there or on a CI log."""
    cells = [printable(character) for character in line.replace("\t", " ")]
    for command in _COMMAND.finditer(line):
        cells[command.end() - 1] = "\\u005b"
    return cells


def _columns(text: str) -> int:
    """Return how many columns a text takes on a terminal: none for marks on other characters, two for wide ones."""
    return sum(
        0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )
