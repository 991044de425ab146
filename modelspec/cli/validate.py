"""``modelspec validate``: every finding of every spec and block file, without a framework."""

from __future__ import annotations

import argparse
import glob
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from modelspec import files
from modelspec.cli.arguments import Options, Verbs, add_reading, count, log, parameters, verb
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean, printable
from modelspec.document import LINT_CODES
from modelspec.reports import FORMATS, ORDER, Run, render, summary
from modelspec.rules import Selection
from modelspec.source import MAX_BYTES
from modelspec.validation import Checks, Report, validate, validate_bytes

_STDIN = "-"
_MARKS = (b'"format_version"', b'"layers"')
"""What a JSON file in a folder has one of, if it is meant to be a spec or a block."""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "validate", run, "check specs and block files, and print every finding")
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="files, folders of them, patterns such as 'specs/**/*.json', names of shipped specs, or - for the standard input",
    )
    add_reading(parser)
    parser.add_argument(
        "--param-set",
        action="append",
        default=[],
        metavar="NAME",
        help="check with this parameter set of the spec only (default: its defaults, and each of its sets)",
    )
    parser.add_argument("--backend", action="append", default=[], metavar="NAME", help="report what this backend cannot do")
    parser.add_argument("--select", action="append", default=[], type=_codes, metavar="CODES", help="the lint rules that apply")
    parser.add_argument(
        "--ignore", action="append", default=[], type=_codes, metavar="CODES", help="the lint rules that do not"
    )
    parser.add_argument(
        "--fail-on",
        choices=(*ORDER, "never"),
        default="error",
        help="the least severity that makes the exit code 1 (default: error)",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="how findings are written (default: text)")
    parser.add_argument("-o", "--output", metavar="FILE", help="write the findings to a file instead")
    parser.add_argument("--stdin-filename", metavar="FILE", help="what the standard input is called, and where it would be")
    parser.add_argument("--jobs", type=count, default=1, metavar="N", help="how many processes check files (default: 1)")


def run(options: Options) -> int:
    """Print the findings to stdout, or write them to a file, and a count to stderr."""
    checks = Checks(
        parameters(options),
        options.param_set,
        options.backend,
        Selection(_together(options.select) or Selection().select, _together(options.ignore)),
        options.root,
        options.plugins,
    )
    paths, skipped = _files(options.paths)
    reports = tuple(_first_mentions(_reports(paths, checks, options)))
    written = Run(reports, skipped, options.format == "text" and not options.output and _has_colours())
    text = render(written, options.format)
    if options.output:
        files.write(options.output, text.encode())
    else:
        sys.stdout.write(text)
        sys.stdout.flush()
    print(summary(written), file=sys.stderr)
    return int(options.fail_on != "never" and written.fails(options.fail_on))


def _codes(text: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in text.split(","))
    for code in codes:
        if code not in LINT_CODES:
            hint = did_you_mean(code, LINT_CODES) or "they are those from MS901 on"
            raise argparse.ArgumentTypeError(printable(f'there is no lint rule "{code}"; {hint}'))
    return codes


def _together(groups: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(code for group in groups for code in group)


def _files(paths: Sequence[str]) -> tuple[list[str], int]:
    """Return the files that paths mean, each once, and how many JSON files in folders are no specs."""
    found: dict[str, None] = {}
    skipped: set[Path] = set()
    for path in paths:
        if Path(path).is_dir():
            inside = [file for file in sorted(Path(path).rglob("*.json")) if not _is_hidden(file.relative_to(path))]
            skipped |= {file for file in inside if not _may_be_spec(file)}
            found |= dict.fromkeys(str(file) for file in inside if file not in skipped)
        elif glob.has_magic(path) and not Path(path).exists():
            found |= dict.fromkeys(sorted(glob.glob(path, recursive=True)) or [path])  # noqa: PTH207 - absolute patterns too
        else:
            found[path] = None
    return list(found), len(skipped)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "node_modules" for part in path.parts)


def _may_be_spec(path: Path) -> bool:
    """Return whether a file in a folder is checked: all but what is certainly some other JSON."""
    try:
        data = files.read(path, MAX_BYTES)
        return any(mark in data for mark in _MARKS) or (len(data) <= MAX_BYTES and json.loads(data) is None)
    except (SpecError, ValueError, RecursionError):
        return True  # what is wrong with it is reported


def _reports(paths: Sequence[str], checks: Checks, options: Options) -> Iterator[Report]:
    if options.jobs > 1 and len(paths) > 1 and _STDIN not in paths:
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(min(options.jobs, len(paths))) as pool:
            size = max(1, len(paths) // (8 * options.jobs))
            yield from _counted(pool.map(partial(validate, checks=checks), paths, chunksize=size), len(paths))
        return
    yield from _counted((_report(path, checks, options) for path in paths), len(paths))


def _report(path: str, checks: Checks, options: Options) -> Report:
    if path != _STDIN:
        return validate(path, checks)
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    return validate_bytes(data, Path(options.stdin_filename or "<stdin>"), checks)


def _counted(reports: Iterable[Report], total: int) -> Iterator[Report]:
    for done, report in enumerate(reports, 1):
        if total >= 100 and done % 100 == 0:
            log(f"{done} of {total} files")
        yield report


def _first_mentions(reports: Iterable[Report]) -> Iterator[Report]:
    """Yield reports without what an earlier one says: a block file is found alone and by each spec that uses it."""
    seen: set[tuple[object, ...]] = set()
    for report in reports:
        new: list[Diagnostic] = []
        for finding in report.findings:
            key = (finding.code, finding.message, finding.place or report.file)
            if key not in seen:
                seen.add(key)
                new.append(finding)
        yield replace(report, findings=tuple(new))


def _has_colours() -> bool:
    """Return whether the standard output is a terminal that shows colours; NO_COLOR is https://no-color.org."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
