"""What a backend is: how it says what it cannot do, and how it turns a graph and weights into a native model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from modelspec.passes.target import IoLayout, Target

if TYPE_CHECKING:
    from pathlib import Path

    from modelspec.graph import Graph, Node
    from modelspec.layers.base import Layer
    from modelspec.model import Model
    from modelspec.tensors import DataFormat, TensorType
    from modelspec.weights import Array, Arrays


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
    takes: Collection[str]
    """The suffixes of the files that ``take_weights`` reads."""

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

    def take_weights(self, graph: Graph, path: str | Path) -> Arrays:
        """Return canonical arrays from a trained model of a graph (as the passes left it), or raise SpecError.

        Nothing of the file is executed or unpickled.
        """
        ...


class Session(Protocol):
    """A model loaded to be run."""

    provider: str
    """Where it runs."""

    @property
    def inputs(self) -> Mapping[str, TensorType]:
        """The inputs by name, without the batch dimension."""
        ...

    @property
    def outputs(self) -> Sequence[str]:
        """The names of the outputs."""
        ...

    def run(self, outputs: Sequence[str] | None, inputs: Mapping[str, Array]) -> list[Array]:
        """Return the named outputs, all of them for None."""
        ...


@runtime_checkable
class Runtime(Protocol):
    """A backend that can also run the models that it writes."""

    runs_with: Mapping[str, str]
    """The import names that it needs to run models, each with the distribution that has it."""

    def open(self, model: bytes, provider: str, name: str) -> Session:
        """Return a session on a provider, or raise SpecError (MS801, MS804); ``name`` is what errors call the model."""
        ...


def target(backend: Backend, options: Options) -> Target:
    """Return what a backend asks of the passes."""
    return Target(backend.layers, backend.data_format, options.io_layout)
