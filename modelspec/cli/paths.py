"""The files that people name: files, folders, patterns, and the standard input."""

from __future__ import annotations

import argparse
import difflib
import glob
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from modelspec import files
from modelspec.cli.arguments import say
from modelspec.diagnostics import SpecError
from modelspec.source import MAX_BYTES

STDIN = "-"
LEADS_OUT = "it is a link that leads out of the folder"
"""Why a file in a folder is left alone."""
_MARKS = (b'"format_version"', b'"layers"')
"""What a JSON file in a folder has one of, if it is meant to be a spec or a block."""


def add_paths(parser: argparse.ArgumentParser, more: str = "", default: str | None = None) -> None:
    """Add the paths and ``--stdin-filename``; ``more`` is what else a path may be, ``default`` stands where none is given."""
    text = f"files, folders of them, patterns such as 'specs/**/*.json', {more}or - for the standard input"
    if default is None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help=text)
    else:
        parser.add_argument("paths", nargs="*", default=[default], metavar="PATH", help=f"{text} (default: {default})")
    parser.add_argument("--stdin-filename", metavar="FILE", help="what the standard input is called, and where it would be")


def found(paths: Sequence[str]) -> tuple[list[str], int, list[str]]:
    """Return the files that paths mean, each once, how many JSON files in folders are no specs, and links out of folders.

    What a link leads to is read where it is below the folder too: who may put files there may not name any file of a machine.
    """
    names: dict[str, None] = {}
    skipped: set[Path] = set()
    outside: dict[str, None] = {}
    for path in paths:
        if Path(path).is_dir():
            inside = [file for file in sorted(Path(path).rglob("*.json")) if not _is_hidden(file.relative_to(path))]
            out = {file for file in inside if file.is_symlink() and not file.resolve().is_relative_to(Path(path).resolve())}
            outside |= dict.fromkeys(map(str, sorted(out)))
            inside = [file for file in inside if file not in out]
            skipped |= {file for file in inside if not _may_be_spec(file)}
            names |= dict.fromkeys(str(file) for file in inside if file not in skipped)
        elif glob.has_magic(path) and not Path(path).exists():
            names |= dict.fromkeys(sorted(glob.glob(path, recursive=True)) or [path])  # noqa: PTH207 - absolute patterns too
        else:
            names[path] = None
    return list(names), len(skipped), [path for path in outside if path not in names]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "node_modules" for part in path.parts)


def _may_be_spec(path: Path) -> bool:
    """Return whether a file in a folder is checked: all but what is certainly some other JSON."""
    try:
        data = files.read(path, MAX_BYTES)
        return any(mark in data for mark in _MARKS) or (len(data) <= MAX_BYTES and json.loads(data) is None)
    except (SpecError, ValueError, RecursionError):
        return True  # what is wrong with it is reported


def read_stdin() -> bytes:
    """Return the standard input, up to one byte more than a document may have."""
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def rewrite(path: str, data: bytes) -> None:
    """Put other text in a file, whole or not at all, or raise SpecError (MS805).

    What a link leads to is left alone: it may be no part of what the user named. So is a file that may not be written to.
    """
    file = Path(path)
    folders = () if file.is_absolute() else file.parents
    if any(part.is_symlink() for part in (file, *folders)):
        raise SpecError.of("MS805", f"{path} is not written, because it is reached through a link", "name the file itself")
    if not os.access(file, os.W_OK):
        raise SpecError.of("MS805", f"{path} cannot be written: Permission denied")
    files.write(file, data, keep_mode=True)


def print_changes(file: str, old: str, new: str) -> None:
    """Print the difference of two texts of a file, as ``diff -u`` does."""
    for line in difflib.unified_diff(old.split("\n"), new.split("\n"), file, file, lineterm=""):
        say(line)


def is_file(path: str) -> bool:
    """Return whether a path names a file that is there, rather than a shipped spec."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises for a name that is too long
