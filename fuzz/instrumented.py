"""Imports every module of a package, so that what is imported where it is used is instrumented too."""

from __future__ import annotations

import pkgutil
from importlib import import_module

_ENTRY_POINT = "__main__"


def import_all(name: str) -> None:
    """Import a package and all that is in it."""
    package = import_module(name)
    for found in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not found.name.endswith(_ENTRY_POINT):
            import_module(found.name)
