"""Files of rows, one for each photo: rows are appended to them, or to a working file that they are made of at the end."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any

from modelspec import files, plugins
from modelspec.diagnostics import SpecError

GROWING = (".csv", ".jsonl")
"""The suffixes of files that rows are appended to."""
TABLES = (*GROWING, ".json", ".parquet")
"""The suffixes of all; the others are made at the end."""
WORKING = ".jsonl"
"""What stands after the name of a file that is made at the end in that of its working file."""
AT_ONCE = 10_000
"""The rows that are in memory while a file is made."""


@dataclass(frozen=True)
class Row:
    """What a model says of a photo, or why it says nothing."""

    photo: str
    error: str = ""
    top: tuple[tuple[int, float], ...] = ()
    """The classes of the highest scores, highest first; the one score of a model with one output is that of class 0."""


def labels(path: str | None) -> Sequence[str]:
    """Return the names of classes in a file, a line each; none without a file."""
    return files.read(path).decode(errors="replace").splitlines() if path else ()


class Table:
    """A file of rows that grows by a batch: it can be gone on with, whatever ended the run before."""

    def __init__(self, path: str, top: int, names: Sequence[str], *, resume: bool) -> None:
        """Raises SpecError: MS702 where what writes the file is not installed; MS704 for another suffix; MS805 where there is
        no folder for it, and for a file there is, unless it is to be gone on with and can be."""
        files.expect(path, TABLES, "output")
        self._path, self._top, self._names = Path(path), top, names
        self._is_made = self._path.suffix not in GROWING
        self._grows = Path(f"{path}{WORKING}") if self._is_made else self._path
        if self._path.suffix == ".parquet":
            plugins.require({"pyarrow": "pyarrow"}, "a .parquet file", "modelspec-compiler[parquet]")
        self._refuse_what_is_there(resume)
        self._whole = self._cut() if self._grows.exists() else ""
        if self._whole and self._has_other_columns():
            raise SpecError.of(
                "MS805", f"{self._grows} has other columns than this run", "give --top and --labels as they were"
            )

    def _refuse_what_is_there(self, resume: bool) -> None:
        there = next((it for it in (self._grows, self._path) if it.exists()), None)
        if there and not resume:
            raise SpecError.of("MS805", f"{there} is there already", "go on with it (--resume), or remove it")
        if there and there == self._path and self._is_made:
            message = f"{there} is finished, and nothing can be added to a {there.suffix} file"
            raise SpecError.of("MS805", message, f"remove it, or write {GROWING[1]}, which can be gone on with at any time")

    def _cut(self) -> str:
        """Return the whole lines of the file, and take away a last one that was not written to its end."""
        text = files.read(self._grows)
        whole = text[: text.rfind(b"\n") + 1]
        if whole != text:
            files.write(self._grows, whole, keep_mode=True)
        return whole.decode(errors="replace")

    @property
    def columns(self) -> Sequence[str]:
        """The names of the columns, where there are some: ``photo``, ``error``, and those of each of the best classes."""
        of_class = ("class", *(("label",) if self._names else ()), "score")
        return ["photo", "error", *(f"{what}_{at}" for at in range(1, self._top + 1) for what in of_class)]

    def _has_other_columns(self) -> bool:
        if self._grows.suffix == ".csv":
            return next(csv.reader([self._whole.splitlines()[0]])) != self.columns
        best = next((row["top"] for line in self._whole.splitlines() if (row := json.loads(line))["top"]), None)
        return best is not None and (len(best) > self._top or ("label" in best[0]) != bool(self._names))

    @property
    def photos(self) -> set[str]:
        """The photos that have their row."""
        if self._grows.suffix == ".csv":
            return {row[0] for row in list(csv.reader(io.StringIO(self._whole)))[1:] if row}
        return {json.loads(line)["photo"] for line in self._whole.splitlines() if line}

    def add(self, found: Sequence[Row]) -> None:
        """Write rows; raises SpecError (MS805)."""
        buffer = io.StringIO()
        if self._grows.suffix == ".csv":
            writer = csv.writer(buffer, lineterminator="\n")
            writer.writerows([] if self._whole else [self.columns])
            writer.writerows(self._cells(row) for row in found)
        else:
            buffer.writelines(json.dumps(self._object(row)) + "\n" for row in found)
        self._whole = self._whole or " "
        try:
            with self._grows.open("a", encoding="utf-8", newline="") as file:
                file.write(buffer.getvalue())
        except OSError as error:
            raise SpecError.of("MS805", f"{self._grows} cannot be written: {error.strerror}") from error

    def finish(self) -> None:
        """Make the file of its working file, which is removed then; raises SpecError (MS805)."""
        if self._is_made:
            files.write(self._path, self._as_parquet if self._path.suffix == ".parquet" else self._as_json)
            self._grows.unlink()

    def _as_json(self, path: Path) -> None:
        with self._grows.open(encoding="utf-8") as lines, path.open("w", encoding="utf-8") as file:
            for at, line in enumerate(lines):
                file.write(f"{',' if at else '['}\n{line.rstrip()}")
            file.write("\n]\n")

    def _as_parquet(self, path: Path) -> None:
        pyarrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
        types: Mapping[str, Any] = {"class": pyarrow.int64(), "score": pyarrow.float64()}
        kinds = [(name, types.get(name.partition("_")[0], pyarrow.string())) for name in self.columns]
        schema = pyarrow.schema(kinds)
        with self._grows.open(encoding="utf-8") as lines, parquet.ParquetWriter(path, schema) as writer:
            while part := [_flat(json.loads(line)) for line in islice(lines, AT_ONCE)]:
                writer.write_table(pyarrow.Table.from_pylist(part, schema))

    def _label(self, index: int) -> str:
        return self._names[index] if index < len(self._names) else ""

    def _cells(self, row: Row) -> Sequence[object]:
        cells: list[object] = [row.photo, row.error]
        for index, score in row.top:
            cells += [index, self._label(index), score] if self._names else [index, score]
        return cells + [""] * (len(self.columns) - len(cells))

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


def _flat(row: Mapping[str, Any]) -> dict[str, object]:
    """Return a row of a working file by columns."""
    best = {f"{what}_{at}": value for at, it in enumerate(row["top"], 1) for what, value in it.items()}
    return {"photo": row["photo"], "error": row["error"], **best}
