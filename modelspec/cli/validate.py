"""``modelspec validate``: every finding of every spec and block file, without a framework."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from modelspec import compiler
from modelspec.cli.arguments import Options, Verbs, add_reading, parameters, verb
from modelspec.diagnostics import Diagnostic, SpecError, listed
from modelspec.loading import opened


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "validate", run, "check specs and block files, and print every finding")
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="spec and block files, folders of them, or names of shipped specs"
    )
    add_reading(parser)


def run(options: Options) -> int:
    """Print the findings to stdout and a count to stderr."""
    found: list[Diagnostic] = []
    specs = blocks = 0
    for path in _files(options.paths):
        file = None
        try:
            file = opened(path, options.root)
            if file.is_block:
                file.block(with_plugins=options.plugins)
            else:
                compiler.elaborate(file.spec(with_plugins=options.plugins), parameters(options))
        except SpecError as error:
            found += error.diagnostics
            print(error)
        is_block = file is not None and file.is_block
        specs, blocks = specs + (not is_block), blocks + is_block
    counted = [_counted(specs, "spec")] if specs or not blocks else []
    counted += [_counted(blocks, "block file")] if blocks else []
    print(f"{listed(counted, 'and')}, {_counted(len(found), 'finding')}", file=sys.stderr)
    return 1 if found else 0


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'s' * (count != 1)}"


def _files(paths: Sequence[str]) -> Iterator[str]:
    for path in paths:
        if Path(path).is_dir():
            yield from sorted(str(file) for file in Path(path).rglob("*.json"))
        else:
            yield path
