"""Inputs by the batch, read from photos, folders and arrays as they are needed: to calibrate on, and to hold out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from modelspec import feeds
from modelspec.tensors import TensorType
from modelspec.weights import Array

Batch = Callable[[], dict[str, Array]]
"""Reads one."""

ROWS = 16
"""How many examples of an array are a batch."""
HELD_OUT = 5
"""One batch in so many is held out."""


def batches(types: Mapping[str, TensorType], given: Sequence[str]) -> list[Batch]:
    """Return batches of inputs: a photo is one, and so are some rows of an array, or of one for each input (``NAME=FILE``).

    A folder stands for the photos and arrays below it, by name. Raises SpecError (MS801, MS803) for what cannot be read.
    """
    if len(types) > 1:
        return _rows(feeds.read(types, given))
    made: list[Batch] = []
    for file in (file for name in given for file in _files(name)):
        made += _rows(feeds.read(types, [file])) if file.endswith(".npy") else [partial(feeds.read, types, [file])]
    return made


def split(every: Sequence[Batch]) -> tuple[list[Batch], list[Batch]]:
    """Return batches in two: those to calibrate on, and one in ``HELD_OUT`` that is not looked at."""
    held = [it for number, it in enumerate(every) if number % HELD_OUT == HELD_OUT - 1]
    return [it for number, it in enumerate(every) if number % HELD_OUT != HELD_OUT - 1], held


def _files(name: str) -> list[str]:
    if not Path(name).is_dir():
        return [name]
    return [str(Path(name) / file) for file in feeds.below(name, (*feeds.PHOTOS, ".npy"), "photo or array")]


def _rows(arrays: Mapping[str, Array]) -> list[Batch]:
    def some(start: int) -> dict[str, Array]:
        return {name: array[start : start + ROWS] for name, array in arrays.items()}

    return [partial(some, start) for start in range(0, len(next(iter(arrays.values()))), ROWS)]
