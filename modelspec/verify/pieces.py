"""Some layers of a graph as a model of their own: on what they read there, with their own weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from modelspec import files
from modelspec.compiler import elaborate
from modelspec.diagnostics import SpecError
from modelspec.graph import Graph, Node
from modelspec.layers.base import Layer, LayerError
from modelspec.tensors import TensorType
from modelspec.verify.probes import as_dtype
from modelspec.weights import Array, Arrays, write

TARGET = "layer"
"""The name of the layer that is looked at."""


@dataclass(frozen=True)
class Piece:
    """A graph with known sizes, its weights and a batch for it."""

    graph: Graph
    weights: Arrays
    inputs: Arrays
    names: Mapping[str, str]
    """What each layer is called in the graph that it comes from."""

    @property
    def node(self) -> Node:
        """The layer that is looked at."""
        return next(node for node in self.graph.nodes if node.name == TARGET)

    def example(self, at: int) -> Piece:
        """Return the piece with one example of its batch."""
        return replace(self, inputs={name: array[at : at + 1] for name, array in self.inputs.items()})

    def cropped(self, axis: int, size: int, to: int) -> Piece | None:
        """Return the piece with the first ``to`` of ``size`` elements along an axis of all inputs that have so many there; None
        where it would not be the same layers with the same weights."""
        cut = {
            name: array[(slice(None),) * axis + (slice(to),)] if array.ndim > axis and array.shape[axis] == size else array
            for name, array in self.inputs.items()
        }
        types = {name: TensorType(cut[name].shape[1:], kind.dtype) for name, kind in self.graph.inputs.items()}
        nodes: list[Node] = []
        made: dict[str, TensorType] = dict(types)
        for node in self.graph.nodes:
            try:
                nodes.append(node.with_types(tuple(made[name] for name in node.inputs)))
            except LayerError:
                return None
            if [it.weight.shape for it in nodes[-1].weights] != [it.weight.shape for it in node.weights]:
                return None
            made[node.value] = nodes[-1].output
        return replace(self, graph=replace(self.graph, inputs=types, nodes=tuple(nodes)), inputs=cut)


def piece(nodes: Sequence[Node], target: str, weights: Arrays, given: Callable[[str], Array]) -> Piece:
    """Return some nodes of a graph, in its order, with what they read from elsewhere as inputs; ``given`` returns that by its
    name. The outputs are the value ``target`` and those that none of the nodes reads."""
    names = {node.value: TARGET if node.value == target else f"{TARGET}_{number}" for number, node in enumerate(nodes)}
    arrays: dict[str, Array] = {}
    inputs: dict[str, Array] = {}
    types: dict[str, TensorType] = {}
    made: list[Node] = []
    for node in nodes:
        for value, kind in zip(node.inputs, node.input_types, strict=True):
            if value not in names:
                names[value] = f"x{len(inputs)}"
                inputs[names[value]] = np.ascontiguousarray(given(value))
                types[names[value]] = TensorType(inputs[names[value]].shape[1:], kind.dtype)
        reads = tuple(names[value] for value in node.inputs)
        made.append(Node.of(names[node.value], node.layer, reads, tuple(types[name] for name in reads), origin=node.origin))
        types[made[-1].value] = made[-1].output
        arrays |= {f"{made[-1].name}/{bound.weight.name}": weights[bound.key] for bound in node.weights}
    unread = {node.value for node in made} - {name for node in made for name in node.inputs}
    graph = Graph(
        TARGET,
        {name: types[name] for name in inputs},
        tuple(made),
        {TARGET: TARGET, **{name: name for name in sorted(unread - {TARGET})}},
    )
    return Piece(graph, arrays, inputs, {names[node.value]: node.name for node in nodes})


def document(graph: Graph) -> dict[str, Any]:
    """Return a spec of a graph."""
    return {
        "format_version": 1,
        "name": graph.name,
        "inputs": {name: {"shape": list(kind.shape), "dtype": kind.dtype} for name, kind in graph.inputs.items()},
        "layers": [
            {"type": node.layer.kind, "name": node.name, "inputs": list(node.inputs), **fields(node.layer)}
            for node in graph.nodes
        ],
        "outputs": list(graph.outputs),
    }


def fields(layer: Layer) -> dict[str, Any]:
    """Return the fields that are not as by default, those of what stands inside in full: it is known by its ``type``."""
    dumped = layer.model_dump(mode="json")
    declared = type(layer).model_fields
    return {
        name: value for name, value in dumped.items() if name != "type" and getattr(layer, name) != declared[name].get_default()
    }


def saved(folder: Path, found: Piece) -> None:
    """Write a spec of a piece, its inputs and its weights, and how to verify it; raises SpecError (MS805)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpecError.of("MS805", f"{folder} cannot be written: {error.strerror}") from error
    text = json.dumps(document(found.graph), indent=2) + "\n"
    files.write(folder / "layer.json", text.encode())
    elaborate(folder / "layer.json")
    arguments = ["modelspec verify layer.json"]
    if found.weights:
        write(folder / "layer.safetensors", found.weights, found.graph.name)
        arguments.append("--weights layer.safetensors")
    for name, array in as_dtype(found.inputs, "float32").items():
        files.write(folder / f"{name}.npy", lambda path, array=array: np.save(path, array, allow_pickle=False))
        arguments.append(f"--input {name}={name}.npy")
    files.write(folder / "command.txt", (" ".join(arguments) + "\n").encode())
