"""What a stream can show: lines of files and colours on a terminal, plain text anywhere else."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TextIO

from modelspec import files
from modelspec.diagnostics import Diagnostic, Place, SpecError, printable
from modelspec.source import MAX_BYTES


def escape_what_cannot_be_shown(stream: TextIO) -> None:
    """Make a stream write characters that its encoding lacks as escapes, instead of failing; stderr does so by itself."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def has_colours(stream: TextIO) -> bool:
    """Return whether the stream is a terminal that shows colours, and is to; NO_COLOR is https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


BAR = 24
"""The width of the progress bar, in characters."""


def progress_bar() -> Callable[[float, str], None] | None:
    """Return what shows progress on stderr; None where that is no terminal."""
    return show_progress if sys.stderr.isatty() else None


def show_progress(share: float, what: str) -> None:
    """Draw the progress on a terminal, and take it away where there is nothing more to do."""
    done = round(share * BAR)
    bar = f"[{'#' * done}{'.' * (BAR - done)}] {share:4.0%} {printable(what)}" if what else ""
    print(f"\r\x1b[K{bar}", end="", file=sys.stderr, flush=True)


def print_error(error: SpecError, stream: TextIO) -> None:
    """Print the findings of an error; on a terminal, with the lines of the files that they are in."""
    if not stream.isatty():
        print(error, file=stream)
        return
    from modelspec.reports.text import styled

    known = texts(error.diagnostics, {})
    for finding in error.diagnostics:
        print(styled(finding, known, coloured=has_colours(stream)), file=stream)


def texts(findings: Iterable[Diagnostic], known: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of the files that findings are in: those that are known, and the others as they can be read."""
    found = dict(known)
    for finding in findings:
        place = finding.place
        if place and place.file not in found and (text := _text(place)) is not None:
            found[place.file] = text
    return found


def _text(place: Place) -> str | None:
    """Return the text of the file that a place is in; None where it is no file, or one that cannot be read."""
    if not os.path.isfile(place.file):  # noqa: PTH113 - Path.is_file raises for a name that is too long
        return None
    try:
        return files.read(place.file, MAX_BYTES).decode("utf-8-sig", "replace")
    except SpecError:
        return None
