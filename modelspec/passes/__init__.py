"""Graph to graph, on the way from a spec to a backend: one pass a file, in the order of ``PASSES``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modelspec.graph import Graph
from modelspec.passes.cancel_permutes import cancel_permutes
from modelspec.passes.decompose import decompose
from modelspec.passes.drop_identities import drop_identities
from modelspec.passes.fold import fold
from modelspec.passes.fuse_activations import fuse_activations
from modelspec.passes.layout import layout
from modelspec.passes.share import share
from modelspec.passes.target import Target

LEVELS = (
    "the spec as it is written: every layer stays visible",
    "the same numbers but for rounding, in fewer layers",
    "what -O1 makes, optimised once more for the machine that compiles it",
)
"""What a level of optimisation promises, from 0 on. The last is a backend's own work, and adds no pass here."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A function from graph to graph, and the first level of optimisation that it belongs to."""

    level: int
    apply: Callable[[Graph, Target], Graph]

    @property
    def name(self) -> str:
        """What the command line calls it."""
        return self.apply.__name__


PASSES: tuple[Pass, ...] = (
    Pass(1, drop_identities),
    Pass(0, decompose),
    Pass(1, share),
    Pass(1, fold),
    Pass(1, fuse_activations),
    Pass(0, layout),
    Pass(1, cancel_permutes),
)


def run(graph: Graph, target: Target, *, after: Callable[[str, Graph], object] | None = None) -> Graph:
    """Return the graph as ``target`` takes it: only layers that it has, in the data format that it computes in.

    ``after`` is called with the name of each pass and the graph that it made.
    """
    done: list[str] = []
    for it in PASSES:
        if it.level > target.optimize:
            continue
        done.append(it.name)
        try:
            graph = it.apply(graph, target)
            graph.check()
        except ValueError as error:
            raise RuntimeError(f"the pass {it.name} broke {graph.name} (passes so far: {', '.join(done)})") from error
        if after:
            after(it.name, graph)
    return graph
