"""``modelspec backends``: what is installed, and how to get what is not."""

from __future__ import annotations

import json
from collections.abc import Mapping

from modelspec import plugins
from modelspec.cli.arguments import Options, Verbs, verb
from modelspec.diagnostics import listed


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "backends", run, "list the backends, their versions, and how to install them")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: Options) -> int:
    """Print the backends; nothing of theirs is imported."""
    found = {name: plugins.describe(name) for name in plugins.names()}
    versions = {name: plugins.versions(backend.requires) for name, backend in found.items()}
    runs = {name: plugins.runs_with(name) for name in found if plugins.runtime(name)}
    if options.json:
        table = {
            name: {
                "installed": None not in versions[name].values(),
                "versions": versions[name],
                "runs_with": runs.get(name, {}),
                "mixed": plugins.mixed(name),
                "install": _hint(backend.extra),
            }
            for name, backend in found.items()
        }
        print(json.dumps(table, indent=2))
        return 0
    for name, backend in found.items():
        missing = [distribution for distribution, version in versions[name].items() if version is None]
        print(f"{name:8}{'installed' if not missing else 'missing'}  {_listed(versions[name])}")
        if missing:
            print(f"        needs {', '.join(missing)}: {_hint(backend.extra)}")
        if name in runs:
            print(f"        runs models with {_listed(runs[name]) or 'nothing that is installed: ' + _hint(backend.extra)}")
        for group in plugins.mixed(name):
            print(f"        {listed(group, 'and')} overwrite one another: pip uninstall {' '.join(group)}, then install one")
    return 0


def _listed(versions: Mapping[str, str | None]) -> str:
    return ", ".join(f"{distribution} {version}" for distribution, version in versions.items() if version)


def _hint(extra: str) -> str:
    return f"pip install '{extra}'"
