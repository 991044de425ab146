"""What must hold of any bytes that are read as a spec: one function, which raises AssertionError where something does not."""

from __future__ import annotations

import json
import re
from cProfile import Profile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from modelspec import compiler
from modelspec.diagnostics import Diagnostic, SpecError
from modelspec.fixing import fixed
from modelspec.formatting import formatted
from modelspec.graph import Graph
from modelspec.reports import FORMATS, Run, render
from modelspec.source import MAX_FINDINGS, Json, Source, parse
from modelspec.validation import Checks, Report, validate_bytes

HOME = Path(__file__).parent / "files" / "document.json"
"""Where a document would stand: beside block files that it can use."""
CHECKS = Checks(backends=("onnx",))
MOST_CALLS = 6_000_000
"""What the largest spec that is allowed takes, some times over; calls, and not seconds, so that any machine tells the same."""
CALLS_A_BYTE = 2_000

_OWN_STYLE = re.compile("\x1b\\[(?:1;3[136]|0)m")
_ACTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f]|##\\["
)
"""What a terminal or a log acts on, or nobody sees."""


def check(data: bytes) -> Report:
    """Read bytes in every way that a spec or a block file is read, and return what was found."""
    report = counted(data)
    for finding in report.findings:
        check_finding(finding, data)
    check_reports(report)
    try:
        source = parse(data, str(HOME))
    except SpecError:
        source = None
    if source is not None:
        check_format(source, report)
    check_mends(data, report)
    return report


def counted(data: bytes) -> Report:
    """Return what is found in a document, and see that it takes no more work than a document of that size may."""
    profile = Profile()
    report = profile.runcall(validate_bytes, data, HOME, CHECKS)
    calls = sum(entry.callcount for entry in profile.getstats())
    assert calls <= MOST_CALLS + CALLS_A_BYTE * len(data), f"{calls:,} calls for {len(data):,} bytes"
    return report


def check_finding(finding: Diagnostic, data: bytes) -> None:
    """See that a finding is somewhere in the document, and that its text is one line."""
    place = finding.place
    assert place is not None, finding
    assert finding.message, finding
    assert "\n" not in finding.message + finding.hint, finding
    assert (place.line, place.column) <= (place.end_line, place.end_column), finding
    if place.file == str(HOME):
        assert 1 <= place.line <= 1 + data.count(b"\n"), finding


def check_reports(report: Report) -> None:
    """See that no format of the findings acts where it is shown, and that programs can read those that are for programs."""
    for name in FORMATS:
        text = render(Run((report,)), name)
        check_harmless(text, commands=name == "github")
        if name in ("json", "sarif", "gitlab"):
            json.loads(text)
        elif name == "junit":
            ElementTree.fromstring(text)
    check_harmless(_OWN_STYLE.sub("", render(Run((report,), styled=True, coloured=True), "text")))


def check_harmless(text: str, *, commands: bool = False) -> None:
    """See that a terminal or a log acts on nothing in a text; ``commands`` allows the lines that are GitHub's."""
    assert not _ACTIVE.search(text), _ACTIVE.findall(text)
    lines = [line for line in text.split("\n") if line.lstrip().startswith("::")]
    assert all(commands and re.match("::(error|warning|notice) ", line) for line in lines), lines


def check_format(source: Source, report: Report) -> None:
    """See that the canonical text is its own canonical text and means the same."""
    try:
        text = formatted(source)
    except SpecError as error:
        assert [it.code for it in error.diagnostics] == ["MS106"], error
        return
    again = parse(text.encode(), str(HOME))
    assert formatted(again) == text
    assert _ordered(again.value) == _ordered(source.value)
    after = validate_bytes(text.encode(), HOME, CHECKS)
    if len(report.findings) < MAX_FINDINGS:
        assert _told(after) == _told(report)
    assert meaning(text.encode()) == meaning(source.text.encode())


def check_mends(data: bytes, report: Report) -> None:
    """See that mending ends, and that it breaks no document."""
    after, _ = fixed(data, HOME, CHECKS)
    assert fixed(after, HOME, CHECKS) == (after, 0)
    if not report.errors:
        assert not validate_bytes(after, HOME, CHECKS).errors


def meaning(data: bytes) -> object:
    """Return what a spec makes with its defaults, or the codes of what keeps it from that."""
    try:
        graph = compiler.elaborate(compiler.loads(data))
    except SpecError as error:
        return sorted(it.code for it in error.diagnostics)
    graph.check()
    return _told_of(graph)


def _told_of(graph: Graph) -> object:
    nodes = [(it.name, it.value, it.layer, it.inputs, it.output, it.weights) for it in graph.nodes]
    return graph.name, graph.description, dict(graph.inputs), nodes, dict(graph.outputs)


def _told(report: Report) -> list[tuple[str, str]]:
    """Return what is said of a document, but not where, nor in which order of keys an object is shown."""
    return sorted((it.code, it.pointer) for it in report.findings)


def _ordered(value: Json) -> Any:
    """Return a value in which the order of keys says nothing, and 1, 1.0 and true differ."""
    if isinstance(value, dict):
        return {key: _ordered(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_ordered(item) for item in value]
    return repr(value)
