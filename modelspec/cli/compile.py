"""``modelspec compile``: a spec to a model file."""

from __future__ import annotations

from pathlib import Path

from modelspec import compiler, plugins
from modelspec.cli.arguments import Options, Verbs, add_io_layout, add_spec, add_weights, load, log, say, values, verb
from modelspec.diagnostics import SpecError


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "compile", run, "compile a spec to a model file")
    add_spec(parser)
    parser.add_argument("--backend", required=True, metavar="NAME", help="onnx, keras or torch; see modelspec backends")
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: the spec's name, in this folder)")
    add_weights(parser)
    add_io_layout(parser)
    parser.add_argument("--opset", type=int, metavar="N", help="the ONNX operator set (default: 17)")


def run(options: Options) -> int:
    """Compile, write, and print the names of the files."""
    spec = load(options.spec, options)
    suffix = plugins.describe(options.backend).suffix
    output = Path(options.output or f"{spec.name}{suffix}")
    if output.name in ("", "..") or output.is_dir():
        raise SpecError.of(
            "MS805", f"{output} cannot be written: it is a folder", f"name the file: {output / spec.name}{suffix}"
        )
    if output.suffix != suffix:
        output = output.with_name(output.name + suffix)
    model = compiler.compile(
        spec,
        options.backend,
        parameters=values(spec, options),
        weights=options.weights,
        seed=options.seed,
        io_layout=options.io_layout,
        opset=options.opset,
        progress=lambda stage: log(f"{stage} ..."),
    )
    log(f"writing {output} ...")
    for path in model.save(output):
        say(path)
    return 0
