"""Findings as the results of tests in the format of JUnit, which most CI services show: a test for each file."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from modelspec.diagnostics import Diagnostic, printable
from modelspec.reports import Run
from modelspec.reports.locations import below_root, relative
from modelspec.validation import Report

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def render(run: Run) -> str:
    """Return the results as XML in ASCII; a file fails by findings that count, and others stand in its output."""
    failed = sum(any(map(run.counts, report.findings)) for report in run.reports)
    counts = {"tests": str(len(run.reports)), "failures": str(failed), "errors": "0"}
    root = ElementTree.Element("testsuites", {"name": "modelspec", **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": "modelspec validate", **counts, "skipped": "0"})
    for report in run.reports:
        _case(suite, report, run)
    return written(root)


def written(root: ElementTree.Element) -> str:
    """Return a document in ASCII."""
    ElementTree.indent(root)
    return ElementTree.tostring(root, "us-ascii", xml_declaration=True).decode() + "\n"


def _case(suite: ElementTree.Element, report: Report, run: Run) -> None:
    name = plain(printable(below_root(report.file)))
    kind = "block" if report.is_block else "spec"
    case = ElementTree.SubElement(suite, "testcase", {"name": name, "classname": f"modelspec.{kind}", "file": name})
    findings = [relative(finding, report.file) for finding in report.findings]
    failures = [finding for finding in findings if run.counts(finding)]
    others = [finding for finding in findings if not run.counts(finding)]
    if failures:
        codes = " ".join(dict.fromkeys(finding.code for finding in failures))
        more = f" (and {len(failures) - 1} more)" if len(failures) > 1 else ""
        message = plain(printable(failures[0].message)) + more
        ElementTree.SubElement(case, "failure", {"type": codes, "message": message}).text = _listed(failures)
    if others:
        ElementTree.SubElement(case, "system-out").text = _listed(others)


def _listed(findings: list[Diagnostic]) -> str:
    return plain("\n".join(map(str, findings)))


def plain(text: str) -> str:
    """Return text without what no XML document may have, escaped or not; what is left, ElementTree escapes."""
    return _NOT_IN_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
