"""Findings for programs: one JSON document, whose format has a version."""

from __future__ import annotations

import json
from typing import Any

import modelspec
from modelspec.diagnostics import Diagnostic, Place
from modelspec.reports import Run

FORMAT_VERSION = 1


def render(run: Run) -> str:
    """Return the run as JSON; lines and columns count from 1, ends are exclusive."""
    document = {
        "format_version": FORMAT_VERSION,
        "modelspec": modelspec.__version__,
        "files": [
            {
                "file": report.file,
                "kind": "block" if report.is_block else "spec",
                "findings": [as_json(finding) for finding in report.findings],
            }
            for report in run.reports
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def as_json(finding: Diagnostic) -> dict[str, Any]:
    """Return a finding as JSON has it."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "hint": finding.hint,
        "pointer": finding.pointer,
        "place": _place(finding.place),
        "trail": [{"text": frame.text, "place": _place(frame.place)} for frame in finding.trail],
        "fix": finding.fix
        and {
            "title": finding.fix.title,
            "edits": [{"file": it.file, "start": it.start, "end": it.end, "text": it.text} for it in finding.fix.edits],
        },
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    return place and {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }
