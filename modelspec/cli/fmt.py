"""``modelspec fmt``: specs and block files in their canonical form."""

from __future__ import annotations

import sys

from modelspec import files
from modelspec.cli.arguments import Options, Verbs, say, verb
from modelspec.cli.paths import STDIN, add_paths, found, print_changes, read_stdin, rewrite
from modelspec.diagnostics import SpecError
from modelspec.formatting import formatted
from modelspec.reports import count
from modelspec.source import MAX_BYTES, parse


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "fmt", run, "write specs and block files in their canonical form, in place")
    add_paths(parser)
    parser.add_argument("--check", action="store_true", help="write nothing; name the files that would change, and exit with 1")
    parser.add_argument("--diff", action="store_true", help="write nothing; print what would change, and exit with 1")


def run(options: Options) -> int:
    """Format each file; what cannot be parsed is left as it is, and its findings go to stderr."""
    paths, _, _ = found(options.paths)
    keeps = options.check or options.diff
    changed = failed = 0
    for path in paths:
        try:
            changed += _format(path, options, keeps)
        except SpecError as error:
            failed += 1
            print(error, file=sys.stderr)
    if paths != [STDIN] or keeps:
        parts = [f"{count(changed, 'file')} {'would be formatted' if keeps else 'formatted'}"]
        parts += [f"{count(same, 'file')} left as they are"] if (same := len(paths) - changed - failed) else []
        parts += [f"{count(failed, 'file')} with errors"] if failed else []
        print(", ".join(parts), file=sys.stderr)
    return int(failed > 0 or (keeps and changed > 0))


def _format(path: str, options: Options, keeps: bool) -> bool:
    """Format one file and return whether that changes it, or raise SpecError."""
    name = (options.stdin_filename or "<stdin>") if path == STDIN else path
    data = read_stdin() if path == STDIN else files.read(path, MAX_BYTES)
    source = parse(data, name)
    text = formatted(source)
    changes = text.encode() != data
    if options.diff and changes:
        print_changes(name, data.decode(), text)
    elif options.check and changes:
        say(name)
    elif not keeps and path == STDIN:
        sys.stdout.buffer.write(text.encode())
    elif not keeps and changes:
        rewrite(path, text.encode())
    return changes
