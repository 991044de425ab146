"""Many photos through a model: decoded while it runs, a batch at a time, a row each; what cannot be read is a row, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from modelspec import feeds, files
from modelspec.backend import Session
from modelspec.diagnostics import SpecError
from modelspec.tables import Row
from modelspec.tensors import Symbol
from modelspec.weights import Array


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
