"""Find the backends that are installed: entry points of the group ``modelspec.backends``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from modelspec.backend import Backend, Runtime
from modelspec.diagnostics import SpecError, did_you_mean, listed

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "modelspec.backends"


@cache
def _entry_points() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # a tenth of what validate takes to start, which needs none

    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        if entry.name in found and found[entry.name].value != entry.value:
            raise SpecError.of(
                "MS701",
                f'two packages offer a backend "{entry.name}": {found[entry.name].value} and {entry.value}',
                "uninstall one of them",
            )
        found[entry.name] = entry
    return found


def names() -> list[str]:
    """Return the names of the backends, whether or not what they need is installed."""
    return sorted(_entry_points())


def describe(name: str) -> Backend:
    """Return a backend without asking whether its framework is there; raises SpecError (MS701) for an unknown name."""
    if name not in _entry_points():
        raise SpecError.of("MS701", f'there is no backend "{name}"', did_you_mean(name, names()))
    return _entry_points()[name].load()


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


def versions(modules: Mapping[str, str]) -> dict[str, str | None]:
    """Return the version of each distribution that has a module; None where it is not installed."""
    return {distribution: _version(distribution) for distribution in modules.values()}


def _version(distribution: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
