"""``modelspec bench``: how fast is a model, and against what?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from modelspec import compiler, files, foreign
from modelspec.cli.arguments import (
    Options,
    Verbs,
    add_reading,
    add_tuning,
    add_weights,
    count,
    given_weights,
    load,
    refuse_spec_options,
    say,
    tuning,
    values,
    verb,
)
from modelspec.cli.terminal import progress_bar
from modelspec.cli.verify import names
from modelspec.diagnostics import SpecError, printable
from modelspec.tensors import Symbol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from modelspec.bench import Bench, Standing
    from modelspec.graph import Graph
    from modelspec.tensors import TensorType
    from modelspec.weights import Arrays


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "bench", run, "time a model or a spec, and others in turns with it")
    parser.add_argument("model", metavar="MODEL|SPEC", help="an .onnx file, a spec file, or the name of a shipped spec")
    parser.add_argument(
        "--against",
        type=names,
        action="extend",
        default=[],
        metavar="NAMES",
        help="backends (keras, torch), levels (onnx-O1), ways to run (torch-compile, torch-cuda, keras-function, ...),"
        " providers (cuda), .onnx files; with commas between them",
    )
    parser.add_argument("--batch", type=_counts, default=(1,), metavar="N,...", help="the batch sizes (default: 1)")
    parser.add_argument("--threads", type=count, metavar="N", help="how many each may use (default: what each takes by itself)")
    parser.add_argument("--rounds", type=count, default=5, metavar="N", help="how often each has its turn (default: 5)")
    parser.add_argument("--runs", type=count, default=20, metavar="N", help="the runs of a turn that are timed (default: 20)")
    parser.add_argument("--warm-ups", type=count, default=3, metavar="N", help="the runs before them (default: 3)")
    parser.add_argument("-o", "--output", metavar="FILE", help="write every run, and what it was run on, as JSON")
    parser.add_argument("--plot", metavar="FILE", help="write a drawing: a page (.html) or a picture (.svg)")
    add_tuning(parser, cuda_graph=True)
    add_reading(parser)
    add_weights(parser)


def run(options: Options) -> int:
    """Time, and print a table."""
    from modelspec import bench
    from modelspec.bench import plot, report

    if options.plot:
        plot.check(options.plot)
    who = bench.contestants(options.model, options.provider, options.against, tuning(options))
    plan = bench.Plan(options.batch, options.rounds, options.runs, options.warm_ups, options.threads)
    if who[0].file:
        refuse_spec_options(options)
        found = bench.bench(who, plan, _drawn(options), name=options.model, progress=progress_bar())
    else:
        from modelspec.weights import drawn

        spec = load(options.model, options)
        parameters = values(spec, options)
        graph = compiler.elaborate(spec, parameters).pruned()
        _require_sizes(graph.inputs)
        found = bench.bench(
            who,
            plan,
            _probe(graph),
            name=graph.name,
            graph=graph,
            weights=given_weights(graph, options) or drawn(graph, options.seed),
            parameters=parameters,
            progress=progress_bar(),
        )
    _print(found)
    if options.output:
        files.write(options.output, report.render(found).encode())
    if options.plot:
        plot.write(found, options.plot)
    return 0


def _counts(text: str) -> tuple[int, ...]:
    found = names(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{printable(text)} names no batch size")
    return tuple(dict.fromkeys(map(count, found)))


def _require_sizes(inputs: Mapping[str, TensorType]) -> None:
    """Raise SpecError (MS803) for an input of a free size: what is timed has one size."""
    for name, kind in inputs.items():
        free = [dim.name for dim in kind.shape if isinstance(dim, Symbol)]
        if free:
            raise SpecError.of("MS803", f'the input "{name}" has no size: {", ".join(free)} may be any', "give it with --param")


def _probe(graph: Graph) -> Arrays:
    from modelspec.verify.probes import probes

    return {name: array[:1] for name, array in probes(graph, 0)[0].inputs.items()}


def _drawn(options: Options) -> Arrays:
    """Return a batch of one for a file: pixels for floating-point numbers, small ones for others."""
    from modelspec.verify.probes import batch, sized

    session = foreign.opened(options.model, options.provider, tuning=tuning(options))
    _require_sizes(session.inputs)
    fixed = {it for it in session.batches.values() if it is not None}
    if fixed and fixed != {*options.batch}:
        raise SpecError.of("MS803", f"the model takes batches of {min(fixed)}", f"give --batch {min(fixed)}")
    return {
        name: batch(kind, sized(kind, {}), ["random"], name, 0, pixels=True, rows=2) for name, kind in session.inputs.items()
    }


def _print(found: Bench) -> None:
    threads = f"{found.threads} threads" if found.threads else "threads as each takes them"
    say(f"{found.name}: {threads}, load {found.environment['load before']} before and {found.environment['load after']} after")
    width = max(len(it.label) for it in found.standings)
    for at, first in enumerate(found.standings[0].latencies):
        say(f"batch {first.batch}")
        say(f"  {'':{width}}{'p50 ms':>10}{'p90 ms':>10}{'p99 ms':>10}{'a second':>10}{'x':>8}")
        for it in found.standings:
            latency = it.latencies[at]
            shares = "".join(f"{latency.milliseconds(share):10.2f}" for share in (50, 90, 99))
            say(f"  {it.label:{width}}{shares}{latency.per_second:10.1f}{latency.over(first):8.2f}")
    stages = list(dict.fromkeys(name for it in found.standings for name in it.seconds))
    heads = "".join(f"{f'{name} s':>13}" for name in stages)
    say(f"  {'':{width}}{heads}{'peak MiB':>13}")
    for it in found.standings:
        say(f"  {it.label:{width}}{''.join(_stage(it, name) for name in stages)}{it.peak_mib:13.0f}")


def _stage(it: Standing, name: str) -> str:
    return f"{it.seconds[name]:13.2f}" if name in it.seconds else f"{'':13}"
