"""Block files: which names of them are allowed, and how they are opened below one root folder.

A spec may come from anyone, so that a name in it opens nothing but a plain file below the root: no absolute path, no
address, no way up and out, no link of either kind, no device. Folders are opened one by one, each from the one before it
and none through a link, so that nothing which changes meanwhile leads elsewhere.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from modelspec.diagnostics import shown
from modelspec.source import MAX_BYTES

MAX_FILES = 100
"""The most block files that a spec reaches."""
MAX_LENGTH = 500
"""The most characters of a path."""

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_PLAIN = 'write a path such as "blocks/se.json", from the folder of the file that says it'


class Refused(Exception):
    """A block file that is not read: a code, a sentence and a hint."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


@dataclass(frozen=True, slots=True)
class Folder:
    """The root folder that block files are read below, and the name of the spec in it; empty for a document without a file."""

    root: Path
    spec: str = ""

    def read(self, name: str) -> bytes:
        """Return the bytes of a file by its name below the root, or raise Refused (MS107, MS106, MS801)."""
        opened: list[int] = []
        try:
            opened.append(os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
            *folders, file = name.split("/")
            for folder in folders:
                opened.append(self._open(folder, os.O_DIRECTORY, opened[-1], name))
            opened.append(self._open(file, os.O_NONBLOCK, opened[-1], name))
            return _content(opened[-1], name)
        except OSError as error:
            where = "the spec's folder" if self.root == Path() else self.root
            raise Refused("MS801", f"{name} cannot be read: {error.strerror}", f"it is looked for in {where}") from None
        finally:
            for handle in opened:
                os.close(handle)

    def _open(self, part: str, flags: int, folder: int, name: str) -> int:
        if stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode):
            raise Refused(
                "MS107", f'{name} is not read: "{part}" is a symbolic link', "put the file itself below the spec's folder"
            )
        return os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=folder)


def _content(handle: int, name: str) -> bytes:
    """Return what an open file holds, or raise Refused where it is no plain file of allowed size."""
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        raise Refused("MS801", f"{name} cannot be read: it is not a regular file")
    if status.st_nlink != 1:
        raise Refused("MS107", f"{name} is not read: the file has {status.st_nlink} hard links", "copy it, so that it has one")
    with os.fdopen(os.dup(handle), "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Refused("MS106", f"{name} has more than {MAX_BYTES:,} bytes, the most that are read")
    return data


def name_of(used: str, user: str) -> str:
    """Return the name below the root of a file that the file ``user`` uses as ``used``, or raise Refused (MS107)."""

    def refused(why: str, hint: str = _PLAIN) -> Refused:
        return Refused("MS107", f"use is {shown(used)}; {why}", hint)

    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", used) or used.startswith("//"):
        raise refused("block files are never fetched from a network", "save the file below the spec's folder and use that")
    if used.startswith(("/", "\\", "~")) or re.match(r"[A-Za-z]:", used):
        raise refused("a block file has no absolute path")
    if "\\" in used:
        raise refused("folders are separated by /, on every system")
    parts = used.split("/")
    ups = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    folders = user.split("/")[:-1]
    if ups > len(folders):
        raise refused("that leads out of the root folder, the one of the spec", "move the file below it, or name another root")
    if not all(_PART.fullmatch(part) for part in parts[ups:]) or ups == len(parts):
        raise refused("its parts must be ASCII letters, digits, _, - and dots, not beginning with a dot; .. may stand first")
    if len(used) > MAX_LENGTH:
        raise refused(f"it must be at most {MAX_LENGTH} characters")
    if not used.endswith(".json"):
        raise refused("the name of a block file ends in .json")
    return "/".join([*folders[: len(folders) - ups], *parts[ups:]])
