"""``modelspec weights``: make canonical weights, look at them, take them out of a trained model."""

from __future__ import annotations

from pathlib import Path

from modelspec import compiler, plugins
from modelspec.backend import Options as BackendOptions
from modelspec.cli.arguments import Options, Verbs, add_reading, add_spec, load, log, say, values, verb
from modelspec.diagnostics import SpecError


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "weights", _usage, "make, show or take canonical weights (.safetensors)")
    actions = parser.add_subparsers(metavar="make|show|take", required=True)
    make = verb(actions, "make", _make, "draw the initial weights of a spec")
    add_spec(make)
    make.add_argument("--seed", type=int, default=0, help="the seed (default: 0)")
    make.add_argument("-o", "--output", metavar="FILE", help="the file to write (default: the spec's name, in this folder)")
    show = verb(actions, "show", _show, "list the arrays of a weights file")
    show.add_argument("file", metavar="FILE")
    take = verb(actions, "take", _take, "take the weights out of a trained model of a spec")
    take.add_argument("model", metavar="MODEL", help=".keras; .pt2 or a state dict in .safetensors of torch")
    take.add_argument("--spec", dest="spec", required=True, metavar="SPEC", help="the spec that the model was compiled from")
    take.add_argument("-o", "--output", required=True, metavar="FILE", help="the file to write")
    add_reading(take)


def _usage(_: Options) -> int:
    return 2


def _make(options: Options) -> int:
    _require_numpy()
    from modelspec import weights

    spec = load(options.spec, options)
    graph = compiler.elaborate(spec, values(spec, options))
    log("drawing weights ...")
    say(weights.write(options.output or f"{graph.name}.safetensors", weights.initialize(graph, options.seed), graph.name))
    return 0


def _show(options: Options) -> int:
    _require_numpy()
    from modelspec import weights

    arrays = weights.read(options.file)
    width = max((len(key) for key in arrays), default=0)
    for key, array in arrays.items():
        numbers = f"  mean {array.mean():.4g}  std {array.std():.4g}" if array.size and array.dtype.kind == "f" else ""
        say(f"{key.ljust(width)}  {array.dtype}  {list(array.shape)}{numbers}")
    print(f"{len(arrays)} arrays, {sum(array.size for array in arrays.values()):,} numbers")
    return 0


def _take(options: Options) -> int:
    suffix = Path(options.model).suffix
    names = [name for name in plugins.names() if suffix in plugins.describe(name).takes]
    if not names:
        known = ", ".join(sorted({it for name in plugins.names() for it in plugins.describe(name).takes}))
        raise SpecError.of("MS601", f"weights cannot be taken from {options.model}", f"they can from {known}")
    spec = load(options.spec, options)
    graph = compiler.elaborate(spec, values(spec, options))
    engine = plugins.load(names[0])
    from modelspec import weights

    log(f"{names[0]} ...")
    arrays = engine.take_weights(compiler.prepare(graph, engine, BackendOptions()), options.model)
    say(weights.write(options.output, weights.fit(graph, arrays, options.model), graph.name))
    return 0


def _require_numpy() -> None:
    plugins.require({"numpy": "numpy", "safetensors": "safetensors"}, "modelspec weights", "modelspec-compiler[onnx]")
