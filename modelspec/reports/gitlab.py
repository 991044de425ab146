"""Findings as a Code Quality report, which GitLab shows beside the lines of a merge request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from modelspec.diagnostics import Severity
from modelspec.reports import Run
from modelspec.reports.locations import Located, located, path_name, sentences

_SEVERITIES: Mapping[Severity, str] = {"error": "critical", "warning": "major", "note": "info"}


def render(run: Run) -> str:
    """Return the report; a finding that has no place is shown on the first line of its file."""
    return json.dumps([_issue(item) for item in located(run)], indent=2) + "\n"


def _issue(item: Located) -> dict[str, Any]:
    place = item.finding.place
    return {
        "type": "issue",
        "check_name": item.finding.code,
        "description": f"{item.finding.code}: {'; '.join(sentences(item.finding))}",
        "categories": ["Bug Risk"],
        "severity": _SEVERITIES[item.finding.severity],
        "fingerprint": item.fingerprint,
        "location": {
            "path": path_name(item.file),
            "lines": {"begin": place.line if place else 1, "end": place.end_line if place else 1},
        },
    }
