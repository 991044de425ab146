"""Findings in Markdown, for the summary of a CI job or a comment on a change."""

from __future__ import annotations

import re
from collections.abc import Iterable

from modelspec.diagnostics import printable
from modelspec.reports import Run, summary
from modelspec.reports.locations import Located, located

_ROWS = 500
"""A summary on GitHub has a mebibyte at most."""
_ACTIVE = re.compile(r"[\\`*_\[\]<>#|&~@$]|:(?=//)|(?<=www)\.", re.IGNORECASE)


def render(run: Run) -> str:
    """Return a table of the findings, and their number in words; nothing in it is a link, HTML or a mention."""
    found = list(located(run))
    lines = [f"**modelspec**: {summary(run)}", ""]
    if found:
        lines += ["| | Where | What |", "|---|---|---|", *_rows(found[:_ROWS]), ""]
    if len(found) > _ROWS:
        lines += [f"The first {_ROWS} of {len(found)} findings.", ""]
    return "\n".join(lines)


def _rows(found: Iterable[Located]) -> Iterable[str]:
    for item in found:
        finding, place = item.finding, item.finding.place
        where = f"{item.file}:{place.line}:{place.column}" if place else item.file
        what = _plain(finding.message) + (f"<br>*{_plain(finding.hint)}*" if finding.hint else "")
        yield f"| {finding.severity} {finding.code} | {_plain(where)} | {what} |"


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", printable(text))
