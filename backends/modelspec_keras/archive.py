"""The ``.keras`` file: make it reproducible, and take trained weights out of it. Nothing in it is ever executed.

A ``.keras`` file is an uncompressed zip archive; Keras keeps the variables of each layer in ``model.weights.h5`` as
``layers/<class>_<n>/vars/<i>``, with the layer's name as an attribute of ``vars`` and the variables in Keras's order.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from modelspec import files
from modelspec import weights as canonical
from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean
from modelspec.graph import Graph
from modelspec.weights import Array
from modelspec_keras.names import layer_names

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
    data = _weights_entry(files.read(path), file)
    try:
        with h5py.File(io.BytesIO(data), "r") as archive:
            datasets, findings = _datasets(graph, _layers(archive), file)
            try:
                fitted = canonical.fit(graph, datasets, file)
            except SpecError as error:
                raise SpecError([*error.diagnostics, *findings]) from None
            if findings:
                raise SpecError(findings)
            return {key: np.asarray(dataset) for key, dataset in fitted.items()}
    except (OSError, LookupError, ValueError, RuntimeError, TypeError) as error:
        raise _unreadable(file, f"its {WEIGHTS} is not what Keras writes ({error})") from error


def _datasets(graph: Graph, layers: dict[str, h5py.Group], file: str) -> tuple[dict[str, Any], list[Diagnostic]]:
    """Return the unread array of every weight that is there, by canonical key, and what the graph has no place for."""
    names = layer_names(graph)
    datasets: dict[str, Any] = {}
    findings: list[Diagnostic] = []
    for node in graph.nodes:
        name = names[node.name]
        count = len(layers[name]) if name in layers else 0
        if count > len(node.weights):
            message = f'{file}: the layer "{name}" has {count} variables; the model has {len(node.weights)}'
            findings.append(Diagnostic("MS602", message, "save the model before it is quantized"))
        for index, bound in enumerate(node.weights[:count]):
            datasets[bound.key] = _dataset(layers[name], str(index))
    foreign = [name for name in layers if len(layers[name]) and name not in names.values()]
    findings += [
        Diagnostic("MS602", f'{file}: the model has no layer "{name}" with weights', did_you_mean(name, names.values()))
        for name in foreign
    ]
    return datasets, findings


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


def _layers(archive: h5py.File) -> dict[str, h5py.Group]:
    """Return the ``vars`` group of every layer by the layer's name."""
    found: dict[str, h5py.Group] = {}
    layers = _member(archive, "layers", h5py.Group)
    for key in layers:
        layer = _member(layers, key, h5py.Group)
        if "vars" not in layer:
            continue
        variables = _member(layer, "vars", h5py.Group)
        name = variables.attrs.get("name")
        if not isinstance(name, str):
            raise ValueError(f"{variables.name} does not name its layer")
        if name in found:
            raise ValueError("two layers have one name")
        found[name] = variables
    return found


def _member(group: h5py.Group, name: str, kind: type) -> Any:
    """Return a member that is stored in the file itself: no soft or external link."""
    if not isinstance(group.get(name, getlink=True), h5py.HardLink) or group.get(name, getclass=True) is not kind:
        raise ValueError(f"{name} in {group.name} is missing or a link")
    return group[name]


def _dataset(group: h5py.Group, name: str) -> h5py.Dataset:
    """Return an array that is stored whole: not chunked, not compressed, not in another file."""
    dataset = _member(group, name, h5py.Dataset)
    if dataset.external or dataset.is_virtual or dataset.chunks is not None or dataset.shape is None:
        raise ValueError(f"{dataset.name} is not a plain array")
    return dataset


def _unreadable(file: str, why: str) -> SpecError:
    return SpecError.of("MS601", f"{file} cannot be read as weights: {why}", "model.save('trained.keras') makes such a file")
