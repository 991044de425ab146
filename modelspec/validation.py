"""Everything that can be said of a spec or a block file without a framework: errors, what a backend cannot do, and lint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from modelspec import files, library
from modelspec.building import Builder
from modelspec.diagnostics import Diagnostic, Frame, SpecError
from modelspec.document import Spec
from modelspec.elaboration import Elaboration, elaborate_whole
from modelspec.expansion import MAX_EFFORT, Budget
from modelspec.loading import Opened, parsed
from modelspec.rules import Selection, lint
from modelspec.rules.subject import Model
from modelspec.source import MAX_BYTES, pointer

MAX_WORK = 5 * MAX_EFFORT
"""How much is evaluated and built for all parameter sets of a file, in characters of expressions."""
_A_SET = 1_000
"""What a parameter set takes, however small the model is."""


@dataclass(frozen=True, slots=True)
class Checks:
    """How files are checked."""

    parameters: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Values that stand in the place of those of every parameter set, and of the defaults."""
    parameter_sets: Sequence[str] = ()
    """The parameter sets that specs are checked with; all of a spec, and the defaults alone, where none is named."""
    backends: Sequence[str] = ()
    """The backends whose refusals are reported."""
    lint: Selection = field(default_factory=Selection)
    root: str | None = None
    with_plugins: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a file; ``texts`` are those that its findings have their places in, by file."""

    file: str
    findings: tuple[Diagnostic, ...]
    is_block: bool = False
    texts: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def errors(self) -> int:
        """The number of findings that keep the file from being used."""
        return sum(finding.severity == "error" for finding in self.findings)


def validate(file: str | Path, checks: Checks = Checks()) -> Report:
    """Return what is found in a file, or in the shipped spec of that name; one that cannot be read is a finding too."""
    try:
        path = library.find(file)
        data = files.read(path, MAX_BYTES)
    except SpecError as error:
        return Report(str(file), error.diagnostics)
    return validate_bytes(data, path, checks)


def validate_bytes(data: bytes, path: Path, checks: Checks = Checks()) -> Report:
    """Return what is found in the text of a file, which need not be there: block files are looked for where it would be."""
    try:
        opened = parsed(data, path, checks.root)
    except SpecError as error:
        return Report(str(path), error.diagnostics, texts={str(path): data.decode("utf-8-sig", "replace")})
    found = tuple(_distinct(_findings(opened, checks)))
    named = {finding.place.file for finding in found if finding.place}
    sources = (opened.source, *opened.source.included.values())
    return Report(str(path), found, opened.is_block, {it.file: it.text for it in sources if it.file in named})


def _findings(opened: Opened, checks: Checks) -> list[Diagnostic]:
    try:
        if opened.is_block:
            return lint(opened.block(with_plugins=checks.with_plugins), (), checks.lint)
        spec = opened.spec(with_plugins=checks.with_plugins)
    except SpecError as error:
        return list(error.diagnostics)
    found: list[Diagnostic] = []
    models: list[Model] = []
    builder, taken = Builder(), 0
    for name in _sets(spec, checks):
        frames = _frames(spec, name)
        if taken > MAX_WORK:
            at = ("parameter_sets", name)
            message = "the parameter sets before this one take as much work as is done for one file"
            hint = "check them a few at a time with --param-set"
            found.append(Diagnostic("MS510", message, hint, spec.source.place(at, key=True), pointer(at)))
            break
        budget = Budget()
        try:
            given = {**spec.parameter_set(name or None), **checks.parameters}
            elaboration = elaborate_whole(spec, given, budget, builder)
        except SpecError as error:
            found += [replace(finding, trail=(*frames, *finding.trail)) for finding in error.diagnostics]
            continue
        finally:
            taken += _A_SET + budget.taken
        found += [replace(finding, trail=(*frames, *finding.trail)) for finding in _refusals(elaboration, checks.backends)]
        models.append(Model(spec, elaboration, given, frames))
    return found if any(it.severity == "error" for it in found) else lint(spec, models, checks.lint)


def _sets(spec: Spec, checks: Checks) -> Iterator[str]:
    """Yield the names of the parameter sets to check a spec with; an empty one stands for the defaults alone.

    Where a parameter has no default and none is given, the defaults alone say nothing of a spec that has sets.
    """
    if checks.parameter_sets:
        yield from checks.parameter_sets
        return
    complete = all(it.default is not None or name in checks.parameters for name, it in spec.parameters.items())
    if complete or not spec.parameter_sets:
        yield ""
    yield from spec.parameter_sets


def _frames(spec: Spec, name: str) -> tuple[Frame, ...]:
    """Return the way to what a parameter set brings about."""
    path = ("parameter_sets", name)
    return (
        (Frame(f'the parameter set "{name}"', spec.source.place(path, key=True), path),) if name in spec.parameter_sets else ()
    )


def _refusals(elaboration: Elaboration, backends: Sequence[str]) -> list[Diagnostic]:
    """Return what backends cannot do."""
    if not backends:
        return []
    from modelspec import plugins
    from modelspec.backend import Options
    from modelspec.compiler import prepare

    found: list[Diagnostic] = []
    for name in backends:
        try:
            prepare(elaboration.graph, plugins.describe(name), Options())
        except SpecError as error:
            found += error.diagnostics
    return found


def _distinct(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """Yield each finding once, with the trail of the first, where several parameter sets bring it about."""
    seen: set[tuple[str, str, str]] = set()
    for finding in findings:
        key = (finding.code, finding.pointer, finding.message)
        if key not in seen:
            seen.add(key)
            yield finding
