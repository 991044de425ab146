"""``modelspec verify MODEL.onnx --against OTHER.onnx``: is a file still the same model?"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec import foreign, plugins
from modelspec.cli.arguments import Options, tuning
from modelspec.diagnostics import Diagnostic, SpecError, listed, printable

if TYPE_CHECKING:
    from modelspec.tensors import TensorType
    from modelspec.verify import Probe, Verification
    from modelspec.verify.verifier import Progress

OF_SPECS: Mapping[str, str] = {
    "param": "--param",
    "param_set": "--param-set",
    "root": "--root",
    "weights": "--weights",
    "backends": "--backends",
    "allow_skipped": "--allow-skipped",
    "dtype": "--dtype",
    "train": "--train",
    "optimize": "-O",
    "reproducer": "--reproducer",
}
"""Options that say something of a spec, by where they stand: a file has no parameters, layers or other backends."""
TRAINED: Mapping[str, str] = {".keras": "Keras", ".h5": "Keras", ".pt2": "PyTorch", ".pt": "PyTorch", ".pth": "PyTorch"}
"""The suffixes of models that are never loaded, as that may run what is written in them."""


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "--against", metavar="FILE", help="hold an .onnx file, in the place of the spec, against this one: what do both return?"
    )
    parser.add_argument(
        "--tolerance",
        type=_tolerance,
        metavar="X",
        help="how far each output may be from that of --against: L2 norm of the difference over that of the values"
        " (default: what rounding makes: 1e-4, or 5e-3 for float16, and less where an output hardly depends on the input;"
        " whole numbers are the same)",
    )


def is_meant(options: Options) -> bool:
    """Return whether files are compared; raises SpecError (MS704) for one file alone, and for what is no file to compare."""
    if options.against is None and not _is_compiled(options.spec):
        if options.tolerance is None:
            return False
        raise SpecError.of("MS704", "--tolerance goes with --against", "a spec is held to the gates of docs/conformance.md")
    findings = [*_unfit(options), *_of_specs(options)]
    if findings:
        raise SpecError(findings)
    return True


def verified(options: Options, progress: Progress | None) -> Verification:
    """Return how far the outputs of a file are from those of another."""
    from modelspec.verify.foreign import FileVerifier

    def read(inputs: Mapping[str, TensorType]) -> list[Probe]:
        return given(inputs, options.input)

    with FileVerifier(options.provider, tuning(options)) as verifier:
        return verifier.verify(
            options.spec,
            options.against,
            inputs=read if options.input else None,
            seed=options.seed,
            tolerance=options.tolerance,
            progress=progress,
        )


def given(inputs: Mapping[str, TensorType], files: Sequence[str]) -> list[Probe]:
    """Return the batch that files hold."""
    from modelspec import feeds
    from modelspec.verify import Probe

    arrays, examples = feeds.batch(inputs, files)
    numbers = tuple(f"{number}" for number in range(len(next(iter(arrays.values())))))
    return [Probe(", ".join(files), examples or numbers, arrays)]


def _is_compiled(name: str) -> bool:
    return foreign.is_model(name) or Path(name).suffix.lower() in TRAINED


def _unfit(options: Options) -> list[Diagnostic]:
    """Return what is wrong with the files, without a look into them."""
    found = [_trained(name) for name in (options.spec, options.against) if name and Path(name).suffix.lower() in TRAINED]
    if found:
        return found
    if options.against is None:
        hint = "give the file that it is held against: --against OTHER.onnx"
        return [Diagnostic("MS704", f"{options.spec} is a compiled model, and no spec", hint)]
    for what, name in (("", options.spec), ("--against ", options.against)):
        if not foreign.is_model(name):
            message = f"{what}{name} is not an .onnx file: --against holds one against another"
            found.append(Diagnostic("MS704", message, "modelspec compile SPEC --backend onnx makes one of a spec"))
    one, two = Path(options.spec), Path(options.against)
    if not found and one.exists() and two.exists() and one.samefile(two):
        found.append(Diagnostic("MS704", f"{options.spec} and --against {options.against} are the same file"))
    return found


def _trained(name: str) -> Diagnostic:
    suffix = Path(name).suffix.lower()
    taken = any(suffix in plugins.describe(it).takes for it in plugins.names())
    take = f"modelspec weights take {name} --spec SPEC -o w.safetensors, then modelspec verify SPEC --weights w.safetensors"
    return Diagnostic(
        "MS704",
        f"{name} is a model of {TRAINED[suffix]}, which is never loaded: that may run what is written in it",
        take if taken else f"where you trust it, export it to {foreign.SUFFIX}",
    )


def _of_specs(options: Options) -> list[Diagnostic]:
    given_ = [flag for name, flag in OF_SPECS.items() if getattr(options, name, None)]
    if not given_:
        return []
    verb = "goes" if len(given_) == 1 else "go"
    return [Diagnostic("MS704", f"{listed(given_, 'and')} {verb} with a spec; files are compared as they are")]


def _tolerance(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{printable(text)} is not a number of at least 0")
    return value
