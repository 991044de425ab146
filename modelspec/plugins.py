"""Find what packages add: backends (entry points of ``modelspec.backends``) and layers (``modelspec.layers``)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, get_args

from modelspec.backend import Backend, Runtime, Trainer
from modelspec.diagnostics import SpecError, did_you_mean, listed
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

BACKENDS_GROUP = "modelspec.backends"
LAYERS_GROUP = "modelspec.layers"


@cache
def _entry_points(group: str) -> dict[str, list[EntryPoint]]:
    """Return what is offered in a group by name; a name that several packages offer has several."""
    from importlib.metadata import entry_points  # a tenth of what validate takes to start, which needs none

    found: dict[str, dict[str, EntryPoint]] = {}
    for entry in entry_points(group=group):
        found.setdefault(entry.name, {}).setdefault(entry.value, entry)
    return {name: list(offers.values()) for name, offers in found.items()}


def _only(group: str, name: str, what: str, code: str) -> EntryPoint:
    """Return the one entry point of a name, or raise SpecError where several packages offer it."""
    first, *others = _entry_points(group)[name]
    if others:
        message = f'two packages offer {what} "{name}": {first.value} and {others[0].value}'
        raise SpecError.of(code, message, "uninstall one of them")
    return first


def names() -> list[str]:
    """Return the names of the backends, whether or not what they need is installed."""
    return sorted(_entry_points(BACKENDS_GROUP))


def describe(name: str) -> Backend:
    """Return a backend without asking whether its framework is there; raises SpecError (MS701) for an unknown name."""
    if name not in _entry_points(BACKENDS_GROUP):
        raise SpecError.of("MS701", f'there is no backend "{name}"', did_you_mean(name, names()))
    return _only(BACKENDS_GROUP, name, "a backend", "MS701").load()


def load(name: str) -> Backend:
    """Return a backend that can run here; raises SpecError (MS701, MS702) otherwise."""
    backend = describe(name)
    require(backend.requires, f'the backend "{name}"', backend.extra)
    return backend


def require(modules: Mapping[str, str], what: str, extra: str) -> None:
    """Raise SpecError (MS702) unless every module is installed; ``modules`` maps import names to distributions."""
    missing = [distribution for module, distribution in modules.items() if find_spec(module) is None]
    if missing:
        raise SpecError.of("MS702", f"{what} needs {listed(missing, 'and')}, not installed here", f"pip install '{extra}'")


def runtime(name: str) -> Runtime | None:
    """Return a backend that can run the models that it writes; None for one that cannot."""
    backend = describe(name)
    return backend if isinstance(backend, Runtime) else None


def trainer(name: str) -> Trainer | None:
    """Return a backend that can train the models that it makes; None for one that cannot."""
    backend = describe(name)
    return backend if isinstance(backend, Trainer) else None


def versions(modules: Mapping[str, str]) -> dict[str, str | None]:
    """Return the version of each distribution that has a module; None where it is not installed."""
    return {distribution: _version(distribution) for distribution in modules.values()}


def runs_with(name: str) -> dict[str, str | None]:
    """Return the version of each distribution that a backend runs models with; of those that overwrite one another, the ones
    that are installed, several where they are mixed."""
    found, engine = dict[str, str | None](), runtime(name)
    for module, distribution in engine.runs_with.items() if engine else ():
        assert engine
        offers = {it: version for it in engine.wheels.get(module, ()) if (version := _version(it))}
        found |= offers or {distribution: _version(distribution)}
    return found


def mixed(name: str) -> list[list[str]]:
    """Return the distributions that a backend runs models with and that overwrite one another here, as groups."""
    engine = runtime(name)
    groups = ([it for it in offers if _version(it)] for offers in engine.wheels.values()) if engine else ()
    return [group for group in groups if len(group) > 1]


def _version(distribution: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def layer_names() -> list[str]:
    """Return the names of the layers that packages offer, usable or not."""
    return sorted(_entry_points(LAYERS_GROUP))


def package_of(layer: str) -> str:
    """Return the distribution that offers a layer, with its version; the entry point's value where it has none."""
    first = _entry_points(LAYERS_GROUP)[layer][0]
    return f"{first.dist.name} {first.dist.version}" if first.dist else first.value


def layer(name: str) -> type[Layer] | None:
    """Return the class of a plug-in's layer; None where no package offers it. Raises SpecError (MS705) for a faulty one."""
    if name not in _entry_points(LAYERS_GROUP):
        return None
    entry = _only(LAYERS_GROUP, name, "a layer", "MS705")
    try:
        kind: Any = entry.load()
    except (Exception, SystemExit) as error:
        raise _unusable(name, _brief(error), "mend or uninstall the package") from error
    if wrong := _misfit(name, kind):
        raise _unusable(name, wrong, f"its entry point is {entry.value}")
    return kind


def _unusable(name: str, why: str, hint: str) -> SpecError:
    return SpecError.of("MS705", f'the package {package_of(name)} offers a layer "{name}" that cannot be used: {why}', hint)


def _misfit(name: str, kind: Any) -> str:
    """Return what keeps the value of an entry point from being a layer of that name."""
    if name in LAYERS:
        return "the catalogue has a layer of this name, which is never replaced"
    if not isinstance(kind, type) or not issubclass(kind, Layer):
        return "it is not a subclass of modelspec.layers.base.Layer"
    if kind.__name__ != name:
        return f"its class is called {kind.__name__}; class and entry point have one name"
    declared = kind.model_fields.get("type")
    if declared is None or get_args(declared.annotation) != (name,) or declared.default != name:
        return f'its field "type" must be declared as type: Literal["{name}"] = "{name}"'
    try:
        kind.model_rebuild()
    except Exception as error:  # whatever pydantic cannot make of its fields
        return f"its fields make no model: {_brief(error)}"
    return ""


def _brief(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
