"""Mending a file: the edits of its findings, as often as they bring others to light."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable
from pathlib import Path

from modelspec.diagnostics import Diagnostic, Edit, Fix
from modelspec.source import MAX_BYTES
from modelspec.validation import Checks, validate_bytes

_ROUNDS = 100
"""The most times that a file is mended: a finding that hides behind another one is seen once that is gone."""


def fixed(data: bytes, path: Path, checks: Checks) -> tuple[bytes, int]:
    """Return the text of a file with every finding mended that has a safe mend, and how many those were.

    Everything else stays as it is, byte for byte; so do the block files that a spec uses.
    """
    mended = 0
    for _ in range(_ROUNDS):
        report = validate_bytes(data, path, checks)
        fixes = [it.fix for it in report.findings if it.fix and _is_certain(it, checks) and _stays_in(report.file, it.fix)]
        if not fixes:
            break
        start = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
        text, number = applied(data.decode("utf-8-sig"), fixes)
        if len(start) + len(text.encode()) > MAX_BYTES:
            break
        data, mended = start + text.encode(), mended + number
    return data, mended


def applied(text: str, fixes: Iterable[Fix]) -> tuple[str, int]:
    """Return a text with the edits of fixes, and how many of these there were: one that meets an earlier one is left out."""
    edits: list[Edit] = []
    number = 0
    for fix in fixes:
        if not any(one.start <= other.end and other.start <= one.end for one in fix.edits for other in edits):
            edits += fix.edits
            number += 1
    for edit in sorted(edits, key=lambda it: it.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text, number


def _is_certain(finding: Diagnostic, checks: Checks) -> bool:
    """Return whether a finding would be made whatever the parameters are; a stale lint key may be of use to other values."""
    return finding.code != "MS949" or not (checks.parameters or checks.parameter_sets)


def _stays_in(file: str, fix: Fix) -> bool:
    return all(edit.file == file for edit in fix.edits)
