"""Graph to graph, on the way from a spec to a backend: one pass a file, in the order of ``PASSES``."""

from __future__ import annotations

from collections.abc import Callable

from modelspec.graph import Graph
from modelspec.passes.decompose import decompose
from modelspec.passes.layout import layout
from modelspec.passes.target import Target

Pass = Callable[[Graph, Target], Graph]

PASSES: tuple[Pass, ...] = (decompose, layout)


def run(graph: Graph, target: Target) -> Graph:
    """Return the graph as ``target`` takes it: only layers that it has, in the data format that it computes in."""
    done: list[str] = []
    for apply in PASSES:
        done.append(apply.__name__)
        try:
            graph = apply(graph, target)
            graph.check()
        except ValueError as error:
            raise RuntimeError(f"the pass {apply.__name__} broke {graph.name} (passes so far: {', '.join(done)})") from error
    return graph
