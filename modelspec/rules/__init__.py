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
from modelspec.mends import without_lint_code
from modelspec.rules import (
    activations,
    documents,
    dropouts,
    idle,
    inputs,
    kernels,
    normalizations,
    outputs,
    sizes,
    unread,
    windows,
)
from modelspec.rules.subject import Model, Remark, Rule, Written
from modelspec.rules.suppression import Suppressions

RULES_OF_MODELS: tuple[Rule[Model], ...] = (
    Rule("MS901", "warning", outputs.softmax_over_one_unit),
    Rule("MS902", "note", outputs.sigmoid_over_several),
    Rule("MS903", "warning", outputs.dropout_after_output),
    Rule("MS904", "warning", outputs.cut_off_output),
    Rule("MS905", "warning", activations.twice_in_a_row),
    Rule("MS906", "note", kernels.linear_pair),
    Rule("MS907", "note", idle.changes_nothing),
    Rule("MS908", "warning", kernels.equal_units),
    Rule("MS909", "warning", dropouts.high_rate),
    Rule("MS910", "note", dropouts.equal_seeds),
    Rule("MS911", "warning", normalizations.bias_before),
    Rule("MS912", "warning", normalizations.pytorch_momentum),
    Rule("MS913", "note", normalizations.epsilon_below_float16),
    Rule("MS914", "warning", inputs.rescaled_twice),
    Rule("MS915", "warning", normalizations.over_one_number),
    Rule("MS916", "note", dropouts.before_batch_normalization),
    Rule("MS921", "note", windows.even_kernel),
    Rule("MS922", "warning", windows.stride_beyond_kernel),
    Rule("MS923", "warning", windows.mostly_padding),
    Rule("MS924", "warning", windows.convolved_to_one),
    Rule("MS925", "note", windows.short_sighted),
    Rule("MS926", "warning", windows.pools_one_value),
    Rule("MS927", "note", windows.leaves_out_the_end),
    Rule("MS928", "warning", windows.idle_dilation),
    Rule("MS931", "warning", sizes.giant_dense),
    Rule("MS932", "note", sizes.dense_over_image),
    Rule("MS933", "warning", sizes.turned_image),
    Rule("MS941", "warning", unread.unread_layer),
)
RULES_OF_DOCUMENTS: tuple[Rule[Written], ...] = (
    Rule("MS942", "warning", documents.unused_parameter),
    Rule("MS943", "warning", documents.unused_block),
    Rule("MS944", "note", documents.written_out),
    Rule("MS945", "note", documents.repeated_steps),
    Rule("MS946", "warning", documents.idle_control),
)
RULES_OF_LINT: tuple[Rule[Suppressions], ...] = (Rule("MS949", "warning", Suppressions.unused, without_lint_code),)
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
                fix = rule.mend(root.source, remark.path) if rule.mend else None
                findings.report(
                    rule.code,
                    remark.path,
                    remark.message,
                    remark.hint,
                    remark.trail,
                    key=remark.key,
                    severity=rule.severity,
                    fix=fix,
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
