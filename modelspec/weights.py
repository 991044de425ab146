"""Canonical weights: arrays in Keras's layout, keyed by ``layer path/weight name``, in safetensors files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from modelspec import files
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean
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


def fit(graph: Graph, arrays: Arrays, file: str = "the weights") -> dict[str, Array]:
    """Return the arrays of a graph in its order, or raise SpecError (MS602) with everything that does not match."""
    wanted = graph.weights
    unexpected = [key for key in arrays if key not in wanted]
    findings: list[Diagnostic] = []
    for key, bound in wanted.items():
        array = arrays.get(key)
        shape = list(bound.weight.shape)
        if array is None:
            findings.append(
                Diagnostic("MS602", f'{file}: the weight "{key}" {shape} is missing', did_you_mean(key, unexpected))
            )
        elif list(array.shape) != shape:
            findings.append(
                Diagnostic("MS602", f'{file}: the weight "{key}" has the shape {list(array.shape)}; the model needs {shape}')
            )
        elif array.dtype.name not in ("float32", "float64"):
            findings.append(
                Diagnostic("MS602", f'{file}: the weight "{key}" is {array.dtype}; the model needs float32 or float64')
            )
    findings += [
        Diagnostic("MS602", f'{file}: the model has no weight "{key}"', did_you_mean(key, wanted))
        for key in arrays
        if key not in wanted
    ]
    if findings:
        raise SpecError(findings)
    return {key: arrays[key] for key in wanted}


def write(path: str | Path, arrays: Arrays, model: str) -> Path:
    """Write arrays to a safetensors file: the same bytes for the same arrays, and one metadata key that names the model."""
    metadata = {METADATA_KEY: json.dumps({"format_version": 1, "model": model}, sort_keys=True, separators=(",", ":"))}
    contiguous = {key: np.asarray(arrays[key], order="C") for key in sorted(arrays)}
    return files.write(path, save(contiguous, metadata))


def read(path: str | Path) -> dict[str, Array]:
    """Read a safetensors file, or raise SpecError (MS801, MS601); nothing else is ever read as weights."""
    data = files.read(path)
    _check_header(data, str(path))
    try:
        return load(data)
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise _unreadable(path, str(error)) from error


_FOREIGN = (
    (b"PK\x03\x04", "a zip archive (.keras, .npz, .pt or .pt2)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46", "a PyTorch pickle"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"version https://git-lfs", "a Git LFS pointer, in whose place git lfs pull puts the file"),
)


def _check_header(data: bytes, path: str) -> None:
    """Refuse what is not safetensors, and keys that stand twice, of which the library would take the last."""
    for magic, what in _FOREIGN:
        if data.startswith(magic):
            raise _unreadable(path, f"this is {what}, not safetensors")
    size = int.from_bytes(data[:8], "little") if len(data) >= 8 else -1
    if not 2 <= size <= min(MAX_HEADER, len(data) - 8):
        raise _unreadable(path, "its header length is not that of a safetensors file")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if len(set(keys)) != len(keys):
            raise ValueError("a key stands twice in its header")
        return dict(pairs)

    try:
        json.loads(data[8 : 8 + size], object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        message = str(error) if re.match("a key", str(error)) else "its header is not JSON"
        raise _unreadable(path, message) from error


def _unreadable(path: str | Path, why: str) -> SpecError:
    return SpecError.of("MS601", f"{path} cannot be read as weights: {why}", "modelspec weights make writes such a file")
