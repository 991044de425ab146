"""``modelspec fuzz``: random specs, and whether the backends compute the same of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec import plugins
from modelspec.cli.arguments import Options, Verbs, count, say, verb
from modelspec.cli.verify import names
from modelspec.layers import LAYERS

if TYPE_CHECKING:
    from modelspec.fuzz.run import Tally

SHOWN = 12
"""How many reasons of refusals are listed."""
SAID = 500
"""After how many specs the progress is said where there is no terminal."""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "fuzz", run, "draw random specs, run them in every backend and compare what each layer makes")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the first spec's number (default: 0)")
    parser.add_argument("--count", type=count, metavar="N", help="how many specs (default: 100 where --minutes is not given)")
    parser.add_argument("--minutes", type=float, metavar="M", help="for how long at most")
    parser.add_argument("--layers", type=count, default=8, metavar="N", help="how many layers a spec is drawn with at most")
    parser.add_argument(
        "--backends", type=names, metavar="NAMES", help="which, with commas between them (default: all that are known)"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FOLDER",
        help="where to write the tally, and of what fails the spec, the smallest that fails alike, its inputs and weights",
    )


def run(options: Options) -> int:
    """Draw, verify, and print what came of it."""
    from modelspec.fuzz.run import fuzz
    from modelspec.verify import Verifier

    with Verifier(options.backends or plugins.names()) as verifier:
        tally = fuzz(
            verifier,
            seed=options.seed,
            count=options.count or (None if options.minutes else 100),
            seconds=60 * options.minutes if options.minutes else float("inf"),
            layers=options.layers,
            folder=Path(options.output) if options.output else None,
            progress=_show,
        )
    _print(tally)
    return 1 if tally.kinds["diverges"] or tally.kinds["failed"] or tally.invalid or not tally.specs else 0


def _show(tally: Tally) -> None:
    """Draw the progress on a terminal; elsewhere, say it now and then."""
    said = f"{tally.specs} specs, {tally.seconds:.0f} s: {_kinds(tally)}"
    if sys.stderr.isatty():
        print(f"\r\x1b[K{said}", end="", file=sys.stderr, flush=True)
    elif tally.specs % SAID == 0:
        print(said, file=sys.stderr, flush=True)


def _kinds(tally: Tally) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in tally.kinds.most_common())


def _print(tally: Tally) -> None:
    from modelspec.fuzz.run import least

    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)
    for line in tally.faults:
        say(line)
    for reason, number in tally.refusals.most_common(SHOWN):
        say(f"{number} x {reason}")
    rare = ", ".join(f"{name} {number}" for name, number in least(tally.layers, [*LAYERS])[:5])
    found = sum(1 for name in LAYERS if tally.layers[name])
    say(f"{sum(tally.layers.values())} layers of {found} of {len(LAYERS)} types, {len(tally.fields)} fields; least: {rare}")
    speed = tally.specs / tally.seconds if tally.seconds else 0.0
    say(f"{tally.specs} specs: {_kinds(tally)}; {tally.seconds:.0f} s, {speed:.1f} a second")
    if tally.invalid:
        say(f"{tally.invalid} documents were not valid, which is a fault of the generator")
