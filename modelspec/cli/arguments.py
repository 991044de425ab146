"""Arguments that several verbs take, and the log on stderr."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from modelspec import loading
from modelspec.diagnostics import SpecError, printable
from modelspec.document import Spec
from modelspec.source import parse

if TYPE_CHECKING:
    from modelspec.backend import Tuning
    from modelspec.graph import Graph
    from modelspec.weights import Arrays

Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # pyright: ignore[reportPrivateUsage]
Options = argparse.Namespace


def verb(verbs: Verbs, name: str, run: Callable[[Options], int], text: str) -> argparse.ArgumentParser:
    """Add a verb that ``run`` carries out."""
    parser = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
    parser.set_defaults(run=run)
    return parser


def add_spec(parser: argparse.ArgumentParser, *, nargs: str | None = None) -> None:
    """Add the spec, and how it is read."""
    parser.add_argument("spec", nargs=nargs, metavar="SPEC", help="a file, or the name of a shipped spec")
    add_reading(parser)


def add_reading(parser: argparse.ArgumentParser, *, param_set: bool = True) -> None:
    """Add how a spec is read: ``--param``, ``--param-set``, ``--root`` and ``--no-plugins``."""
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        type=_parameter,
        help="a parameter; the value is JSON or a string",
    )
    if param_set:
        parser.add_argument("--param-set", metavar="NAME", help="a parameter set of the spec; --param goes before it")
    parser.add_argument(
        "--root", metavar="FOLDER", help="the folder that block files lie below (default: the folder of the spec)"
    )
    add_no_plugins(parser)


def add_no_plugins(parser: argparse.ArgumentParser) -> None:
    """Add ``--no-plugins``."""
    parser.add_argument(
        "--no-plugins",
        dest="plugins",
        action="store_false",
        help="allow the layers of the catalogue only, whatever packages are installed",
    )


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Add where the weights come from."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--weights", metavar="FILE", help="canonical weights (.safetensors)")
    source.add_argument("--seed", type=int, default=0, help="the seed of the initial weights (default: 0)")


def add_tuning(parser: argparse.ArgumentParser, *, cuda_graph: bool = False) -> None:
    """Add where models run, and how: ``--provider`` and the fields of a tuning; ``--threads`` is the verb's own."""
    group = parser.add_argument_group(
        "where models run", "No other provider is used in the place of one, and what a provider does not have is refused."
    )
    group.add_argument(
        "--provider", default="cpu", metavar="NAME", help="cpu, cuda, tensorrt, openvino, coreml or directml (default: cpu)"
    )
    group.add_argument("--device", dest="device_id", type=int, default=0, metavar="N", help="which GPU (default: 0)")
    for flag, field, text in (
        ("--tf32", "tf32", "let factors of products be rounded to 10 bits of mantissa"),
        ("--fp16", "fp16", "let the provider compute in float16"),
        ("--nhwc", "prefer_nhwc", "run convolutions with channels last"),
        *([("--cuda-graph", "cuda_graph", "replay runs of a shape as a CUDA graph")] if cuda_graph else []),
        ("--fallback", "fallback", "let layers that the provider lacks run on the CPU"),
    ):
        group.add_argument(flag, dest=field, action="store_true", help=text)
    group.add_argument("--arena", dest="arena_mib", type=count, metavar="MIB", help="the most memory of its allocator")


def tuning(options: Options, threads: int | None = None) -> Tuning:
    """Return what the options of ``add_tuning`` say."""
    from modelspec.backend import Tuning

    return Tuning(
        device_id=options.device_id,
        threads=threads,
        fp16=options.fp16,
        tf32=options.tf32,
        prefer_nhwc=options.prefer_nhwc,
        cuda_graph=getattr(options, "cuda_graph", False),
        arena_mib=options.arena_mib,
        fallback=options.fallback,
    )


def add_io_layout(parser: argparse.ArgumentParser) -> None:
    """Add ``--io-layout``."""
    parser.add_argument(
        "--io-layout",
        choices=("spec", "channels_first", "channels_last"),
        default="spec",
        help="the layout of image inputs and outputs (default: the spec's own)",
    )


def load(spec: str, options: Options) -> Spec:
    """Return a spec, read as the options say."""
    return loading.load(spec, root=options.root, with_plugins=options.plugins)


def parameters(options: Options) -> dict[str, Any]:
    """Return the values given with ``--param``."""
    return dict(options.param)


def values(spec: Spec, options: Options) -> dict[str, Any]:
    """Return the values of the parameter set that is named, and in their place those given with ``--param``."""
    return {**spec.parameter_set(options.param_set), **parameters(options)}


def refuse_spec_options(options: Options) -> None:
    """Raise SpecError (MS704) for options that say how a spec is compiled, where a compiled model is given."""
    if options.param or options.param_set or options.weights or options.seed:
        names = "--param, --param-set, --weights and --seed"
        raise SpecError.of("MS704", f"{names} go with a spec; this model is compiled", "give the spec")


def given_weights(graph: Graph, options: Options) -> Arrays | None:
    """Return the weights of the file that ``--weights`` names, or None without it; raises SpecError where they do not fit."""
    if not options.weights:
        return None
    from modelspec import weights

    return weights.fit(graph, weights.read(options.weights), options.weights)


def _parameter(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{printable(text)} is not NAME=VALUE")
    try:
        return name, parse(value.encode(errors="surrogateescape"), "--param").value
    except SpecError as error:
        if error.diagnostics[0].code == "MS103" and not value.lstrip().startswith(("[", "{", '"')):
            return name, value
        raise argparse.ArgumentTypeError(printable(f"{name}: {error.diagnostics[0].message}")) from error


def count(text: str) -> int:
    """Return a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{printable(text)} is not a number of at least 1")
    return int(text)


def say(text: object) -> None:
    """Print a line of results; nothing in it can act on a terminal or a CI log."""
    print(printable(str(text)))


def log(message: str) -> None:
    """Write progress to stderr, where a person reads it."""
    if sys.stderr.isatty():
        print(printable(f"modelspec: {message}"), file=sys.stderr, flush=True)
