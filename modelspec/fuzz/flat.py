"""A graph as a document of layers alone: nothing of blocks, loops, parameters and names is left."""

from __future__ import annotations

from typing import Any

from modelspec.fuzz.generate import written
from modelspec.graph import Graph
from modelspec.layers.base import Layer


def flat(graph: Graph) -> dict[str, Any]:
    """Return a document that has the same layers as a graph: ``n1``, ``n2``, ..., and its outputs."""
    names = {**{name: name for name in graph.inputs}, **{it.value: f"n{at}" for at, it in enumerate(graph.nodes, 1)}}
    return {
        "format_version": 1,
        "name": graph.name,
        "inputs": {name: written(kind) for name, kind in graph.inputs.items()},
        "layers": [
            {
                "type": node.layer.kind,
                "name": names[node.value],
                "inputs": [names[name] for name in node.inputs],
                **fields(node.layer),
            }
            for node in graph.nodes
        ],
        "outputs": {f"y{at}": names[value] for at, value in enumerate(dict.fromkeys(graph.outputs.values()), 1)},
    }


def fields(layer: Layer) -> dict[str, Any]:
    """Return the fields that are not as by default; what stands in them is whole, for its type tells what it is."""
    dumped = layer.model_dump(mode="json")
    declared = type(layer).model_fields
    return {
        name: value
        for name, value in dumped.items()
        if name != "type" and (declared[name].is_required() or getattr(layer, name) != declared[name].default)
    }
