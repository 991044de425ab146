"""Many photos through a model: decoded while it runs, a batch at a time, a row each; what cannot be read is a row, too."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from modelspec import feeds, files
from modelspec.backend import Session
from modelspec.diagnostics import SpecError
from modelspec.tensors import Symbol
from modelspec.weights import Array

TABLES = (".csv", ".jsonl")
"""The suffixes of the files that rows are written to."""


@dataclass(frozen=True)
class Row:
    """What a model says of a photo, or why it says nothing."""

    photo: str
    error: str = ""
    top: tuple[tuple[int, float], ...] = ()
    """The classes of the highest scores, highest first; the one score of a model with one output is that of class 0."""


def rows(session: Session, folder: str, names: Sequence[str], *, batch: int, threads: int, top: int) -> Iterator[list[Row]]:
    """Yield the rows of photos in their order, a batch of them at a time; no more than two batches are in memory.

    Raises SpecError (MS803) for a model that takes anything but one photo, or whose first output is no vector of scores.
    """
    ((name, kind), *others) = session.inputs.items()
    if others:
        raise SpecError.of(
            "MS803", f"the model takes {1 + len(others)} inputs; a folder gives one, a photo", "run them one by one"
        )
    fixed = session.batches[name]
    size = fixed or (1 if any(isinstance(dim, Symbol) for dim in kind.shape) else batch)

    def read(photo: str) -> Array | str:
        try:
            return feeds.photo(files.read(Path(folder) / photo), photo, name, kind)
        except SpecError as error:
            if error.diagnostics[0].code == "MS803":  # the model takes no photo at all
                raise
            return error.diagnostics[0].message

    parts = [names[at : at + size] for at in range(0, len(names), size)]
    with ThreadPoolExecutor(threads) as pool:
        begun = [pool.submit(read, photo) for photo in parts[0]] if parts else []
        for at, part in enumerate(parts):
            read_, begun = begun, [pool.submit(read, photo) for photo in (parts[at + 1] if at + 1 < len(parts) else ())]
            yield _answered(session, name, part, [it.result() for it in read_], fixed, top)


def _answered(
    session: Session, name: str, photos: Sequence[str], read: Sequence[Array | str], fixed: int | None, top: int
) -> list[Row]:
    arrays = [it for it in read if not isinstance(it, str)]
    scores: Iterator[Array] = iter(())
    if arrays:
        filled = arrays + [arrays[-1]] * (fixed - len(arrays) if fixed else 0)
        made = session.run(session.outputs[:1], {name: np.concatenate(filled)})[0]
        if made.ndim != 2:
            raise SpecError.of("MS803", f"the output is {list(made.shape)}, and rows hold scores of classes", "run one photo")
        scores = iter(made)
    return [
        Row(photo, error=it) if isinstance(it, str) else Row(photo, top=best(next(scores), top))
        for photo, it in zip(photos, read, strict=True)
    ]


def best(scores: Array, top: int) -> tuple[tuple[int, float], ...]:
    """Return the highest scores and their classes, highest first."""
    order = scores.argsort(kind="stable")[::-1][:top]
    return tuple((int(index), float(scores[index])) for index in order)


def labels(path: str | None) -> Sequence[str]:
    """Return the names of classes in a file, a line each; none without a file."""
    return files.read(path).decode(errors="replace").splitlines() if path else ()


class Table:
    """A file of rows that grows by a batch: it can be gone on with, whatever ended the run before."""

    def __init__(self, path: str, top: int, names: Sequence[str], *, resume: bool) -> None:
        """Raises SpecError: MS704 for another suffix; MS805 where there is no folder for it, and for a file there is, unless
        it is to be gone on with."""
        self.path, self._top, self._names = Path(path), top, names
        files.expect(path, TABLES, "output")
        if not resume and self.path.exists():
            raise SpecError.of("MS805", f"{path} is there already", "go on with it (--resume), or remove it")
        self._whole = self._cut() if self.path.exists() else ""
        head = [f"{what}_{at}" for at in range(1, top + 1) for what in ("class", *(("label",) if names else ()), "score")]
        self._head = ["photo", "error", *head]
        if self._whole and self.path.suffix == ".csv" and next(csv.reader([self._whole.splitlines()[0]])) != self._head:
            raise SpecError.of("MS805", f"{path} has other columns than this run", "give --top and --labels as they were")

    def _cut(self) -> str:
        """Return the whole lines of the file, and take away a last one that was not written to its end."""
        text = files.read(self.path)
        whole = text[: text.rfind(b"\n") + 1]
        if whole != text:
            files.write(self.path, whole, keep_mode=True)
        return whole.decode(errors="replace")

    @property
    def photos(self) -> set[str]:
        """The photos that have their row."""
        if self.path.suffix == ".csv":
            return {row[0] for row in list(csv.reader(io.StringIO(self._whole)))[1:] if row}
        return {json.loads(line)["photo"] for line in self._whole.splitlines() if line}

    def add(self, found: Sequence[Row]) -> None:
        """Write rows; raises SpecError (MS805)."""
        buffer = io.StringIO()
        if self.path.suffix == ".csv":
            writer = csv.writer(buffer, lineterminator="\n")
            writer.writerows([] if self._whole else [self._head])
            writer.writerows(self._cells(row) for row in found)
        else:
            buffer.writelines(json.dumps(self._object(row)) + "\n" for row in found)
        self._whole = self._whole or " "
        try:
            with self.path.open("a", encoding="utf-8", newline="") as file:
                file.write(buffer.getvalue())
        except OSError as error:
            raise SpecError.of("MS805", f"{self.path} cannot be written: {error.strerror}") from error

    def _label(self, index: int) -> str:
        return self._names[index] if index < len(self._names) else ""

    def _cells(self, row: Row) -> list[object]:
        cells: list[object] = [row.photo, row.error]
        for index, score in row.top:
            cells += [index, self._label(index), score] if self._names else [index, score]
        return cells + [""] * (len(self._head) - len(cells))

    def _object(self, row: Row) -> Mapping[str, object]:
        named = [
            {
                "class": index,
                **({"label": self._label(index)} if self._names else {}),
                "score": score if isfinite(score) else None,
            }
            for index, score in row.top
        ]
        return {"photo": row.photo, "error": row.error or None, "top": named}
