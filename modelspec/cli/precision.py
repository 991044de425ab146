"""``--precision``: what a compiled model computes in, and how far int8 is from fp32."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, get_args

from modelspec.backend import Precision
from modelspec.cli.arguments import Options, say
from modelspec.diagnostics import SpecError

if TYPE_CHECKING:
    from modelspec.calibration import Batch
    from modelspec.graph import Graph
    from modelspec.model import Model


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--precision",
        choices=get_args(Precision),
        default="fp32",
        help="what layers compute in; inputs and outputs keep the types of the spec (default: fp32)",
    )
    parser.add_argument(
        "--calibrate",
        action="append",
        metavar="[NAME=]PATH",
        help="int8: photos, folders of them, or .npy arrays, from which the ranges of values are taken; may be given again",
    )
    parser.add_argument(
        "--held-out",
        action="append",
        metavar="[NAME=]PATH",
        help="int8: what it is held against fp32 on (default: one in five of --calibrate, which is then not calibrated on)",
    )
    parser.add_argument(
        "--keep-fp32",
        action="append",
        default=[],
        metavar="LAYER",
        help="int8: a layer, or a block, that stays in fp32; may be given again",
    )


def data(options: Options, graph: Graph) -> tuple[list[Batch] | None, list[Batch]]:
    """Return what to calibrate on, None where nothing is given, and what is held out.

    Raises SpecError (MS704, MS801, MS803).
    """
    if not options.calibrate:
        if options.held_out:
            raise SpecError.of("MS704", "--held-out goes with --calibrate", "give what to calibrate on, too")
        if options.precision == "int8":
            hint = "--calibrate FOLDER: some hundred photos of the kind that it will see"
            raise SpecError.of("MS704", "int8 needs inputs to calibrate on", hint)
        return None, []
    from modelspec.calibration import HELD_OUT, batches, split

    every = batches(graph.inputs, options.calibrate)
    if options.held_out:
        return every, batches(graph.inputs, options.held_out)
    calibration, held = split(every)
    if not held:
        there = "is 1 batch" if len(every) == 1 else f"are {len(every)} batches"
        message = f"there {there} to calibrate on, too few to hold one out"
        raise SpecError.of("MS704", message, f"give {HELD_OUT} photos or more, or --held-out")
    return calibration, held


def report(name: str, model: Model, exact: Model, held: Sequence[Batch]) -> None:
    """Print how far each output is from fp32 on what was held out."""
    from modelspec.verify.outputs import compared
    from modelspec.verify.probes import Probe

    inputs = [batch() for batch in held]
    probes = [
        Probe(f"batch {number}", tuple(map(str, range(len(next(iter(arrays.values())))))), arrays)
        for number, arrays in enumerate(inputs)
    ]
    made = {label: {it.name: of(it.inputs) for it in probes} for label, of in ((name, model), ("fp32", exact))}
    outputs = {output: output for output in exact.graph.outputs}
    found = compared(outputs, (name, "fp32"), probes, lambda label, probe, output: made[label][probe][output], float("inf"))
    for layer, output in zip(found.layers, found.outputs, strict=True):
        (worst,) = layer.deviations["files"].values()
        same = "" if output.rows is None else f", the best class the same in {output.agreeing} of {output.rows}"
        say(
            f"{name} against fp32 on {sum(len(it.examples) for it in probes)} held out: {output.name} differs by"
            f" {worst.error:.2g} at most (relative L2), {output.largest:.2g} in one value{same}"
        )
