"""``modelspec validate``: every finding of every spec and block file, without a framework."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from modelspec import files, hints
from modelspec.cli.arguments import Options, Verbs, add_reading, count, log, parameters, verb
from modelspec.cli.paths import LEADS_OUT, STDIN, add_paths, found, is_file, print_changes, read_stdin, rewrite
from modelspec.cli.terminal import has_colours, texts
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean, printable
from modelspec.document import LINT_CODES
from modelspec.fixing import fixed
from modelspec.reports import FORMATS, ORDER, Run, render, summary
from modelspec.reports import count as counted
from modelspec.rules import Selection
from modelspec.source import MAX_BYTES
from modelspec.validation import Checks, Report, validate, validate_bytes

_USAGE = 2
_PASSES = 10
"""The most times that all files are mended: a block file that is mended may bring something to light in those that use it."""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "validate", run, "check specs and block files, and print every finding")
    add_paths(parser, "names of shipped specs, ", default=".")
    add_reading(parser, param_set=False)
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
    parser.add_argument("--fix", action="store_true", help="mend what has one safe mend, in the files themselves")
    parser.add_argument("--diff", action="store_true", help="print what --fix would change, and write nothing")
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
    if options.backend:
        from modelspec import plugins

        for name in options.backend:
            plugins.describe(name)  # an unknown one is said once, whatever is in the files
    paths, skipped, outside = found(options.paths)
    if options.fix or options.diff:
        if STDIN in paths:
            print("modelspec: --fix and --diff are for files, not for the standard input", file=sys.stderr)
            return _USAGE
        stop = _mend([path for path in paths if is_file(path)], checks, only_show=options.diff)
        if stop:
            return stop
    reports = tuple(_first_mentions(_reports(paths, checks, options)))
    reports += tuple(Report(path, SpecError.of("MS801", f"{path} is not read: {LEADS_OUT}").diagnostics) for path in outside)
    styled = options.format == "text" and not options.output and sys.stdout.isatty()
    if styled:
        reports = tuple(replace(report, texts=texts(report.findings, report.texts)) for report in reports)
    written = Run(reports, skipped, options.fail_on, styled, styled and has_colours(sys.stdout))
    text = render(written, options.format)
    if options.output:
        files.write(options.output, text.encode())
    else:
        sys.stdout.write(text)
        sys.stdout.flush()
    print(summary(written), file=sys.stderr)
    return int(written.failed)


def _codes(text: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in text.split(","))
    for code in codes:
        if code not in LINT_CODES:
            hint = hints.of_lint(code) or did_you_mean(code, LINT_CODES)
            raise argparse.ArgumentTypeError(printable(f'there is no lint rule "{code}"; {hint}'))
    return codes


def _together(groups: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(code for group in groups for code in group)


def _mend(paths: Sequence[str], checks: Checks, *, only_show: bool) -> int:
    """Mend files, and say so on stderr; return 1 where a file cannot be written, or would be changed and is only shown."""
    mended: Counter[str] = Counter()
    failed: set[str] = set()
    for _ in range(1 if only_show else _PASSES):
        before = mended.total()
        for path in (it for it in paths if it not in failed):
            try:
                data = files.read(path, MAX_BYTES)
                text, number = fixed(data, Path(path), checks)
                if number and only_show:
                    print_changes(path, data.decode(), text.decode())
                elif number:
                    rewrite(path, text)
            except SpecError as error:
                print(error, file=sys.stderr)
                failed.add(path)
            else:
                mended[path] += number
        if mended.total() == before:
            break
    for path, number in mended.items():
        if number:
            print(printable(f"{'would fix' if only_show else 'fixed'} {counted(number, 'finding')} in {path}"), file=sys.stderr)
    return int(bool(failed) or (only_show and mended.total() > 0))


def _reports(paths: Sequence[str], checks: Checks, options: Options) -> Iterator[Report]:
    if options.jobs > 1 and len(paths) > 1 and STDIN not in paths:
        from concurrent.futures import ProcessPoolExecutor

        with ProcessPoolExecutor(min(options.jobs, len(paths))) as pool:
            size = max(1, len(paths) // (8 * options.jobs))
            yield from _counted(pool.map(partial(validate, checks=checks), paths, chunksize=size), len(paths))
        return
    yield from _counted((_report(path, checks, options) for path in paths), len(paths))


def _report(path: str, checks: Checks, options: Options) -> Report:
    if path != STDIN:
        return validate(path, checks)
    return validate_bytes(read_stdin(), Path(options.stdin_filename or "<stdin>"), checks)


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
