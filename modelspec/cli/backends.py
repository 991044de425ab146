"""``modelspec backends``: what is installed, and how to get what is not."""

from __future__ import annotations

import json

from modelspec import plugins
from modelspec.cli.arguments import Options, Verbs, verb


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "backends", run, "list the backends, their versions, and how to install them")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: Options) -> int:
    """Print the backends; nothing of theirs is imported."""
    found = {name: plugins.describe(name) for name in plugins.names()}
    versions = {name: plugins.versions(backend) for name, backend in found.items()}
    if options.json:
        table = {
            name: {
                "installed": None not in versions[name].values(),
                "versions": versions[name],
                "install": _hint(backend.extra),
            }
            for name, backend in found.items()
        }
        print(json.dumps(table, indent=2))
        return 0
    for name, backend in found.items():
        missing = [distribution for distribution, version in versions[name].items() if version is None]
        have = ", ".join(f"{distribution} {version}" for distribution, version in versions[name].items() if version)
        print(f"{name:8}{'installed' if not missing else 'missing'}  {have}")
        if missing:
            print(f"        needs {', '.join(missing)}: {_hint(backend.extra)}")
    return 0


def _hint(extra: str) -> str:
    return f"pip install '{extra}'"
