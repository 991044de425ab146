"""A graph as a document of layers alone: nothing of blocks, loops, parameters and names is left."""

from __future__ import annotations

from typing import Any

from modelspec.fuzz.generate import written
from modelspec.graph import Graph
from modelspec.verify.pieces import fields


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
