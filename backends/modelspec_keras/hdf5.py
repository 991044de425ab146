"""Read the variables of layers out of Keras's HDF5 files, in a process of its own: libhdf5 crashes on some damaged files.

Keras keeps the variables of each layer as ``layers/<class>_<n>/vars/<i>``, with the layer's name as an attribute of
``vars`` and the variables in Keras's order; those of a layer nested in it as ``layers/<class>_<n>/<attribute>/vars/<i>``.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Collection
from typing import Any

import h5py
import numpy as np
from safetensors.numpy import load, save

from modelspec.weights import Array

SECONDS = 600
"""How long a file may take; a damaged one may lead in circles."""


class Unreadable(Exception):
    """An HDF5 file that is not what Keras writes."""


def read_layers(data: bytes, parts: Collection[str]) -> dict[str, dict[str, list[Array]]]:
    """Return the variables of every layer that has any, by the layer's name and the part that holds them: the layer itself (the
    empty string), or a layer nested in it, by its dotted attribute path. Only named parts are read. Raises Unreadable."""
    command = [sys.executable, "-P", "-m", "modelspec_keras.hdf5", *sorted(parts)]
    try:
        child = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unreadable(f"reading it took more than {SECONDS} seconds") from error
    if child.returncode:
        lines = child.stderr.decode(errors="replace").splitlines()
        raise Unreadable(lines[-1] if lines and child.returncode > 0 else "it is damaged")
    layers: dict[str, dict[str, list[Array]]] = {}
    loaded = load(child.stdout)
    for key in sorted(loaded, key=lambda key: int(key.rpartition("/")[2])):
        name, part, _ = key.rsplit("/", 2)
        layers.setdefault(name, {}).setdefault(part, []).append(loaded[key])
    return layers


def extract(data: bytes, parts: Collection[str]) -> bytes:
    """Return the variables as safetensors, keyed by ``<layer>/<part>/<index>``; raises whatever h5py does, or ValueError."""
    arrays: dict[str, Array] = {}
    with h5py.File(io.BytesIO(data), "r") as file:
        layers = _member(file, "layers", h5py.Group)
        for key in layers:
            layer = _member(layers, key, h5py.Group)
            if "vars" not in layer:
                continue
            own = _member(layer, "vars", h5py.Group)
            found = {part: variables for part in {"", *parts} if len(variables := _variables(layer, part))}
            if not found:
                continue
            name = own.attrs.get("name")
            if not isinstance(name, str):
                raise ValueError(f"{own.name} does not name its layer")
            for part, variables in found.items():
                for index in range(len(variables)):
                    if f"{name}/{part}/{index}" in arrays:
                        raise ValueError("two layers have one name")
                    arrays[f"{name}/{part}/{index}"] = _array(variables, str(index))
    return save(arrays)


def _variables(layer: h5py.Group, part: str) -> Any:
    """Return the group of the variables of a part of a layer; an empty one where there is no such part."""
    for name in [*part.split("."), "vars"] if part else ["vars"]:
        if name not in layer:
            return ()
        layer = _member(layer, name, h5py.Group)
    return layer


def _member(group: h5py.Group, name: str, kind: type) -> Any:
    """Return a member that is stored in the file itself: no soft or external link."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink) or group.get(name, getclass=True) is not kind:
        raise ValueError(f"{name} in {group.name} is missing or a link")
    return group[name]


def _array(group: h5py.Group, name: str) -> Array:
    """Return an array that is stored whole: not chunked, not compressed, not in another file, not larger than it says."""
    dataset = _member(group, name, h5py.Dataset)
    if dataset.external or dataset.is_virtual or dataset.chunks is not None or dataset.dtype.kind not in "fiu":
        raise ValueError(f"{dataset.name} is not a plain array")
    if dataset.id.get_storage_size() != dataset.nbytes:
        raise ValueError(f"{dataset.name} is not stored whole")
    return np.asarray(dataset, dataset.dtype.newbyteorder("="))


def _main() -> None:
    try:
        sys.stdout.buffer.write(extract(sys.stdin.buffer.read(), sys.argv[1:]))
    except Exception as error:  # h5py raises whatever a damaged file leads it to
        sys.exit(" ".join(str(error).split()) or type(error).__name__)


if __name__ == "__main__":
    _main()
