"""``modelspec validate``: every finding of every spec, without a framework."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from modelspec import compiler
from modelspec.cli.arguments import Options, Verbs, add_parameters, parameters, verb
from modelspec.diagnostics import Diagnostic, SpecError


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "validate", run, "check specs and print every finding")
    parser.add_argument("paths", nargs="+", metavar="PATH", help="spec files, folders of them, or names of shipped specs")
    add_parameters(parser)


def run(options: Options) -> int:
    """Print the findings to stdout and a count to stderr."""
    found: list[Diagnostic] = []
    count = 0
    for path in _files(options.paths):
        count += 1
        try:
            compiler.elaborate(compiler.load(path), parameters(options))
        except SpecError as error:
            found += error.diagnostics
            print(error)
    print(f"{count} spec{'s' * (count != 1)}, {len(found) or 'no'} finding{'s' * (len(found) != 1)}", file=sys.stderr)
    return 1 if found else 0


def _files(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        if Path(path).is_dir():
            yield from sorted(str(file) for file in Path(path).rglob("*.json"))
        else:
            yield path
