"""The command ``modelspec``: one file a verb; nothing else of the core prints or exits."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

import modelspec
from modelspec.cli.terminal import escape_what_cannot_be_shown, print_error
from modelspec.diagnostics import SpecError, printable

VERBS = (
    "compile", "run", "bench", "verify", "fuzz", "validate", "fmt", "diff", "explain", "summary", "schema", "specs", "layers",
    "weights", "backends", "lsp",
)  # fmt: skip
"""The verbs, each a module here, in the order of the help."""

FINDINGS, USAGE, INTERNAL = 1, 2, 3
_COLLECTIONS = (100_000, 10, 10)
"""How rarely garbage is looked for: most of what a command makes at its start stays to its end."""


def __getattr__(name: str) -> ModuleType:
    """Import a verb when it is asked for: none needs what another does."""
    if name not in VERBS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"modelspec.cli.{name}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0, 1 for findings, 2 for wrong usage, 3 for a fault of modelspec."""
    try:
        return _run(arguments)
    finally:
        if arguments is None:
            gc.freeze()  # what is left ends with the process: looking for garbage in it takes as long as validating a spec


def _run(arguments: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="modelspec", description="Compile one declarative JSON model spec to Keras, PyTorch and ONNX.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"modelspec {modelspec.__version__}")
    verbs = parser.add_subparsers(title="verbs", dest="verb", required=True, metavar="VERB")
    given = sys.argv[1:] if arguments is None else arguments
    if arguments is None:  # the process is the command's own
        gc.set_threshold(*_COLLECTIONS)
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # which it would look for in every installed package
    for name in given[:1] if given[:1] and given[0] in VERBS else VERBS:
        import_module(f"modelspec.cli.{name}").add(verbs)
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison] - a closed one is
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
    escape_what_cannot_be_shown(sys.stdout)
    try:
        options = parser.parse_args(given)
        code: int = options.run(options)
        sys.stdout.flush()
    except SystemExit as exit_:  # argparse's way to say 0 or 2
        return exit_.code if isinstance(exit_.code, int) else USAGE
    except SpecError as error:
        print_error(error, sys.stderr)
        return FINDINGS
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as error:  # files have their own errors; this is the standard output
        print(SpecError.of("MS805", f"the output cannot be written: {error.strerror}"), file=sys.stderr)
        return FINDINGS
    except Exception as error:  # the last line of defence: a user never sees a traceback unasked
        if os.environ.get("MODELSPEC_DEBUG"):
            raise
        print(f"modelspec: internal error: {type(error).__name__}: {printable(str(error))}", file=sys.stderr)
        print("  hint: this is a fault of modelspec; MODELSPEC_DEBUG=1 shows the traceback to report", file=sys.stderr)
        return INTERNAL
    return code
