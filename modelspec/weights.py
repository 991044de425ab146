"""Canonical weights: arrays in Keras's layout, keyed by ``layer path/weight name``, in safetensors files."""

from __future__ import annotations

import json
import os
import re
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from io import BufferedReader
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from modelspec import files
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean, shown
from modelspec.graph import Graph
from modelspec.initializers import draw

Array = NDArray[Any]
Arrays = Mapping[str, Array]

MAX_HEADER = 10_000_000
METADATA_KEY = "modelspec"


class Lazy(Mapping[str, Array]):
    """Arrays that are made each time they are asked for, so that they need not be held together."""

    def __init__(self, keys: Iterable[str], make: Callable[[str], Array]) -> None:
        self._keys = dict.fromkeys(keys)
        self._make = make

    def __getitem__(self, key: str) -> Array:
        if key not in self._keys:
            raise KeyError(key)
        return self._make(key)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def drawn(graph: Graph, seed: int = 0) -> Lazy:
    """Return the initial weights of a graph, each drawn when it is asked for."""
    wanted = graph.weights
    return Lazy(wanted, lambda key: draw(wanted[key].weight.initializer, wanted[key].weight.shape, seed, key))


def initialize(graph: Graph, seed: int = 0, progress: Callable[[int, int], object] | None = None) -> dict[str, Array]:
    """Return the initial weights of a graph: float32, a function of ``seed`` and each weight's path alone.

    ``progress`` is called with the elements drawn so far and in all.
    """
    arrays: dict[str, Array] = {}
    done, total = 0, graph.parameters
    for key, array in drawn(graph, seed).items():
        arrays[key] = array
        done += array.size
        if progress:
            progress(done, total)
    return arrays


def reuse_memory() -> None:
    """Have the C library keep the memory of arrays for the next ones, where it would give each page back and ask for it anew.

    glibc does so for blocks of up to 32 MiB, once it saw one of that size freed; no page of this one is touched.
    """
    np.empty(2**25 - 2**16, np.uint8)


def fit(graph: Graph, arrays: Arrays, file: str = "the weights") -> Arrays:
    """Return the arrays of a graph in its order, or raise SpecError (MS602) with everything that does not match.

    What is made when it is asked for stays so, and no array of a file is read.
    """
    wanted = graph.weights
    unexpected = [key for key in arrays if key not in wanted]
    findings: list[Diagnostic] = []
    for key, bound in wanted.items():
        needed = list(bound.weight.shape)
        if key not in arrays:
            findings.append(
                Diagnostic("MS602", f'{file}: the weight "{key}" {needed} is missing', did_you_mean(key, unexpected))
            )
            continue
        shape, dtype = _kind(arrays, key)
        if shape != needed:
            findings.append(Diagnostic("MS602", f'{file}: the weight "{key}" has the shape {shape}; the model needs {needed}'))
        elif dtype not in ("float32", "float64"):
            findings.append(Diagnostic("MS602", f'{file}: the weight "{key}" is {dtype}; the model needs float32 or float64'))
    findings += [
        Diagnostic("MS602", f'{file}: the model has no weight "{key}"', did_you_mean(key, wanted)) for key in unexpected
    ]
    if findings:
        raise SpecError(findings)
    return Lazy(wanted, arrays.__getitem__) if isinstance(arrays, Lazy) else {key: arrays[key] for key in wanted}


def write(path: str | Path, arrays: Arrays, model: str) -> Path:
    """Write arrays to a safetensors file: the same bytes for the same arrays, and one metadata key that names the model."""
    metadata = {METADATA_KEY: json.dumps({"format_version": 1, "model": model}, sort_keys=True, separators=(",", ":"))}
    contiguous = {key: np.asarray(arrays[key], order="C") for key in sorted(arrays)}
    return files.write(path, save(contiguous, metadata))


def read(path: str | Path) -> Stored:
    """Open a safetensors file, or raise SpecError (MS801, MS601); nothing else is ever read as weights.

    Its header is checked as a whole, and an array is read when it is asked for.
    """
    with ExitStack() as open_:
        file = open_.enter_context(files.opened(path))
        try:
            start, entries = _header(file, str(path))
            with safe_open(path, framework="numpy"):  # it checks that the arrays fill the file, and reads none
                pass
        except (SafetensorError, OSError) as error:
            raise _unreadable(path, str(error)) from error
        if odd := next((key for key, it in entries.items() if it["dtype"] not in _DTYPES), None):
            raise _unreadable(path, f"{shown(odd)} is {entries[odd]['dtype']}, which NumPy does not have")
        open_.pop_all()
    return Stored(_Body(str(path), file, start), entries)


class Stored(Lazy):
    """The arrays of a safetensors file. Each is read when it is asked for, so that no more than that are in memory."""

    def __init__(self, body: _Body, entries: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(entries, lambda key: body.read(key, entries[key]))
        self._entries = entries

    def kind(self, key: str) -> tuple[list[int], str]:
        """Return the shape and the type of an array, which is not read."""
        return self._entries[key]["shape"], np.dtype(_DTYPES[self._entries[key]["dtype"]]).name


class _Body:
    """What follows the header of a file, which stays open as long as this is there."""

    def __init__(self, path: str, file: BufferedReader, start: int) -> None:
        self._path, self._file, self._start = path, file, start
        self._turn = Lock()
        weakref.finalize(self, file.close)

    def read(self, key: str, entry: Mapping[str, Any]) -> Array:
        """Return an array; raises SpecError (MS601) where the file was cut meanwhile."""
        start, end = entry["data_offsets"]
        with self._turn:
            self._file.seek(self._start + start)
            data = self._file.read(end - start)
        if len(data) != end - start:
            raise _unreadable(self._path, f"it was cut while it was read, and {shown(key)} is no longer in it")
        return np.ndarray(entry["shape"], _DTYPES[entry["dtype"]], data)


def _kind(arrays: Arrays, key: str) -> tuple[list[int], str]:
    if isinstance(arrays, Stored):
        return arrays.kind(key)
    array = arrays[key]
    return list(array.shape), array.dtype.name


_DTYPES: Mapping[str, str] = {
    **{f"{kind}{8 * size}": f"<{kind.lower()}{size}" for kind in "IU" for size in (1, 2, 4, 8)},
    **{f"F{8 * size}": f"<f{size}" for size in (2, 4, 8)},
    "C64": "<c8",
    "BOOL": "?",
}
"""The types in a file that NumPy has."""
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive (.keras, .npz, .pt or .pt2)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46", "a PyTorch pickle"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"version https://git-lfs", "a Git LFS pointer, in whose place git lfs pull puts the file"),
)


def _header(file: BufferedReader, path: str) -> tuple[int, Mapping[str, Any]]:
    """Return where a header ends and what it says of each array.

    What is not safetensors is refused, and so are keys that stand twice, of which the library would take the last.
    """
    begin = file.read(max(len(magic) for magic, _ in _FOREIGN))
    for magic, what in _FOREIGN:
        if begin.startswith(magic):
            raise _unreadable(path, f"this is {what}, not safetensors")
    size = int.from_bytes(begin[:8], "little") if len(begin) >= 8 else -1
    if not 2 <= size <= min(MAX_HEADER, os.fstat(file.fileno()).st_size - 8):
        raise _unreadable(path, "its header length is not that of a safetensors file")
    file.seek(8)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if len(set(keys)) != len(keys):
            raise ValueError("a key stands twice in its header")
        return dict(pairs)

    try:
        entries: dict[str, Any] | list[Any] = json.loads(file.read(size), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        message = str(error) if re.match("a key", str(error)) else "its header is not JSON"
        raise _unreadable(path, message) from error
    if not isinstance(entries, dict):
        raise _unreadable(path, "its header is not an object")
    return 8 + size, {key: it for key, it in entries.items() if key != "__metadata__"}


def _unreadable(path: str | Path, why: str) -> SpecError:
    return SpecError.of("MS601", f"{path} cannot be read as weights: {why}", "modelspec weights make writes such a file")
