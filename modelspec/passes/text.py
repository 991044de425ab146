"""A graph as lines of text: what ``--print-after`` shows, and what the fixtures of passes expect."""

from __future__ import annotations

import json
from typing import Any

from modelspec.graph import Graph, Node


def lines(graph: Graph) -> list[str]:
    """Return a line for each input, node and output: name, type with the fields that are not as by default, inputs, shape."""
    return [
        *(f"{name}: input {kind}" for name, kind in graph.inputs.items()),
        *(_line(node, graph) for node in graph.nodes),
        *(f"{name}: output {value}" for name, value in graph.outputs.items()),
    ]


def _line(node: Node, graph: Graph) -> str:
    fields = ", ".join(f"{name}={json.dumps(value)}" for name, value in _fields(node).items())
    derived = [bound.weight.name for bound in node.weights if bound.key in graph.derived]
    folded = f" with folded {', '.join(derived)}" if derived else ""
    name = node.name if node.value == node.name else f"{node.name} as {node.value}"
    return f"{name}: {node.layer.kind}({fields}) of {', '.join(node.inputs)} -> {node.output}{folded}"


def _fields(node: Node) -> dict[str, Any]:
    """Return the fields that are not as by default."""
    declared = type(node.layer).model_fields
    return {
        name: value
        for name, value in node.layer.model_dump(mode="json").items()
        if name != "type" and getattr(node.layer, name) != declared[name].get_default()
    }
