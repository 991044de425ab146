"""Read trained weights back: a state dict in safetensors, or the tensors of a .pt2 archive. Nothing is unpickled."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from modelspec import files, weights
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean
from modelspec.graph import Graph
from modelspec.weights import MAX_HEADER, Array
from modelspec_torch.axes import restore
from modelspec_torch.names import Entry, state_entries

_ZIP = b"PK\x03\x04"
_HINT = 'save the weights with safetensors.torch.save_file(model.state_dict(), "weights.safetensors")'
_WRAPPERS = ("_orig_mod.", "module.")
"""What torch.compile and DistributedDataParallel put before every name."""
_DTYPES = {6: "<f2", 7: "<f4", 8: "<f8"}
"""The floating-point types that NumPy has, by their numbers in an archive (``torch._export.serde.schema.ScalarType``)."""


def take_weights(graph: Graph, path: str | Path) -> dict[str, Array]:
    """Return canonical arrays by key from a file of trained weights; see ``TorchBackend.take_weights``."""
    arrays = _read_archive(path) if files.read(path, len(_ZIP) - 1) == _ZIP else weights.read(path)
    if any("/" in name for name in arrays):
        return dict(weights.fit(graph, arrays, str(path)))
    return _canonical(state_entries(graph), arrays, str(path))


def _canonical(wanted: Mapping[str, Entry], arrays: Mapping[str, Array], file: str) -> dict[str, Array]:
    """Return the canonical arrays of a state dict, or raise SpecError (MS602) with everything that does not match."""
    arrays = _unwrapped(wanted, arrays)
    findings: list[str] = []
    hints: list[str] = []

    def find(text: str, hint: str = "") -> None:
        findings.append(f"{file}: {text}")
        hints.append(hint)

    for name, entry in wanted.items():
        array = arrays.get(name)
        if array is None:
            find(f'the tensor "{name}" {list(entry.shape)} is missing', did_you_mean(name, arrays))
        elif array.shape != entry.shape:
            find(f'the tensor "{name}" has the shape {list(array.shape)}; the model needs {list(entry.shape)}')
        elif array.dtype not in (np.float32, np.float64):
            find(f'the tensor "{name}" is {array.dtype}; the model needs float32 or float64')
    for name in arrays:
        if name not in wanted:
            find(f'the model has no tensor "{name}"', did_you_mean(name, wanted))
    if findings:
        raise SpecError(Diagnostic("MS602", text, hint) for text, hint in zip(findings, hints, strict=True))
    return {
        entry.bound.key: np.array(restore(arrays[name], entry.torch.axes, entry.bound.weight.shape), order="C")
        for name, entry in wanted.items()
    }


def _unwrapped(wanted: Mapping[str, Entry], arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    for prefix in _WRAPPERS:
        if arrays and all(name.startswith(prefix) and name not in wanted for name in arrays):
            arrays = {name.removeprefix(prefix): array for name, array in arrays.items()}
    return arrays


_DAMAGED = (
    zipfile.BadZipFile, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, EOFError, RuntimeError,
)  # fmt: skip
"""What reading a damaged archive, or another one, raises."""


def _read_archive(path: str | Path) -> dict[str, Array]:
    """Read the tensors of a .pt2 archive, whose table of weights is JSON and whose tensors are raw bytes."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _tensors(path, archive)
    except OSError as error:
        raise SpecError.of("MS801", f"{path} cannot be read: {error.strerror}") from error
    except _DAMAGED as error:
        raise _unreadable(path, "it is a zip archive, but not a .pt2 file with its weights as raw tensors") from error


def _tensors(path: str | Path, archive: zipfile.ZipFile) -> dict[str, Array]:
    members = {info.filename.partition("/")[2]: info for info in archive.infolist()}
    tables = [name for name in members if name.startswith("data/weights/") and name.endswith("_weights_config.json")]
    if "archive_format" not in members and "data.pkl" in members:
        raise _unreadable(path, "this is a pickle (.pt), which could run code")
    if len(tables) != 1:
        raise _unreadable(path, f"it is a zip archive with the weights of {len(tables)} models, not a .pt2 file with one")

    def stored(name: str, limit: int | None = None) -> bytes:
        info = members[name]
        if info.compress_type != zipfile.ZIP_STORED or (limit is not None and info.file_size > limit):
            raise ValueError(f"{name} is compressed or too large")
        return archive.read(info)

    if stored("byteorder", 16) != b"little":
        raise _unreadable(path, "its byte order is not little-endian")
    table = json.loads(stored(tables[0], MAX_HEADER))["config"]
    result: dict[str, Array] = {}
    for name, entry in table.items():
        if entry["use_pickle"]:
            raise _unreadable(path, f'its tensor "{name}" is a pickle, which could run code')
        result[name] = _strided(stored(f"data/weights/{entry['path_name']}"), entry["tensor_meta"])
    return result


def _strided(data: bytes, meta: Mapping[str, Any]) -> Array:
    """Return the tensor that the bytes of its storage hold; raises ValueError where it would reach beyond them."""
    dtype = np.dtype(_DTYPES[meta["dtype"]])
    sizes, strides = (tuple(_natural(side) for side in meta[key]) for key in ("sizes", "strides"))
    start = _natural(meta["storage_offset"])
    storage = np.frombuffer(data, dtype)
    last = start + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
    if 0 in sizes or last >= storage.size:
        raise ValueError("a tensor reaches beyond its storage")
    steps = [stride * dtype.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[start:], sizes, steps, writeable=False)


def _natural(value: Mapping[str, Any]) -> int:
    number = value["as_int"]
    if type(number) is not int or number < 0:
        raise ValueError("a size is not a natural number")
    return number


def _unreadable(path: str | Path, why: str) -> SpecError:
    return SpecError.of("MS601", f"{path} cannot be read as weights: {why}", _HINT)
