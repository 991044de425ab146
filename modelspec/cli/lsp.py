"""``modelspec lsp``: the language server, for editors."""

from __future__ import annotations

from modelspec.cli.arguments import Options, Verbs, add_no_plugins, verb
from modelspec.diagnostics import SpecError
from modelspec.validation import Checks


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "lsp", run, "serve an editor over the standard input and output (LSP)")
    parser.add_argument("--backend", action="append", default=[], metavar="NAME", help="report what this backend cannot do")
    add_no_plugins(parser)


def run(options: Options) -> int:
    """Serve until the editor leaves."""
    try:
        from modelspec.language.server import serve
    except ImportError as error:
        hint = "pip install 'modelspec-compiler[lsp]'"
        raise SpecError.of("MS702", f"the language server needs pygls: {error}", hint) from error
    serve(Checks(backends=options.backend, with_plugins=options.plugins)).start_io()
    return 0
