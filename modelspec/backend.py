"""What a backend is: how it says what it cannot do, and how it turns a graph and weights into a native model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from modelspec.passes.target import IoLayout, Target

if TYPE_CHECKING:
    from modelspec.graph import Graph, Node
    from modelspec.layers.base import Layer
    from modelspec.model import Model
    from modelspec.tensors import DataFormat
    from modelspec.weights import Arrays


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may ask of a lowering."""

    io_layout: IoLayout = "spec"
    """The layout of image inputs and outputs."""
    opset: int | None = None
    """The ONNX operator set; only the onnx backend has one."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A layer that a backend cannot lower, and why."""

    node: Node
    reason: str
    hint: str = ""


class Backend(Protocol):
    """A way to lower graphs. Packages offer theirs as an entry point of the group ``modelspec.backends``."""

    name: str
    """The name that ``--backend`` takes."""
    suffix: str
    """The suffix of the files that it writes, with the dot."""
    requires: Mapping[str, str]
    """The import names that it needs, each with the distribution that has it."""
    extra: str
    """What ``pip install`` takes to get them."""
    data_format: DataFormat
    """The data format that it computes in."""

    @property
    def layers(self) -> Collection[type[Layer]]:
        """The layers that it lowers itself; a core decomposition stands in for others."""
        ...

    def refuse_options(self, options: Options) -> list[str]:
        """Return a sentence for every option that it cannot honour."""
        ...

    def refuse(self, graph: Graph) -> list[Refusal]:
        """Return the nodes of a graph (as the passes left it) that it cannot lower; found without its framework."""
        ...

    def lower(self, graph: Graph, weights: Arrays, options: Options) -> Model:
        """Return the native model for a graph as the passes left it; ``weights`` are the canonical arrays by key."""
        ...


def target(backend: Backend, options: Options) -> Target:
    """Return what a backend asks of the passes."""
    return Target(backend.layers, backend.data_format, options.io_layout)
