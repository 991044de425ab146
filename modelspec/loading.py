"""A spec from wherever it is: a file, the name of a shipped one, text, or a document in Python."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelspec import check, files, library
from modelspec.block_files import Folder
from modelspec.diagnostics import SpecError
from modelspec.document import BlockFile, Spec
from modelspec.linking import is_block
from modelspec.source import MAX_BYTES, Source, parse


def load(spec: str | Path | Mapping[str, Any], *, root: str | Path | None = None, with_plugins: bool = True) -> Spec:
    """Return a checked spec from a file, from the name of a shipped one (``"xception"``), or from a document in Python.

    ``root`` is the folder that the block files which the spec uses lie below: the spec's own where not given; a document in
    Python has none. ``with_plugins=False`` allows the layers of the catalogue only, whatever packages are installed.
    Raises SpecError with every finding that needs no parameter values.
    """
    if isinstance(spec, Mapping):
        try:
            text = json.dumps(spec, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise SpecError.of("MS101", f"the document is not JSON: {error}") from None
        folder = None if root is None else Folder(Path(root))
        return check.read(parse(text.encode(), "<document>"), folder, with_plugins=with_plugins)
    return opened(spec, root).spec(with_plugins=with_plugins)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is parsed but not yet checked."""

    source: Source
    folder: Folder | None

    @property
    def is_block(self) -> bool:
        """Whether it is written as a block rather than as a spec."""
        return isinstance(self.source.value, dict) and is_block(self.source.value)

    def spec(self, *, with_plugins: bool = True) -> Spec:
        """Return the spec, or raise SpecError with every finding that needs no parameter values."""
        return check.read(self.source, self.folder, with_plugins=with_plugins)

    def block(self, *, with_plugins: bool = True) -> BlockFile:
        """Return the block, checked as far as it goes without inputs and values, or raise SpecError with every finding."""
        return check.read_block(self.source, self.folder, with_plugins=with_plugins)


def opened(spec: str | Path, root: str | Path | None = None) -> Opened:
    """Return a file, or the shipped spec of that name, parsed; or raise SpecError."""
    path = library.find(spec)
    return parsed(files.read(path, MAX_BYTES), path, root)


def parsed(data: bytes, path: Path, root: str | Path | None = None) -> Opened:
    """Return the text of a file, parsed, or raise SpecError; the file need not be there."""
    return Opened(parse(data, str(path)), _folder(path, root))


def loads(data: bytes, file: str = "<spec>") -> Spec:
    """Return a checked spec from JSON text; ``file`` is what findings call it."""
    return check.read(parse(data, file))


def _is_pipe(path: Path) -> bool:
    """Return whether a path is there and is no file."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _folder(path: Path, root: str | Path | None) -> Folder | None:
    """Return where the block files of a spec are: below the root given, the folder of the shipped specs, or the spec's own.

    A spec that comes through a pipe has none.
    """
    if root is None and _is_pipe(path):
        return None
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links
    if root is None and not absolute.is_relative_to(library.folder()):
        return Folder(path.parent, path.name)
    below = library.folder() if root is None else Path(root)
    try:
        return Folder(below, absolute.relative_to(os.path.abspath(below)).as_posix())  # noqa: PTH100
    except ValueError:
        raise SpecError.of("MS704", f"the root {below} is not above {path}", "the spec lies below the root folder") from None
