"""``modelspec layers``: the layer types, those of plug-in packages too, and what each backend makes of them."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass, field
from typing import Any

from modelspec import plugins
from modelspec.backend import Backend
from modelspec.cli.arguments import Options, Verbs, add_no_plugins, say, verb
from modelspec.diagnostics import SpecError
from modelspec.layer_types import LayerTypes, Missing
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer

LOWERED, DECOMPOSED = "a rule of its own", "made of simpler layers"


@dataclass(frozen=True)
class _Entry:
    """A layer type: its family (of the catalogue), its package (a plug-in's), and what is wrong where it cannot be used."""

    name: str
    family: str = ""
    package: str = ""
    summary: str = ""
    backends: dict[str, str] = field(default_factory=dict[str, str])
    wrong: str = ""


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "layers", run, "list the layer types, or show the fields of one")
    parser.add_argument("name", nargs="?", metavar="NAME", help="a layer type (default: all of them)")
    add_no_plugins(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: Options) -> int:
    """Print the list, or one layer."""
    types = LayerTypes(options.plugins)
    backends = {name: plugins.describe(name) for name in plugins.names()}
    if options.name is None:
        offered = plugins.layer_names() if options.plugins else []
        entries = [_entry(name, kind, backends) for name, kind in LAYERS.items()]
        entries += [_offered(name, backends) for name in offered]
        if options.json:
            print(json.dumps({_key(entry): _as_json(entry) for entry in entries}, indent=2))
        else:
            _print(entries)
        return 0
    kind = types.find(options.name)
    if isinstance(kind, Missing):
        raise SpecError.of(kind.code, kind.message, kind.hint)
    _show(_entry(options.name, kind, backends), kind, backends, as_json=options.json)
    return 0


def _show(entry: _Entry, kind: type[Layer], backends: dict[str, Backend], *, as_json: bool) -> None:
    """Print one layer."""
    fields = _fields(kind)
    limits = {name: [limit.reason for limit in backend.limits.get(entry.name, ())] for name, backend in backends.items()}
    if as_json:
        print(json.dumps({**_as_json(entry), "name": entry.name, "fields": fields, "limits": limits}, indent=2))
        return
    say(f"{entry.name}  ({entry.package or entry.family})")
    say(f"  {entry.summary}")
    for key, value in fields.items():
        say(f"  {key}{' = ' + json.dumps(value['default']) if 'default' in value else ''}")
        say(f"      {value['description']}")
    for backend, made in entry.backends.items():
        say(f"  in {backend}: {made}")
        for reason in limits[backend]:
            say(f"      not where {reason}")


def _key(entry: _Entry) -> str:
    """Return the name; with its package where the name is a built-in layer's, which is not replaced."""
    return f"{entry.name} ({entry.package})" if entry.package and entry.name in LAYERS else entry.name


def _print(entries: list[_Entry]) -> None:
    width = max(len(entry.name) for entry in entries)
    shown = None
    for entry in entries:
        group = entry.package or entry.family
        if group != shown:
            say(group)
            shown = group
        say(f"  {entry.name.ljust(width)}  {'cannot be used: ' + entry.wrong if entry.wrong else entry.summary}")


def _offered(name: str, backends: dict[str, Backend]) -> _Entry:
    """Return the entry of a layer that a package offers, which may be unusable."""
    try:
        kind = plugins.layer(name)
    except SpecError as error:
        return _Entry(name, package=plugins.package_of(name), wrong=error.diagnostics[0].message)
    assert kind is not None
    return _entry(name, kind, backends)


def _entry(name: str, kind: type[Layer], backends: dict[str, Backend]) -> _Entry:
    built_in = name in LAYERS
    summary = (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")
    return _Entry(
        name,
        family=kind.__module__.rpartition(".")[2] if built_in else "",
        package="" if built_in else plugins.package_of(name),
        summary=summary,
        backends={key: _made(kind, backend) for key, backend in backends.items()},
    )


def _made(kind: type[Layer], backend: Backend) -> str:
    """Return what a backend makes of a layer."""
    if kind in backend.layers or backend.name in kind.lowerings:
        return LOWERED
    return DECOMPOSED if kind.decompose is not Layer.decompose else backend.lacks.get(kind.__name__, "nothing: it has no rule")


def _as_json(entry: _Entry) -> dict[str, Any]:
    where = {"package": entry.package} if entry.package else {"family": entry.family}
    return {**where, **({"error": entry.wrong} if entry.wrong else {"summary": entry.summary, "backends": entry.backends})}


def _fields(kind: type[Layer]) -> dict[str, dict[str, Any]]:
    """Return the hyperparameters: the default, where there is one, and what it is."""
    from pydantic_core import to_jsonable_python

    from modelspec.documentation import field_docs

    docs = field_docs(kind)
    return {
        info.alias or key: {
            **({} if info.is_required() else {"default": to_jsonable_python(info.get_default())}),
            "description": docs.get(info.alias or key, ""),
        }
        for key, info in kind.model_fields.items()
        if key != "type"
    }
