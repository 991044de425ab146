"""The names of Keras layers: those of the graph, with dots, because Keras forbids slashes."""

from __future__ import annotations

from modelspec.graph import Graph


def layer_names(graph: Graph) -> dict[str, str]:
    """Return the name of the Keras layer for every node, by the node's name; graph inputs keep theirs.

    ``entry/residual_2/conv`` becomes ``entry.residual_2.conv``; an underscore follows where a name is taken already.
    """
    taken = set(graph.inputs)
    names: dict[str, str] = {}
    for node in graph.nodes:
        name = node.name.replace("/", ".")
        while name in taken:
            name += "_"
        taken.add(name)
        names[node.name] = name
    return names
