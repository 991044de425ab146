"""The shipped specs: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from modelspec.diagnostics import SpecError, did_you_mean

_PACKAGE = Path(__file__).parent


@cache
def packaged(name: str) -> Path:
    """Return a shipped folder: beside the package in a checkout (``docs/errors``), inside it in a wheel (``errors``)."""
    inside = _PACKAGE / Path(name).name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def folder() -> Path:
    """Return the folder of the shipped specs."""
    return packaged("specs")


def names() -> list[str]:
    """Return the names of the shipped specs: their paths below the folder, without the suffix."""
    return sorted(path.relative_to(folder()).with_suffix("").as_posix() for path in folder().rglob("*.json"))


def shipped(name: str) -> Path:
    """Return the file of a shipped spec, or raise SpecError (MS806)."""
    if name not in names():
        raise SpecError.of("MS806", f'no spec named "{name}" is shipped', did_you_mean(name, names()))
    return folder() / f"{name}.json"


def find(spec: str | Path) -> Path:
    """Return the file that a path or the name of a shipped spec means, or raise SpecError (MS806).

    A file comes first: ``xception.json`` in the working folder is that file, and the shipped spec where there is none.
    """
    path = Path(spec)
    if os.path.exists(path) and not path.is_dir():  # noqa: PTH110 - Path.exists raises for a name that is too long
        return path
    name = path.with_suffix("").as_posix() if path.suffix == ".json" else str(spec)
    if name in names():
        return shipped(name)
    raise SpecError.of("MS806", f"there is no file {path} and no shipped spec of that name", did_you_mean(name, names()))
