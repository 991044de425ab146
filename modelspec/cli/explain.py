"""``modelspec explain``: what a code means, why it is so, a wrong example and a right one."""

from __future__ import annotations

import shutil

from modelspec.cli.arguments import Options, Verbs, verb
from modelspec.diagnostics import CODES

_WIDEST = 100


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "explain", run, "say what a code means, with a wrong and a right example, or list all codes")
    parser.add_argument("code", nargs="?", default="MS", metavar="CODE", help="a code, or what several begin with: MS203, MS92")


def run(options: Options) -> int:
    """Print the page of a code, or the titles of several."""
    from modelspec import explanation  # its patterns would be compiled for every verb

    found = explanation.codes(options.code)
    if len(found) == 1:
        width = min(shutil.get_terminal_size((_WIDEST, 24)).columns, _WIDEST)
        print(explanation.plain(explanation.page(found[0]), max(width, 20)), end="")
    else:
        print("\n".join(f"{code}  {CODES[code]}" for code in found))
    return 0
