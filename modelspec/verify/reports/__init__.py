"""A verification as text for a terminal, and as files: a format is told by the file's suffix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from modelspec import files
from modelspec.verify.reports.text import text
from modelspec.verify.results import Verification

__all__ = ["FORMATS", "check", "render", "text", "write"]

FORMATS: Mapping[str, str] = {".html": "page", ".json": "json", ".xml": "junit"}
"""The module that writes files of a suffix."""


def check(paths: Sequence[str]) -> None:
    """Raise SpecError (MS704, MS805) where a report could not be written."""
    for path in paths:
        files.expect(path, FORMATS, "report")


def render(found: Verification, suffix: str) -> str:
    """Return a verification as a file of a suffix has it."""
    written: str = import_module(f"modelspec.verify.reports.{FORMATS[suffix]}").render(found)
    return written


def write(found: Verification, path: str) -> None:
    """Write a report, whole or not at all; raises SpecError (MS805)."""
    files.write(path, render(found, Path(path).suffix).encode())
