"""Findings for programs: one JSON document, whose format has a version."""

from __future__ import annotations

import json
from typing import Any

import modelspec
from modelspec.diagnostics import Diagnostic, Place, printable
from modelspec.reports import Run
from modelspec.reports.locations import path_name

FORMAT_VERSION = 1


def render(run: Run) -> str:
    """Return the run as JSON, in ASCII; lines and columns count from 1, ends are exclusive; sentences are safe to print."""
    document = {
        "format_version": FORMAT_VERSION,
        "modelspec": modelspec.__version__,
        "files": [
            {
                "file": path_name(report.file),
                "kind": "block" if report.is_block else "spec",
                "findings": [as_json(finding) for finding in report.findings],
            }
            for report in run.reports
        ],
    }
    return json.dumps(document, indent=2).replace("##[", "#\\u0023[") + "\n"  # the same to who reads JSON, not to a CI log


def as_json(finding: Diagnostic) -> dict[str, Any]:
    """Return a finding as JSON has it."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": printable(finding.message),
        "hint": printable(finding.hint),
        "pointer": path_name(finding.pointer),
        "place": _place(finding.place),
        "trail": [{"text": printable(frame.text), "place": _place(frame.place)} for frame in finding.trail],
        "fix": finding.fix
        and {
            "title": printable(finding.fix.title),
            "edits": [
                {"file": path_name(it.file), "start": it.start, "end": it.end, "text": it.text} for it in finding.fix.edits
            ],
        },
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    return place and {
        "file": path_name(place.file),
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
    }
