"""Findings for people: a line each, with the way there and the hint; on a terminal with the line of the file and a caret."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from modelspec.diagnostics import Diagnostic, Place, Severity, printable
from modelspec.reports import Run

_WIDTH = 160
_COLOURS: Mapping[Severity, str] = {"error": "31", "warning": "33", "note": "36"}


def render(run: Run) -> str:
    """Return the findings of a run; each ends with a line break."""
    blocks: list[str] = []
    for report in run.reports:
        for finding in report.findings:
            blocks.append(_styled(finding, report.texts) if run.styled else str(finding))
    return "".join(f"{block}\n" for block in blocks)


def _styled(finding: Diagnostic, texts: Mapping[str, str]) -> str:
    first, *rest = str(finding).split("\n")
    code = f"\x1b[1;{_COLOURS[finding.severity]}m{finding.code}\x1b[0m"
    lines = [first.replace(finding.code, code, 1)]
    if finding.place and finding.place.file in texts:
        lines += _snippet(finding.place, texts[finding.place.file], _COLOURS[finding.severity])
    return "\n".join([*lines, *rest])


def _snippet(place: Place, text: str, colour: str) -> Iterator[str]:
    """Yield the line that a finding is on, and a mark below what is meant; a long line is cut around it."""
    lines = text.split("\n")
    if place.line > len(lines):
        return
    line = lines[place.line - 1].rstrip("\r")
    start = place.column - 1
    end = place.end_column - 1 if place.end_line == place.line else len(line)
    begin = max(0, min(start - _WIDTH // 4, len(line) - _WIDTH))
    shown = line[begin : begin + _WIDTH]
    number = f"{place.line:>5} | "
    before, marked = shown[: start - begin], shown[start - begin : max(end - begin, start - begin + 1)]
    yield f"{number}{printable(shown.replace(chr(9), ' '))}"
    yield f"{' ' * len(number)}{' ' * _columns(before)}\x1b[1;{colour}m{'^' * max(1, _columns(marked))}\x1b[0m"


def _columns(text: str) -> int:
    """Return how many columns a text takes on a terminal, as it is printed."""
    shown = printable(text.replace("\t", " "))
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in shown)
    return len(shown) + wide - sum(unicodedata.combining(character) > 0 for character in shown)
