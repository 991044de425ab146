"""Findings as workflow commands of GitHub Actions, which shows them as annotations beside the change.

GitHub shows ten annotations of each kind a step: after the commands, every finding stands in the log in one plain line.
"""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.diagnostics import Severity, printable
from modelspec.reports import Run, summary
from modelspec.reports.locations import Located, located, sentences

_COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}


def render(run: Run) -> str:
    """Return a command for each finding, then the findings and their number in words; no other line is a command."""
    found = list(located(run))
    lines = [*map(_command, found), *map(_plain, found), summary(run)]
    return "".join(f"{line}\n" for line in lines)


def _command(item: Located) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in _properties(item).items())
    return f"::{_COMMANDS[item.finding.severity]} {properties}::{_data(chr(10).join(sentences(item.finding)))}"


def _properties(item: Located) -> dict[str, str]:
    """Return where a command points; GitHub takes columns only where a range is within one line."""
    place = item.finding.place
    found: dict[str, str] = {}
    if place:
        found |= {"file": item.file, "line": str(place.line), "endLine": str(place.end_line)}
        if place.line == place.end_line:
            found |= {"col": str(place.column), "endColumn": str(place.end_column)}
    return {**found, "title": item.finding.code}


def _plain(item: Located) -> str:
    finding, place = item.finding, item.finding.place
    where = f"{item.file}:{place.line}:{place.column}: " if place else ""
    return printable(f"{where}{finding.code} {finding.severity}: {finding.message}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(printable(text)).replace(":", "%3A").replace(",", "%2C")
