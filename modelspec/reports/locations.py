"""What services know a finding by: its file below the root of the repository, and a fingerprint that outlives moved lines."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from modelspec.diagnostics import Diagnostic, Place, printable
from modelspec.reports import Run

_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""What GitHub and GitLab call the variable that has the folder of the checkout."""
_LINE = re.compile(r":[0-9]+:[0-9]+")
"""What a message says of another place moves with its line."""


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with the file that it is shown in, below the root where it lies there, and its fingerprint."""

    finding: Diagnostic
    file: str
    fingerprint: str


def located(run: Run) -> Iterator[Located]:
    """Yield the findings of a run; no two have one fingerprint, and none depends on where lines are, or on the machine."""
    seen: Counter[str] = Counter()
    for file_of_report, finding in ((report.file, finding) for report in run.reports for finding in report.findings):
        placed = relative(finding, file_of_report)
        file = placed.place.file if placed.place else below_root(file_of_report)
        parts = (file, placed.code, placed.pointer, _LINE.sub("", placed.message))
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]
        seen[digest] += 1
        yield Located(placed, file, f"{digest}:{seen[digest]}")


def relative(finding: Diagnostic, file: str) -> Diagnostic:
    """Return a finding of a file whose files are named from the root of the checkout, in what it says too."""
    places = [finding.place, *(frame.place for frame in finding.trail)]
    message, hint = finding.message, finding.hint
    for name in sorted({file, *(place.file for place in places if place)}, key=len, reverse=True):
        if Path(name).is_absolute():
            message, hint = message.replace(name, below_root(name)), hint.replace(name, below_root(name))
    fix = finding.fix
    return replace(
        finding,
        message=message,
        hint=hint,
        place=_placed(finding.place),
        trail=tuple(replace(frame, place=_placed(frame.place)) for frame in finding.trail),
        fix=fix and replace(fix, edits=tuple(replace(edit, file=below_root(edit.file)) for edit in fix.edits)),
    )


def _placed(place: Place | None) -> Place | None:
    return place and replace(place, file=below_root(place.file))


def below_root(file: str) -> str:
    """Return a path from the root of the checkout, or from the working folder; one that lies elsewhere is absolute.

    A name that is no path (``<stdin>``) is one in the working folder.
    """
    path = Path(os.path.abspath(file))  # noqa: PTH100 - Path.resolve would follow a link that the repository has
    folders = [folder for name in _ROOTS if (folder := os.environ.get(name))]
    for folder in (*folders, *map(os.path.realpath, folders), Path.cwd()):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.as_posix()


def uri(file: str) -> str:
    """Return a path as an address, relative where the path is; any byte that a name may have is written in ASCII."""
    quoted = quote(os.fsencode(file))
    if file.startswith("/"):
        return f"file://{quoted}"
    return quoted if ":" not in quoted.split("/")[0] else f"./{quoted}"


def path_name(file: str) -> str:
    """Return a path as JSON has it: what is not UTF-8 in it is escaped, as half of a surrogate pair is no text."""
    return file.encode("utf-8", "backslashreplace").decode()


def sentences(finding: Diagnostic) -> list[str]:
    """Return what a finding says, a line each: the message, the way there from the innermost call, and the hint."""
    lines = [finding.message]
    lines += [f"in {frame.text}" + (f" ({frame.place})" if frame.place else "") for frame in reversed(finding.trail)]
    if finding.hint:
        lines.append(f"hint: {finding.hint}")
    return [printable(line) for line in lines]
