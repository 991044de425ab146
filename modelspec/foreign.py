"""Models from elsewhere: files that modelspec did not need to write, run by the backend that runs its own."""

from __future__ import annotations

from pathlib import Path

from modelspec import files, plugins
from modelspec.backend import PLAIN, Runtime, Session, Tuning

BACKEND = "onnx"
"""The backend that runs them."""
SUFFIX = ".onnx"
BESIDE = ".data"
"""What stands after the name of a model's file in that of the file with its weights."""
MAX_BYTES = 2**31 - 1
"""What one file holds at most; of a larger one nothing is read."""


def is_model(path: str | Path) -> bool:
    """Return whether a name is that of a model's file, and no spec's."""
    return Path(path).suffix.lower() == SUFFIX


def runtime(what: str) -> Runtime:
    """Return what runs models, or raise SpecError (MS702) where it is not installed; ``what`` needs it."""
    plugins.load(BACKEND)
    found = plugins.runtime(BACKEND)
    assert found is not None
    plugins.require(found.runs_with, what, "modelspec-compiler[cpu]")
    return found


def opened(path: str, provider: str, folder: str = "", tuning: Tuning = PLAIN) -> Session:
    """Return a session of a file on a provider, or raise SpecError (MS702, MS801, MS804, MS807).

    ``folder`` is what the path is relative to, where that is not the working folder; findings name the path alone.
    """
    content = files.read_at_most(path, MAX_BYTES, folder)
    return runtime("an .onnx file").open(content, provider, path, tuning, beside(Path(folder, path)))


def beside(path: str | Path) -> Path:
    """Return the one file that a model's file may keep weights in: the one that ``compile`` writes beside a large one."""
    return Path(f"{path}{BESIDE}")
