"""``modelspec compile``: a spec to a model file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from modelspec import compiler, plugins
from modelspec.cli import precision
from modelspec.cli.arguments import Options, Verbs, add_io_layout, add_spec, add_weights, load, log, say, values, verb
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean, printable
from modelspec.graph import Graph


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "compile", run, "compile a spec to a model file")
    add_spec(parser)
    parser.add_argument("--backend", required=True, metavar="NAME", help="onnx, keras or torch; see modelspec backends")
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: the spec's name, in this folder)")
    add_weights(parser)
    add_io_layout(parser)
    parser.add_argument(
        "--target",
        metavar="TARGET",
        help="what must be able to read the ONNX file: ort==VERSION (of ONNX Runtime), opset==NUMBER, ir==NUMBER, or several"
        " with commas between (default: opset==17,ir==9)",
    )
    parser.add_argument(
        "-O",
        dest="optimize",
        type=int,
        choices=(0, 1, 2),
        default=0,
        help="0: the spec as it is written; 1: fold, fuse and drop layers, the same but for rounding; 2: let ONNX Runtime"
        " optimise that for this machine alone (default: 0)",
    )
    parser.add_argument(
        "--functions",
        action="store_true",
        help="make the blocks that the spec repeats functions of the ONNX file, which their calls share (default: every layer"
        " inline)",
    )
    precision.add(parser)
    parser.add_argument(
        "--print-after",
        action="append",
        default=[],
        metavar="PASS",
        help="print the graph to stderr after a pass, or after all of them; may be given again",
    )


def run(options: Options) -> int:
    """Compile, write, and print the names of the files."""
    shown = _passes(options.print_after)
    spec = load(options.spec, options)
    suffix = plugins.describe(options.backend).suffix
    output = Path(options.output or f"{spec.name}{suffix}")
    if output.name in ("", "..") or output.is_dir():
        raise SpecError.of(
            "MS805", f"{output} cannot be written: it is a folder", f"name the file: {output / spec.name}{suffix}"
        )
    if output.suffix != suffix:
        output = output.with_name(output.name + suffix)
    graph = compiler.elaborate(spec, values(spec, options))
    calibration, held = precision.data(options, graph)
    compiled = partial(
        compiler.compile,
        graph,
        options.backend,
        weights=options.weights,
        seed=options.seed,
        io_layout=options.io_layout,
        target=options.target,
    )
    model = compiled(
        optimize=options.optimize,
        precision=options.precision,
        functions=options.functions,
        calibration=None if calibration is None else (batch() for batch in calibration),
        keep=options.keep_fp32,
        after=lambda name, graph: _show(name, graph) if name in shown else None,
        progress=lambda stage: log(f"{stage} ..."),
    )
    log(f"writing {output} ...")
    for path in model.save(output):
        say(path)
    if held:
        precision.report(options.precision, model, compiled(), held)
    return 0


def _passes(names: Sequence[str]) -> set[str]:
    """Return the passes that are named, or raise SpecError (MS704) with every name that none has."""
    from modelspec.passes import PASSES

    known = [it.name for it in PASSES]
    unknown = [name for name in names if name not in (*known, "all")]
    if unknown:
        raise SpecError(
            Diagnostic("MS704", f'there is no pass "{name}"', did_you_mean(name, [*known, "all"])) for name in unknown
        )
    return {*known} if "all" in names else {*names}


def _show(name: str, graph: Graph) -> None:
    """Print a graph to stderr, a node a line."""
    from modelspec.passes.text import lines

    print(f"after {name}:", file=sys.stderr)
    for line in lines(graph):
        print(printable(f"  {line}"), file=sys.stderr)
