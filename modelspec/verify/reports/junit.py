"""A verification as the results of tests in the format of JUnit: a test for each layer in each backend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from modelspec.diagnostics import printable
from modelspec.reports.junit import plain, written
from modelspec.reports.locations import below_root
from modelspec.verify.reports import wording
from modelspec.verify.reports.wording import number
from modelspec.verify.results import BackendResult, LayerResult, Verification


@dataclass(frozen=True)
class Case:
    """A test: it fails or is skipped where there is a reason."""

    group: str
    name: str
    outcome: str = "passed"
    """passed, skipped or failure."""
    kind: str = ""
    """What failed: tiers, or a status."""
    reason: str = ""
    place: str = ""
    """file:line:column."""
    seconds: float = 0.0


def render(found: Verification) -> str:
    """Return the results as XML in ASCII; some test fails unless the verification is equal."""
    cases = list(_cases(found))
    outcomes = [case.outcome for case in cases]
    counts = {"tests": str(len(cases)), "failures": str(outcomes.count("failure")), "errors": "0"}
    root = ElementTree.Element("testsuites", {"name": "modelspec", **counts})
    more = {"skipped": str(outcomes.count("skipped")), "time": f"{found.seconds:.3f}"}
    suite = ElementTree.SubElement(root, "testsuite", {"name": _safe(f"modelspec verify {found.name}"), **counts, **more})
    for case in cases:
        _add(suite, case)
    return written(root)


def _cases(found: Verification) -> Iterator[Case]:
    enough = len(found.compared) > 1 and bool(found.layers)
    compared = f"{', '.join(found.compared) or 'no backend'} compared, {wording.amount(found)}"
    yield Case("backends", "two at least are compared", "passed" if enough else "failure", "backends", compared)
    for backend in found.backends:
        yield _backend(backend, is_missing=backend.name in found.missing)
        for tier, why in backend.skipped_tiers.items():
            outcome = "failure" if f"{backend.name}:{tier}" in found.missing else "skipped"
            yield Case("backends", f"{backend.name}, {wording.title(tier)}", outcome, "skipped", why)
    for backend in found.compared:
        for layer in found.layers:
            if any(backend in it for it in layer.deviations.values()):
                yield _layer(layer, backend, "outputs" if found.against else "layers")
    if not found.is_trained:
        yield Case("training", "two backends at least train", "failure", "training", wording.not_trained(found))
    for it in found.training:
        reason = f"{it.backend} from {it.reference}: {number(it.error)} where {number(it.bound)} is allowed"
        outcome = "passed" if it.passes else "failure"
        yield Case(f"training.{it.kind}.{it.backend}", it.name, outcome, it.kind, reason, it.place)


def _backend(backend: BackendResult, *, is_missing: bool) -> Case:
    outcome = "failure" if is_missing else "passed" if backend.status == "compared" else "skipped"
    return Case("backends", backend.name, outcome, backend.status, backend.reason or backend.status, seconds=backend.seconds)


def _layer(layer: LayerResult, backend: str, group: str) -> Case:
    failing = {
        tier: by_backend[backend]
        for tier, by_backend in layer.deviations.items()
        if backend in by_backend and not by_backend[backend].passes
    }
    reasons = [
        f"{wording.title(tier)}: {number(it.error)} where {number(it.bound)} is allowed; input: {it.example} ({it.probe})"
        for tier, it in failing.items()
    ]
    if backend in layer.merged:
        reasons = ["merged into another layer"]
    outcome = "failure" if failing else "skipped" if backend in layer.merged else "passed"
    return Case(f"{group}.{backend}", layer.name, outcome, " ".join(failing), "\n".join(reasons), layer.place)


def _add(suite: ElementTree.Element, case: Case) -> None:
    file, line = _where(case.place)
    where = {"file": _safe(below_root(file)), "line": line} if file else {}
    name = {"name": _safe(case.name), "classname": _safe(f"modelspec.verify.{case.group}")}
    element = ElementTree.SubElement(suite, "testcase", {**name, **where, "time": f"{case.seconds:.3f}"})
    if case.outcome == "passed":
        return
    first, *_ = [*case.reason.splitlines(), ""]
    attributes = {"message": _safe(first)}
    if case.outcome == "failure":
        attributes["type"] = _safe(case.kind)
    lines = [f"{case.place}: {case.name}"] if case.place else []
    text = "\n".join(map(_safe, [*lines, *case.reason.splitlines()]))
    ElementTree.SubElement(element, case.outcome, attributes).text = text


def _where(place: str) -> tuple[str, str]:
    """Return the file and the line of a place."""
    file, line, column = ["", "", "", *place.rsplit(":", 2)][-3:]
    return (file, line) if line.isdecimal() and column.isdecimal() else ("", "")


def _safe(text: str) -> str:
    return plain(printable(text))
