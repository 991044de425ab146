"""``modelspec specs``: the shipped specs."""

from __future__ import annotations

import sys
from pathlib import Path

from modelspec import compiler, files, library
from modelspec.cli.arguments import Options, Verbs, say, verb
from modelspec.diagnostics import SpecError


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "specs", _list, "list, show or copy the shipped specs")
    actions = parser.add_subparsers(metavar="list|show|copy")
    verb(actions, "list", _list, "list the shipped specs with their parameters")
    show = verb(actions, "show", _show, "print a shipped spec")
    show.add_argument("name", metavar="NAME")
    copy = verb(actions, "copy", _copy, "copy a shipped spec, to change it")
    copy.add_argument("name", metavar="NAME")
    copy.add_argument("to", nargs="?", metavar="FILE", help="the file to write (default: its name, in this folder)")
    copy.add_argument("--force", action="store_true", help="overwrite a file that is there")


def _list(_: Options) -> int:
    for name in library.names():
        spec = compiler.load(library.shipped(name), with_plugins=False)
        print(f"{name}\n  {spec.description}")
        for key, parameter in spec.parameters.items():
            print(f"  {key} = {parameter.default}  {parameter.description}")
    return 0


def _show(options: Options) -> int:
    sys.stdout.write(library.shipped(options.name).read_text(encoding="utf-8"))
    return 0


def _copy(options: Options) -> int:
    source = library.shipped(options.name)
    to = Path(options.to or source.name)
    if to.is_dir():
        to /= source.name
    if to.exists() and not options.force:
        raise SpecError.of("MS805", f"{to} is there already", "--force overwrites it")
    say(files.write(to, source.read_bytes()))
    return 0
