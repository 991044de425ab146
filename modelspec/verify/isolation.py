"""The first layer where backends differ, alone: on the same inputs, with its own weights, in each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from modelspec import files
from modelspec.compiler import elaborate
from modelspec.diagnostics import SpecError
from modelspec.graph import Graph, Node
from modelspec.tensors import TensorType
from modelspec.verify import gates, jobs, traps
from modelspec.verify.comparison import Read, given_to
from modelspec.verify.probes import Probe, as_dtype
from modelspec.verify.results import Divergence
from modelspec.verify.tiers import EXACT
from modelspec.verify.workers import Worker, WorkerError
from modelspec.weights import Array, Arrays, write


def examined(
    found: Divergence,
    graph: Graph,
    weights: Arrays,
    batches: tuple[Probe, ...],
    read: Read,
    workers: Mapping[str, Worker],
    folder: str | Path | None,
) -> Divergence:
    """Return a divergence with what the layer alone makes in each backend, the known traps that explain it, and, where a
    folder is given, what shows it: a spec of the layer alone, its inputs and its weights."""
    node = next(node for node in graph.nodes if node.value == found.layer)
    probe = next(probe for probe in batches if probe.name == found.deviation.probe)
    at = probe.examples.index(found.deviation.example)
    inputs = {
        f"x{number}": np.ascontiguousarray(given_to(name, probe, found.reference, read)[at : at + 1])
        for number, name in enumerate(node.inputs)
    }
    alone = single(node, inputs)
    arrays = {f"{alone.nodes[0].name}/{bound.weight.name}": weights[bound.key] for bound in node.weights}
    made = _run(alone, arrays, inputs, workers, sorted({found.reference, *found.odd}), found.tier)
    exact = made.get(found.reference) if found.tier == EXACT else None
    if exact is None:
        exact = _run(alone, arrays, inputs, workers, [found.reference], EXACT).get(found.reference)
    if exact is None:
        return found
    measure = gates.errors if found.tier == EXACT else gates.distances
    size = gates.largest if found.tier == EXACT else gates.root_mean_square
    reads = np.max([size(array.astype(np.float64)) for array in inputs.values()], axis=0)
    found = replace(found, alone={name: float(measure(array, exact, reads).max()) for name, array in made.items()})
    if not found.is_amplified:
        odd = next(iter(found.odd))
        found = replace(
            found, guesses=traps.guessed(alone, arrays, inputs, made.get(odd, exact), workers[found.reference], found.tier)
        )
    if folder is not None:
        saved(Path(folder), alone, arrays, inputs)
        found = replace(found, reproducer=str(folder))
    return found


def single(node: Node, inputs: Arrays) -> Graph:
    """Return the graph of one layer, for inputs of the sizes that arrays have."""
    types = {
        name: TensorType(array.shape[1:], kind.dtype)
        for (name, array), kind in zip(inputs.items(), node.input_types, strict=True)
    }
    alone = Node.of("layer", node.layer, tuple(types), tuple(types.values()), origin=node.origin)
    return Graph("layer", types, (alone,), {"layer": "layer"})


def _run(
    graph: Graph, weights: Arrays, inputs: Arrays, workers: Mapping[str, Worker], backends: list[str], tier: str
) -> dict[str, Array]:
    """Return what backends make of a graph with one output; those that fail on it alone are left out."""
    made: dict[str, Array] = {}
    for name in backends:
        try:
            (made[name],) = workers[name].call(jobs.outputs, graph, name, weights, inputs, tier).values()
        except WorkerError:
            continue
    return made


def document(graph: Graph) -> dict[str, Any]:
    """Return a spec of a graph of one layer."""
    (node,) = graph.nodes
    fields = node.layer.model_dump(mode="json", exclude_defaults=True)
    return {
        "format_version": 1,
        "name": graph.name,
        "inputs": {name: {"shape": list(kind.shape), "dtype": kind.dtype} for name, kind in graph.inputs.items()},
        "layers": [{"type": node.layer.kind, "name": node.name, "inputs": list(node.inputs), **fields}],
    }


def saved(folder: Path, graph: Graph, weights: Arrays, inputs: Arrays) -> None:
    """Write a spec of one layer, its inputs and its weights, and how to verify it; raises SpecError (MS805)."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SpecError.of("MS805", f"{folder} cannot be written: {error.strerror}") from error
    text = json.dumps(document(graph), indent=2) + "\n"
    files.write(folder / "layer.json", text.encode())
    elaborate(folder / "layer.json")
    arguments = ["modelspec verify layer.json"]
    if weights:
        write(folder / "layer.safetensors", weights, graph.name)
        arguments.append("--weights layer.safetensors")
    for name, array in as_dtype(inputs, "float32").items():
        files.write(folder / f"{name}.npy", lambda path, array=array: np.save(path, array, allow_pickle=False))
        arguments.append(f"--input {name}={name}.npy")
    files.write(folder / "command.txt", (" ".join(arguments) + "\n").encode())
