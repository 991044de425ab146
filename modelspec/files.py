"""Read what a user names, and write files whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import contextmanager
from io import BufferedReader, BufferedWriter
from pathlib import Path

from modelspec.diagnostics import SpecError, listed

Chunk = bytes | memoryview
"""A part of what is written."""
_SYNCHRONISED_AFTER = 1 << 23
"""How many bytes are written before the disk is told to keep them."""


def read(path: str | Path, limit: int | None = None) -> bytes:
    """Return a file's bytes (one more than ``limit`` at most), or raise SpecError (MS801).

    Without a limit, the file must be a regular one: a device may never end.
    """
    try:
        with opened(path) if limit is None else Path(path).open("rb") as file:
            return file.read() if limit is None else file.read(limit + 1)
    except OSError as error:
        raise SpecError.of("MS801", f"{path} cannot be read: {error.strerror}") from error


def opened(path: str | Path) -> BufferedReader:
    """Return a regular file, open to be read, or raise SpecError (MS801)."""
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise SpecError.of("MS801", f"{path} cannot be read: it is not a regular file")
        return Path(path).open("rb")
    except OSError as error:
        raise SpecError.of("MS801", f"{path} cannot be read: {error.strerror}") from error


def read_at_most(path: str | Path, most: int, folder: str | Path = "") -> bytes:
    """Return the bytes of a regular file, or raise SpecError (MS801), also for a larger one, of which nothing is read."""
    whole = Path(folder, path)
    try:
        size = whole.stat().st_size
        if not whole.is_file():
            raise SpecError.of("MS801", f"{path} cannot be read: it is not a regular file")
        if size > most:
            raise SpecError.of("MS801", f"{path} cannot be read: it has {size:,} bytes, and at most {most:,} are read")
        return whole.read_bytes()
    except OSError as error:
        raise SpecError.of("MS801", f"{path} cannot be read: {error.strerror}") from error


def expect(path: str | Path, suffixes: Collection[str], what: str) -> None:
    """Raise SpecError where a file could not be written: MS704 for its suffix, MS805 for its folder; ``what`` it would be."""
    if Path(path).suffix not in suffixes:
        message = f"the {what} {path} does not end in {listed(list(suffixes))}"
        raise SpecError.of("MS704", message, "the suffix says how it is written")
    if not (folder := Path(path).parent).is_dir():
        raise SpecError.of("MS805", f"{path} cannot be written: there is no folder {folder}", "make the folder first")


def write(path: str | Path, content: bytes | Iterable[Chunk] | Callable[[Path], object], *, keep_mode: bool = False) -> Path:
    """Write a file so that a kill at any moment leaves the old file or the new one, or raise SpecError (MS805).

    ``content`` is the bytes, or chunks of them that are made one after the other, or a function that writes to the path that
    it is given (with the same suffix). ``keep_mode`` leaves the permissions of a file that is there as they are.
    """
    import tempfile

    path = Path(path)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent or ".", prefix=f".{path.name[:40]}.", suffix=path.suffix)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                if isinstance(content, bytes):
                    file.write(content)
                elif not callable(content):
                    _stream(file, content)
            if callable(content):
                content(temporary)
            _finish(temporary, path, path.stat().st_mode if keep_mode else None)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SpecError.of(
            "MS805", f"{path} cannot be written: {error.strerror}", "" if path.parent.is_dir() else "make the folder first"
        ) from error
    return path


def _stream(file: BufferedWriter, chunks: Iterable[Chunk]) -> None:
    """Write chunks; the disk gets those that are written while the next ones are made."""
    waiting = 0
    with _synchronised(file.fileno()) as synchronise:
        for chunk in chunks:
            file.write(chunk)
            waiting += len(chunk)
            if waiting >= _SYNCHRONISED_AFTER:
                waiting = 0
                file.flush()
                synchronise()


@contextmanager
def _synchronised(handle: int) -> Generator[Callable[[], None]]:
    """Yield what has a file synchronised with the disk, beside what is done meanwhile."""
    from threading import Event, Thread

    due, over, failures = Event(), Event(), list[OSError]()

    def run() -> None:
        while due.wait() and not over.is_set():
            due.clear()
            try:
                os.fsync(handle)
            except OSError as error:
                failures.append(error)

    thread = Thread(target=run)
    thread.start()
    try:
        yield due.set
    finally:
        over.set()
        due.set()
        thread.join()
    if failures:
        raise failures[0]


def _finish(temporary: Path, path: Path, mode: int | None) -> None:
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    if mode is None:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    temporary.chmod(mode & 0o777)
    temporary.replace(path)
    folder = os.open(path.parent or ".", os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
