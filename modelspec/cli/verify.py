"""``modelspec verify``: do the backends compute the same?"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from modelspec import compiler, plugins
from modelspec.cli import against
from modelspec.cli.against import given
from modelspec.cli.arguments import (
    Options,
    Verbs,
    add_spec,
    add_tuning,
    add_weights,
    given_weights,
    load,
    tuning,
    values,
    verb,
)
from modelspec.cli.terminal import has_colours, progress_bar
from modelspec.diagnostics import SpecError, printable

if TYPE_CHECKING:
    from modelspec.graph import Graph
    from modelspec.verify import Probe, Verification

STEPS = 5
"""How many steps of training are compared where no number is said."""
MAX_STEPS = 100
"""More tell nothing: rounding grows from step to step."""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "verify", run, "run a spec in every backend and compare what each layer makes")
    add_spec(parser)
    parser.add_argument(
        "--backends", type=names, metavar="NAMES", help="which, with commas between them (default: all that are known)"
    )
    parser.add_argument(
        "--allow-skipped",
        type=names,
        default=[],
        metavar="NAMES",
        help="backends that may be missing, NAME, or be without a tier, NAME:TIER as in onnx:bfloat16; any other is a failure",
    )
    parser.add_argument(
        "--dtype",
        type=_dtypes,
        action="extend",
        metavar="NAMES",
        help="the types that are held against float64: float32, float16, bfloat16 (default: float32)",
    )
    parser.add_argument(
        "-O",
        dest="optimize",
        type=int,
        choices=(0, 1),
        default=0,
        help="the level of optimisation that backends for inference compile with (default: 0)",
    )
    parser.add_argument(
        "--train",
        nargs="?",
        type=_steps,
        const=STEPS,
        default=0,
        metavar="STEPS",
        help="compare training too, where backends train: losses, gradients, weights and statistics after one step and after"
        f" this many (default: {STEPS}), in float64 by plain gradient descent, with dropout and noise off",
    )
    parser.add_argument(
        "--input",
        action="append",
        metavar="[NAME=]FILE",
        help="a photo (.jpg, .png, ...) or an array (.npy) to compare on, in place of those that are made",
    )
    parser.add_argument(
        "--reproducer", metavar="FOLDER", help="where to write the layer that diverges, with inputs and weights"
    )
    parser.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="FILE",
        help="write a report too: a page (.html), data (.json), results of tests for CI (.xml); may be given again",
    )
    add_weights(parser)
    add_tuning(parser)
    against.add(parser)


def run(options: Options) -> int:
    """Verify, and print what was found."""
    from modelspec.verify import reports

    reports.check(options.report)
    found = against.verified(options, progress_bar()) if against.is_meant(options) else _verified(options)
    sys.stdout.write(reports.text(found, coloured=has_colours(sys.stdout)))
    for path in options.report:
        reports.write(found, path)
    return 0 if found.is_equal else 1


def _verified(options: Options) -> Verification:
    spec = load(options.spec, options)
    parameters = values(spec, options)
    graph = compiler.elaborate(spec, parameters).pruned()
    from modelspec.verify import Verifier, tiers

    if options.provider not in {tier.provider for tier in tiers.TIERS.values()} or tuning(options).asked:
        message = "a spec is compared on cpu, and with --provider cuda there with TF32 off and on; other options are for files"
        raise SpecError.of("MS704", message, "verify MODEL.onnx --against OTHER.onnx --provider NAME")
    wanted = tiers.chosen(options.dtype or ["float32"], options.provider)
    with Verifier(options.backends or plugins.names(), provider=options.provider) as verifier:
        found = verifier.verify(
            graph,
            weights=given_weights(graph, options),
            inputs=_inputs(graph, options),
            seed=options.seed,
            tiers=wanted,
            allowed=options.allow_skipped,
            reproducer=options.reproducer,
            optimize=options.optimize,
            train=options.train,
            progress=progress_bar(),
        )
    return replace(found, file=options.spec, parameters=parameters, weights=options.weights or found.weights)


def names(text: str) -> list[str]:
    """Return the names in a text, with commas between them."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _steps(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MAX_STEPS:
        said = f'"{printable(text)}" is no number of steps from 1 to {MAX_STEPS}; the spec stands before --train'
        raise argparse.ArgumentTypeError(said)
    return int(text)


def _dtypes(text: str) -> list[str]:
    from modelspec.verify import tiers

    chosen = names(text)
    try:
        tiers.chosen(chosen, "cpu")
    except SpecError as error:
        raise argparse.ArgumentTypeError(printable(error.diagnostics[0].message)) from error
    return chosen


def _inputs(graph: Graph, options: Options) -> list[Probe] | None:
    if not options.input:
        return None
    return given(graph.inputs, options.input)
