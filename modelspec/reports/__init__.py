"""How findings are written: for people, for programs, and for the services that show them beside a change.

A format is a function from a run to its text; ``FORMATS`` names the module that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from modelspec.diagnostics import Diagnostic, Severity
from modelspec.validation import Report

FORMATS: tuple[str, ...] = ("text", "json", "github", "sarif", "junit", "gitlab", "markdown")
"""The names of formats; each is a module of this package."""
ORDER: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Run:
    """The reports of all files, each finding in the first that has it."""

    reports: Sequence[Report]
    skipped: int = 0
    """The JSON files of the folders that were given that are no specs."""
    fail_on: Severity | Literal["never"] = "error"
    """The least severity that makes the run fail."""
    styled: bool = False
    """Whether a terminal shows the text: with the lines that findings are on."""
    coloured: bool = False
    """Whether that terminal shows colours, and is to."""

    @property
    def findings(self) -> list[Diagnostic]:
        """The findings of all files."""
        return [finding for report in self.reports for finding in report.findings]

    @property
    def failed(self) -> bool:
        """Whether a finding is so grave that the run fails."""
        return any(map(self.counts, self.findings))

    def counts(self, finding: Diagnostic) -> bool:
        """Return whether a finding is so grave that the run fails."""
        return self.fail_on != "never" and ORDER.index(finding.severity) <= ORDER.index(self.fail_on)


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
    mendable = sum(finding.fix is not None for finding in run.findings)
    mended = f" ({mendable} can be mended with --fix)" if mendable else ""
    said = f": {', '.join(found) or 'no findings'}{mended}" if run.reports else " found"
    return f"{' and '.join(counted)}{skipped}{said}"
