"""A spec with every parameter, block and loop resolved: concrete layers in order, each with the type it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from modelspec.diagnostics import Frame, Place
from modelspec.layers.base import Layer, Weight
from modelspec.source import Path, pointer
from modelspec.tensors import FLOATS, ITEM_SIZE, DType, TensorType

if TYPE_CHECKING:
    from modelspec.weights import Array, Arrays

Derived: TypeAlias = "Callable[[Arrays], Array]"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a layer is written: the path in the document, the place, and the trail of block calls and loop values."""

    path: Path = ()
    place: Place | None = None
    trail: tuple[Frame, ...] = ()

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer."""
        return pointer(self.path)


@dataclass(frozen=True, slots=True)
class NodeWeight:
    """A weight of a node, and the canonical key of its array."""

    weight: Weight
    key: str
    trainable: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """A layer and the types of its inputs: what it makes of them, with which weights, and what that takes for one example."""

    layer: Layer
    input_types: tuple[TensorType, ...]
    output: TensorType
    weights: tuple[Weight, ...]
    parameters: int
    inner_elements: int
    """How many numbers a backend may hold on the way to the output."""
    bytes: int
    """The memory of the output and of what is held on the way to it."""

    @classmethod
    def of(cls, layer: Layer, input_types: tuple[TensorType, ...]) -> Applied:
        """Return the layer applied, or raise LayerError where the inputs do not fit."""
        output, weights = layer.infer(input_types), layer.weights(input_types)
        inner = layer.inner_elements(input_types, output)
        taken = output.bytes + inner * ITEM_SIZE[output.dtype]
        return cls(layer, input_types, output, weights, sum([weight.size for weight in weights]), inner, taken)


@dataclass(frozen=True, slots=True)
class Node:
    """One layer: it reads values by name and makes one.

    ``axes`` tells how a pass reordered the axes of the value: axis ``i`` of the value is axis ``axes[i]`` of what the spec
    says, batch included; None is the spec's own order.
    """

    name: str
    value: str
    layer: Layer
    inputs: tuple[str, ...]
    input_types: tuple[TensorType, ...]
    output: TensorType
    weights: tuple[NodeWeight, ...]
    origin: Origin = field(default_factory=Origin)
    axes: tuple[int, ...] | None = None

    @classmethod
    def of(
        cls,
        name: str,
        layer: Layer,
        inputs: tuple[str, ...],
        input_types: tuple[TensorType, ...],
        *,
        value: str | None = None,
        key: Callable[[str], str] | None = None,
        origin: Origin | None = None,
        axes: tuple[int, ...] | None = None,
    ) -> Node:
        """Return a typed node; ``key`` maps a weight's name to its canonical key, ``<node>/<weight>`` by default."""
        applied = Applied.of(layer, input_types)
        return cls.made(name, applied, inputs, origin or Origin(), value=value, key=key, axes=axes)

    @classmethod
    def made(
        cls,
        name: str,
        applied: Applied,
        inputs: tuple[str, ...],
        origin: Origin,
        *,
        value: str | None = None,
        key: Callable[[str], str] | None = None,
        axes: tuple[int, ...] | None = None,
    ) -> Node:
        """Return what ``of`` does, for a layer that is applied already."""
        layer = applied.layer
        weights = tuple(
            [
                NodeWeight(weight, key(weight.name) if key else f"{name}/{weight.name}", weight.trainable and layer.trainable)
                for weight in applied.weights
            ]
        )
        return cls(name, value or name, layer, inputs, applied.input_types, applied.output, weights, origin, axes)

    def with_types(self, input_types: tuple[TensorType, ...]) -> Node:
        """Return the node for inputs of other types."""
        keys = {bound.weight.name: bound.key for bound in self.weights}
        return Node.of(
            self.name,
            self.layer,
            self.inputs,
            input_types,
            value=self.value,
            key=keys.__getitem__,
            origin=self.origin,
            axes=self.axes,
        )

    @property
    def multiply_adds(self) -> int:
        """The multiply-adds of one example."""
        return self.layer.multiply_adds(self.input_types, self.output)


@dataclass(frozen=True)
class Graph:
    """A model: inputs by name, nodes in an order that can be run, outputs by name."""

    name: str
    inputs: Mapping[str, TensorType]
    nodes: tuple[Node, ...]
    outputs: Mapping[str, str]
    description: str = ""
    input_axes: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    """How a pass reordered the axes of an input, as ``Node.axes`` does."""
    derived: Mapping[str, Derived] = field(default_factory=dict[str, "Callable[[Arrays], Array]"])
    """The arrays that passes made, by the keys that nodes have for them: what computes each from the spec's arrays."""

    @property
    def types(self) -> dict[str, TensorType]:
        """The type of every value by its name."""
        return {**self.inputs, **{node.value: node.output for node in self.nodes}}

    @property
    def axes(self) -> dict[str, tuple[int, ...] | None]:
        """How the axes of every value are reordered."""
        return {**{name: self.input_axes.get(name) for name in self.inputs}, **{node.value: node.axes for node in self.nodes}}

    @property
    def output_types(self) -> dict[str, TensorType]:
        """The type of every output by its name."""
        types = self.types
        return {name: types[value] for name, value in self.outputs.items()}

    @property
    def weights(self) -> dict[str, NodeWeight]:
        """Every weight by its canonical key."""
        return {bound.key: bound for node in self.nodes for bound in node.weights}

    @property
    def parameters(self) -> int:
        """The number of parameters, trainable or not."""
        return sum(bound.weight.size for bound in self.weights.values())

    @property
    def trainable_parameters(self) -> int:
        """The number of parameters that training changes."""
        return sum(bound.weight.size for bound in self.weights.values() if bound.trainable)

    def with_dtype(self, dtype: DType) -> Graph:
        """Return the graph computed in another floating-point type."""

        def converted(value: TensorType) -> TensorType:
            return replace(value, dtype=dtype) if value.dtype in FLOATS else value

        types = {name: converted(value) for name, value in self.inputs.items()}
        nodes: list[Node] = []
        for node in self.nodes:
            typed = node.with_types(tuple(types[name] for name in node.inputs))
            nodes.append(replace(typed, output=converted(typed.output)))
            types[node.value] = nodes[-1].output
        return replace(self, inputs={name: types[name] for name in self.inputs}, nodes=tuple(nodes))

    def without_chance(self) -> Graph:
        """Return the graph whose layers drop nothing and add no noise in training."""
        return replace(self, nodes=tuple(replace(node, layer=node.layer.without_chance()) for node in self.nodes))

    def pruned(self) -> Graph:
        """Return the graph without the layers that no output depends on."""
        needed = set(self.outputs.values())
        kept: list[Node] = []
        for node in reversed(self.nodes):
            if node.value in needed:
                kept.append(node)
                needed.update(node.inputs)
        return replace(self, nodes=tuple(reversed(kept)))

    def check(self) -> None:
        """Raise ValueError where the graph is not well formed: a fault of a pass, never of a user."""
        types = dict(self.inputs)
        names: set[str] = set()
        for node in self.nodes:
            missing = [name for name in node.inputs if name not in types]
            if missing:
                raise ValueError(f"{node.name} reads {missing}, which nothing before it makes")
            if node.value in types or node.name in names:
                raise ValueError(f"{node.name} is defined twice")
            if tuple(types[name] for name in node.inputs) != node.input_types:
                raise ValueError(f"{node.name} has stale input types")
            if node.layer.infer(node.input_types) != node.output:
                raise ValueError(f"{node.name} has a stale output type")
            names.add(node.name)
            types[node.value] = node.output
        for name, value in self.outputs.items():
            if value not in types:
                raise ValueError(f"the output {name} reads {value}, which nothing makes")
