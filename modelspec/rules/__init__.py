"""Lint: what is legal, but most likely wrong. ``modelspec.validation`` runs it on specs that have no error.

A rule is a function that yields remarks, on a model (a spec for one set of parameter values) or on a document as it is written;
it stands in ``RULES_OF_MODELS`` or ``RULES_OF_DOCUMENTS`` with its code. Each has a page in ``docs/errors``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from modelspec.diagnostics import Diagnostic
from modelspec.document import BlockFile, Spec
from modelspec.findings import Findings, TooMany
from modelspec.rules import documents, outputs
from modelspec.rules.subject import Model, Remark, Rule, Written
from modelspec.rules.suppression import Suppressions

RULES_OF_MODELS: tuple[Rule[Model], ...] = (Rule("MS901", "warning", outputs.softmax_over_one_unit),)
RULES_OF_DOCUMENTS: tuple[Rule[Written], ...] = (
    Rule("MS942", "warning", documents.unused_parameter),
    Rule("MS943", "warning", documents.unused_block),
)
RULES_OF_LINT: tuple[Rule[Suppressions], ...] = (Rule("MS949", "warning", Suppressions.unused),)
"""What is said of the lint keys themselves, once all other rules have run."""
RULES: tuple[Rule[Any], ...] = (*RULES_OF_MODELS, *RULES_OF_DOCUMENTS, *RULES_OF_LINT)
"""Every rule."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules apply: those that begin with a code of ``select``, without those that begin with one of ``ignore``."""

    select: tuple[str, ...] = ("MS9",)
    ignore: tuple[str, ...] = ()

    def has(self, code: str) -> bool:
        """Return whether a rule applies."""
        return code.startswith(self.select) and not code.startswith(self.ignore)


def lint(root: Spec | BlockFile, models: Sequence[Model], selection: Selection = Selection()) -> list[Diagnostic]:
    """Return what the rules say of a document, the block files that it reaches, and a spec's models; each remark once."""
    findings = Findings(root.source)
    suppressions = Suppressions(root.source, tuple(path for _, path in root.documents), models)

    def report(rule: Rule[Any], remarks: Iterable[Remark]) -> None:
        for remark in remarks:
            if not suppressions.quiet(rule.code, remark) and selection.has(rule.code):
                findings.report(
                    rule.code, remark.path, remark.message, remark.hint, remark.trail, key=remark.key, severity=rule.severity
                )

    with suppress(TooMany):
        for model in models:
            for rule in RULES_OF_MODELS:
                report(rule, rule.check(model))
        for document, path in root.documents:
            written = Written(document, path, root.source)
            for rule in RULES_OF_DOCUMENTS:
                report(rule, rule.check(written))
        for rule in RULES_OF_LINT:
            report(rule, rule.check(suppressions))
    return findings.listed()
