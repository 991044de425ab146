"""How findings are written: for people, for programs, and for the services that show them beside a change.

A format is a function from a run to its text; ``FORMATS`` names the module that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

from modelspec.diagnostics import Diagnostic, Severity
from modelspec.validation import Report

FORMATS: tuple[str, ...] = ("text", "json")
"""The names of formats; each is a module of this package."""
ORDER: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Run:
    """The reports of all files, each finding in the first that has it; ``styled`` is whether a terminal shows the text."""

    reports: Sequence[Report]
    skipped: int = 0
    """The JSON files of the folders that were given that are no specs."""
    styled: bool = False

    @property
    def findings(self) -> list[Diagnostic]:
        """The findings of all files."""
        return [finding for report in self.reports for finding in report.findings]

    def fails(self, least: Severity) -> bool:
        """Return whether a finding is as grave as ``least``."""
        return any(ORDER.index(finding.severity) <= ORDER.index(least) for finding in self.findings)


def render(run: Run, name: str) -> str:
    """Return a run in the format of that name."""
    text: str = import_module(f"modelspec.reports.{name}").render(run)
    return text


def count(number: int, what: str) -> str:
    """Return a number of things, in words."""
    return f"{number or 'no'} {what}{'s' * (number != 1)}"


def summary(run: Run) -> str:
    """Return how many files were checked and what was found, in one line."""
    specs, blocks = sum(not it.is_block for it in run.reports), sum(it.is_block for it in run.reports)
    counted = [count(specs, "spec")] if specs or not blocks else []
    counted += [count(blocks, "block file")] if blocks else []
    severities = [finding.severity for finding in run.findings]
    found = [count(number, name) for name in ORDER if (number := severities.count(name))]
    skipped = f" ({count(run.skipped, 'other JSON file')} skipped)" if run.skipped else ""
    return f"{' and '.join(counted)}{skipped}: {', '.join(found) or 'no findings'}"
