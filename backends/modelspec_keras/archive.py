"""The ``.keras`` file: make it reproducible, and take trained weights out of it. Nothing in it is ever executed."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from modelspec import files
from modelspec import weights as canonical
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean
from modelspec.graph import Graph, Node, NodeWeight
from modelspec.layers.base import Weight
from modelspec.weights import Array
from modelspec_keras.hdf5 import Unreadable, read_layers
from modelspec_keras.names import layer_names
from modelspec_keras.variables import saved_paths

WEIGHTS = "model.weights.h5"


def make_reproducible(path: Path) -> None:
    """Rewrite a ``.keras`` file in place without what differs from one run to the next: times and memory addresses."""
    with tempfile.TemporaryFile(dir=path.parent) as copy:
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(copy, "w") as target:
            for entry in source.infolist():
                fixed = zipfile.ZipInfo(entry.filename)
                fixed.external_attr = 0o644 << 16
                with source.open(entry) as read, target.open(fixed, "w", force_zip64=True) as write:
                    if entry.filename == "config.json":
                        write.write(json.dumps(_renumbered(json.load(read), {})).encode())
                    elif entry.filename == "metadata.json":
                        write.write(json.dumps({"keras_version": json.load(read)["keras_version"]}).encode())
                    else:
                        shutil.copyfileobj(read, write)
        copy.seek(0)
        with path.open("wb") as file:
            shutil.copyfileobj(copy, file)


def _renumbered(value: Any, numbers: dict[int, int]) -> Any:
    """Count the objects that a configuration shares, in the place of their addresses."""
    if isinstance(value, list):
        return [_renumbered(item, numbers) for item in value]
    if isinstance(value, dict):
        return {
            key: numbers.setdefault(item, len(numbers) + 1) if key == "shared_object_id" else _renumbered(item, numbers)
            for key, item in value.items()
        }
    return value


def take_weights(graph: Graph, path: str | Path) -> dict[str, Array]:
    """Return the canonical arrays from a ``.keras`` file of a graph, as compiled, trained or loaded and saved again.

    Layers are found by name. Raises SpecError: MS801 for a file that cannot be read, MS601 for one that is not what Keras
    writes, MS602 for one that does not match the graph.
    """
    file = str(path)
    places = {node.name: _places(node) for node in graph.nodes}
    try:
        layers = read_layers(_weights_entry(files.read(path), file), {part for parts in places.values() for part in parts})
    except Unreadable as error:
        raise _unreadable(file, f"its {WEIGHTS} is not what Keras writes: {error}") from error
    names = layer_names(graph)
    findings = [
        Diagnostic("MS602", f'{file}: the model has no layer "{name}" with weights', did_you_mean(name, names.values()))
        for name in layers
        if name not in names.values()
    ]
    arrays: dict[str, Array] = {}
    for node in graph.nodes:
        name = names[node.name]
        variables = layers.get(name, {})
        for part, weights in places[node.name].items():
            found = zip(weights, variables.get(part, []), strict=False)
            arrays |= {bound.key: _shaped(array, bound.weight) for bound, array in found}
        count = sum(len(arrays) for arrays in variables.values())
        known = sum(map(len, places[node.name].values()))
        if count > known:
            message = f'{file}: the layer "{name}" has {count} variables; the model has {known}'
            findings.append(Diagnostic("MS602", message, "save the model before it is quantized"))
    try:
        fitted = canonical.fit(graph, arrays, file)
    except SpecError as error:
        raise SpecError([*error.diagnostics, *findings]) from None
    if findings:
        raise SpecError(findings)
    return dict(fitted)


def _places(node: Node) -> dict[str, list[NodeWeight]]:
    """Return the weights of a node by the part of the Keras layer that holds them, in Keras's order."""
    places: dict[str, list[NodeWeight]] = {}
    for bound in node.weights:
        for path in saved_paths(node.layer, bound.weight.name):
            places.setdefault(path.rpartition(".")[0], []).append(bound)
    return places


def _shaped(array: Array, weight: Weight) -> Array:
    """Return Keras's variable in the canonical shape, which differs where Keras lacks the layer and another stands for it.

    A counter is an integer in Keras, and a float among canonical weights.
    """
    array = array.astype(np.float32) if array.dtype.kind in "iu" else array
    return array.reshape(weight.shape) if array.size == weight.size else array


def _weights_entry(data: bytes, file: str) -> bytes:
    """Return the HDF5 file inside the archive; it must be stored as Keras does, so that it cannot grow when read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename == WEIGHTS]
            if len(entries) != 1:
                raise _unreadable(file, f"the archive has {len(entries)} entries {WEIGHTS}")
            if entries[0].compress_type != zipfile.ZIP_STORED or entries[0].file_size != entries[0].compress_size:
                raise _unreadable(file, f"{WEIGHTS} is compressed")
            return archive.read(entries[0])
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, EOFError, OSError) as error:
        raise _unreadable(file, f"it is not a zip archive as Keras writes it ({error})") from error


def _unreadable(file: str, why: str) -> SpecError:
    return SpecError.of("MS601", f"{file} cannot be read as weights: {why}", "model.save('trained.keras') makes such a file")
