"""What lint rules look at, and what they say.

A rule names layers by their types and reads their fields by name, as a spec does, so that it imports no family of layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from modelspec.diagnostics import Fix, Frame, Severity
from modelspec.document import BlockFile, Spec
from modelspec.elaboration import Elaboration
from modelspec.geometry import extent
from modelspec.graph import Graph, Node
from modelspec.layers import FAMILIES
from modelspec.layers.base import Spatial
from modelspec.source import Path, Source
from modelspec.tensors import Dim

_Of = TypeVar("_Of")


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule says of a place in a document; ``key`` says that the key rather than the value is meant."""

    path: Path
    message: str
    hint: str = ""
    trail: tuple[Frame, ...] = ()
    key: bool = False


@dataclass(frozen=True, slots=True)
class Rule(Generic[_Of]):
    """A code of ``diagnostics.CODES``, how grave it is, and the function that finds it in a model or in a document."""

    code: str
    severity: Severity
    check: Callable[[_Of], Iterable[Remark]]
    mend: Callable[[Source, Path], Fix | None] | None = None
    """Makes the one safe mend of a remark at a path."""


@dataclass(frozen=True)
class Written:
    """A document as it is written: a spec or a block file, the path that leads to it, and the source of both."""

    root: Spec | BlockFile
    path: Path
    source: Source


@dataclass(frozen=True, slots=True)
class Window:
    """A convolution or a pooling whose window moves over the spatial axes, an entry an axis each."""

    node: Node
    sizes: tuple[Dim, ...]
    """The sizes of what it reads."""
    kernel: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: str
    extents: tuple[int, ...]
    """How many elements the window spans, its holes included."""
    field: str
    """The field that gives the size of the window."""


@dataclass(frozen=True)
class Model:
    """A spec for one set of parameter values."""

    spec: Spec
    elaboration: Elaboration
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The parameter values that are given; defaults stand for the others."""
    frames: tuple[Frame, ...] = ()
    """The parameter set that gives them."""

    @property
    def graph(self) -> Graph:
        """The layers that the outputs depend on."""
        return self.elaboration.graph

    @cached_property
    def _by_type(self) -> Mapping[str, Sequence[Node]]:
        nodes: dict[str, list[Node]] = {}
        for node in self.graph.nodes:
            nodes.setdefault(node.layer.kind, []).append(node)
        return nodes

    @cached_property
    def _by_value(self) -> Mapping[str, Node]:
        return {node.value: node for node in self.graph.nodes}

    @cached_property
    def _readers(self) -> Mapping[str, Sequence[Node]]:
        readers: dict[str, list[Node]] = {}
        for node in self.graph.nodes:
            for name in dict.fromkeys(node.inputs):
                readers.setdefault(name, []).append(node)
        return readers

    @cached_property
    def windows(self) -> Sequence[Window]:
        """The convolutions and poolings whose windows move, transposed ones not among them."""
        return [_window(node) for node in self.of(_WINDOWED)]

    def of(self, types: Iterable[str]) -> Iterator[Node]:
        """Yield the layers of some types, type by type."""
        for name in types:
            yield from self._by_type.get(name, ())

    def maker(self, node: Node, position: int = 0) -> Node | None:
        """Return the layer that makes an input of a layer; None where it is an input of the model."""
        return self._by_value.get(node.inputs[position])

    def readers(self, node: Node) -> Sequence[Node]:
        """Return the layers that read what a layer makes."""
        return self._readers.get(node.value, ())

    def is_output(self, node: Node) -> bool:
        """Return whether the model hands out what a layer makes."""
        return node.value in self._outputs

    @cached_property
    def _outputs(self) -> frozenset[str]:
        return frozenset(self.graph.outputs.values())

    def remark(self, node: Node, message: str, hint: str = "", at: str = "") -> Remark:
        """Return a remark on a layer: at the field ``at`` where the spec gives it, else at its type."""
        step = self.spec.source.at(node.origin.path)
        named = at if isinstance(step, dict) and at in step else "type"
        return Remark((*node.origin.path, named), message, hint, (*self.frames, *node.origin.trail))


_WINDOWED = (
    *FAMILIES["convolution"],
    *FAMILIES["depthwise"],
    *(name for name in FAMILIES["pooling"] if name[:3] in ("Max", "Ave")),
)


def _window(node: Node) -> Window:
    layer, given = node.layer, vars(node.layer)
    assert isinstance(layer, Spatial)
    sizes = layer.split(node.input_types[0].shape)[0]
    field = "kernel_size" if "kernel_size" in given else "pool_size"
    dilation = given.get("dilation_rate") or (1,) * len(sizes)
    kernel = given[field]
    extents = tuple(map(extent, kernel, dilation))
    return Window(node, sizes, kernel, given["strides"] or kernel, dilation, given["padding"], extents, field)


def value_of(node: Node, name: str) -> Any:
    """Return a field of a layer; None where the layer has no such field."""
    return vars(node.layer).get(name)  # pydantic is slow to say that there is none


def type_of(value: Any) -> str:
    """Return the type of an activation, an initializer or another object in a field; empty where there is none."""
    kind = getattr(value, "type", "")
    return kind if isinstance(kind, str) else ""


ACTIVATION_LAYERS = {"ELU": "elu", "LeakyReLU": "leaky_relu", "PReLU": "prelu", "ReLU": "relu", "Softmax": "softmax"}
"""The layers that are an activation function, whose names are those that ``Activation`` takes."""


def activation_of(node: Node) -> str:
    """Return the name of the activation function that a layer is or ends with; empty for a layer that has none."""
    return ACTIVATION_LAYERS.get(node.layer.kind) or type_of(value_of(node, "activation"))
