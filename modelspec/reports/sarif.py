"""Findings as SARIF 2.1.0 (OASIS), which code scanning services and editors read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import modelspec
from modelspec import explanation
from modelspec.diagnostics import CODES, Fix, Frame, Place, Severity, printable
from modelspec.reports import Run
from modelspec.reports.locations import Located, located, uri
from modelspec.rules import RULES

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_RELATIVE_LINK = re.compile(r"\[([^\]\n]+)\]\((?!https?:)[^)\s]+\)")
_WIDTH = 100

Json = dict[str, Any]


def render(run: Run) -> str:
    """Return one run of the tool: the rules that found something, and the results, in the order of the files."""
    found = list(located(run))
    codes = sorted({item.finding.code for item in found})
    driver = {
        "name": "modelspec",
        "semanticVersion": modelspec.__version__,
        "rules": [_rule(code) for code in codes],
    }
    document = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {_ROOT: {"description": {"text": "the root of the repository"}}},
                "results": [_result(item, codes) for item in found],
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _rule(code: str) -> Json:
    """Return what is known of a code: its title, and its page, from which the first paragraph is the description."""
    page = explanation.page(code)
    severities: Mapping[str, Severity] = {rule.code: rule.severity for rule in RULES}
    return {
        "id": code,
        "shortDescription": {"text": CODES[code]},
        "fullDescription": {"text": " ".join(explanation.plain(page.split("\n\n")[1], _WIDTH).split())},
        "help": {"text": explanation.plain(page, _WIDTH), "markdown": _RELATIVE_LINK.sub(r"\1", page)},
        "defaultConfiguration": {"level": severities.get(code, "error")},
    }


def _result(item: Located, codes: Sequence[str]) -> Json:
    finding = item.finding
    text = [finding.message, *([f"hint: {finding.hint}"] if finding.hint else [])]
    location: Json = {"physicalLocation": _physical(item.file, finding.place)}
    if finding.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": printable(finding.pointer)}]
    result: Json = {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.severity,
        "message": _message(*text),
        "locations": [location],
        "partialFingerprints": {"modelspec/v1": item.fingerprint},
    }
    frames = [(frame, frame.place) for frame in finding.trail if frame.place]
    if frames and finding.place:
        result["codeFlows"] = [_flow(frames, finding.place, finding.message)]
    if finding.fix:
        result["fixes"] = [_fix(finding.fix)]
    return result


def _flow(frames: Iterable[tuple[Frame, Place]], place: Place, message: str) -> Json:
    """Return the way to a finding, from the outermost call to the finding itself."""
    steps = [*((frame.text, there) for frame, there in frames), (message, place)]
    locations = [
        {"location": {"physicalLocation": _physical(there.file, there), "message": _message(text)}} for text, there in steps
    ]
    return {"threadFlows": [{"locations": locations}]}


def _physical(file: str, place: Place | None) -> Json:
    location: Json = {"artifactLocation": _artifact(file)}
    if place:
        location["region"] = {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }
    return location


def _artifact(file: str) -> Json:
    address = uri(file)
    return {"uri": address} if address.startswith("file:") else {"uri": address, "uriBaseId": _ROOT}


def _fix(fix: Fix) -> Json:
    changes: dict[str, list[Json]] = {}
    for edit in fix.edits:
        changes.setdefault(edit.file, []).append(
            {
                "deletedRegion": {"charOffset": edit.start, "charLength": edit.end - edit.start},
                "insertedContent": {"text": edit.text},
            }
        )
    return {
        "description": _message(fix.title),
        "artifactChanges": [
            {"artifactLocation": _artifact(file), "replacements": replacements} for file, replacements in changes.items()
        ],
    }


def _message(*lines: str) -> dict[str, str]:
    """Return a message object: braces are doubled (section 3.11.5), and nothing in it reads as a link (3.11.6)."""
    return {"text": "\n".join(map(printable, lines)).replace("{", "{{").replace("}", "}}").replace("](", "] (")}
