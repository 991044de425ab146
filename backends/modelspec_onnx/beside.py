"""The file beside a model that has its large tensors: ``compile`` writes one where weights pass 2 GiB.

It is read here and not by ONNX Runtime, which would open whatever file a model names.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Sequence
from math import prod
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import numpy as np

from modelspec.diagnostics import SpecError, shown
from modelspec.weights import Array, Arrays
from modelspec_onnx.messages import ELEMENT_TYPE, dtype_of

_TYPES = {number: name for name, number in ELEMENT_TYPE.items()}
_KEYS = {"location", "offset", "length"}
_NOT_ANOTHER = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
"""A link is not followed, and a pipe not waited for."""


def location(tensor: Any) -> str:
    """Return the file that a TensorProto names."""
    return next((entry.value for entry in tensor.external_data if entry.key == "location"), "")


def arrays(tensors: Sequence[Any], path: Path, model: str) -> Arrays:
    """Return what TensorProtos keep in a file, by name, mapped to memory; ``model`` is what errors call their model.

    Raises SpecError (MS807) where the file is no regular one, and for a tensor that does not lie in it as a whole.
    """
    if twice := next((name for name, count in Counter(it.name for it in tensors).items() if count > 1), None):
        raise _refused(f"{model} keeps weights in {path.name}, and two of its tensors are called {shown(twice)}")
    content = _mapped(path, model)
    return {tensor.name: _array(tensor, content, path.name, model) for tensor in tensors}


def _mapped(path: Path, model: str) -> Array:
    try:
        handle = os.open(path, os.O_RDONLY | _NOT_ANOTHER)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise _refused(f"{model} keeps weights in {path.name}, which is not a regular file")
            content = mmap(handle, 0, access=ACCESS_READ) if status.st_size else b""
        finally:
            os.close(handle)
    except OSError as error:
        reason = "it is a link" if path.is_symlink() else error.strerror
        raise _refused(f"{model} keeps weights in {path.name}, which cannot be opened: {reason}") from error
    return np.frombuffer(content, np.uint8)


def _array(tensor: Any, content: Array, file: str, model: str) -> Array:
    def refused(why: str) -> SpecError:
        return _refused(f"the tensor {shown(tensor.name)} of {model} does not lie in {file}: {why}")

    place = {entry.key: entry.value for entry in tensor.external_data}
    if len(place) != len(tensor.external_data) or not place.keys() <= _KEYS:
        raise refused("where it lies is said twice, or in words that are not known")
    if tensor.data_type not in _TYPES or any(dim < 0 for dim in tensor.dims):
        raise refused("it has a type or a shape that compile does not write")
    dtype = dtype_of(_TYPES[tensor.data_type])
    size = prod(tensor.dims) * dtype.itemsize
    if "length" in place and _bytes(place["length"]) != size:
        raise refused(f"its length is {shown(place['length'])}, and its shape and type make {size:,} bytes")
    start = _bytes(place.get("offset", "0"))
    if start is None or start + size > len(content):
        raise refused(f"it has {size:,} bytes from {shown(place.get('offset', '0'))} on, and the file {len(content):,}")
    part = np.require(content[start : start + size], requirements="C")
    return np.require(part.view(dtype).reshape(tensor.dims), requirements="A")


def _bytes(text: str) -> int | None:
    """Return a number of bytes; None for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def _refused(message: str) -> SpecError:
    return SpecError.of("MS807", message, "compile writes the two files; leave them together, and as they are")
