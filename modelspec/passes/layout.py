"""Bring a graph to the data format that a backend computes in, once for the whole graph.

A value is either in the spec's order or *moved*: its channels stand where the backend wants them. Layers with a
``data_format`` other than the backend's ask for moved inputs; layers that do not care (``Layer.permuted``) follow their
inputs; all others get the spec's order back. A move is asked for as early as possible, at the graph's input where every
layer on the way allows it, so that no Permute stands between the layers of a convolutional network. ``io_layout`` concerns
inputs and outputs with two spatial dimensions or more.
"""

from __future__ import annotations

from dataclasses import replace

from modelspec.geometry import channels_first_axes, channels_last_axes, inverse
from modelspec.graph import Graph, Node, Origin
from modelspec.layers.base import Layer
from modelspec.layers.reshaping import Permute
from modelspec.passes.target import Target
from modelspec.tensors import TensorType


def layout(graph: Graph, target: Target) -> Graph:
    """Return the graph with every layer in ``target.data_format`` and its inputs and outputs as ``target.io_layout`` says.

    Only values with at least one spatial axis and a channel axis are ever moved. Inserted Permutes are named after what
    they reorder.
    """
    return _Layout(graph, target).run()


class _Layout:
    def __init__(self, graph: Graph, target: Target) -> None:
        self.graph, self.target = graph, target
        self.types = graph.types
        self.nodes: list[Node] = []
        self.taken = {*graph.inputs, *(node.name for node in graph.nodes), *(node.value for node in graph.nodes)}
        self.wanted = self.find_wanted()
        self.spec_order: dict[str, str] = {}
        """The name of each value's version in the spec's order, where there is one."""
        self.moved: dict[str, str] = {}
        """The name of each value's moved version, where there is one."""
        self.new_types: dict[str, TensorType] = {}

    def move(self, rank: int) -> tuple[int, ...]:
        """Return the permutation from the spec's order to the backend's."""
        return channels_first_axes(rank) if self.target.data_format == "channels_first" else channels_last_axes(rank)

    def asks(self, layer: Layer) -> bool:
        return layer.computed_in not in (None, self.target.data_format)

    def permuted(self, node: Node) -> Layer | None:
        """Return the node's layer for moved inputs; None where it needs the spec's order.

        With one spatial axis, the way to the backend's format is the way back too: what is in that format already stays.
        """
        ranks = {value.rank for value in node.input_types}
        rank = node.input_types[0].rank
        layer = node.layer.permuted(self.move(rank)) if len(ranks) == 1 and rank >= 3 else None
        return None if layer is None or self.asks(layer) else layer

    def find_wanted(self) -> set[str]:
        """Return the values that some layer, directly or through layers that do not care, would read moved."""
        wanted: set[str] = set()
        for node in reversed(self.graph.nodes):
            layer = self.permuted(node)
            if layer and (self.asks(node.layer) or (node.value in wanted and node.output.rank == node.input_types[0].rank)):
                wanted.update(node.inputs)
        return wanted

    def run(self) -> Graph:
        inputs: dict[str, TensorType] = {}
        input_axes: dict[str, tuple[int, ...]] = {}
        for name, value in self.graph.inputs.items():
            axes = self.io_axes(value)
            inputs[name] = self.new_types[name] = value.permuted(axes) if axes else value
            if axes:
                input_axes[name] = axes
            if axes is None:
                self.spec_order[name] = name
            elif self.target.io_layout == self.target.data_format:
                self.moved[name] = name
            else:
                self.spec_order[name] = self.permute(name, name, inverse(axes), self.target.data_format, None)
            if name in self.wanted:
                self.moved_version(name)
        for node in self.graph.nodes:
            self.add(node)
        outputs = {name: self.output(value) for name, value in self.graph.outputs.items()}
        return replace(self.graph, inputs=inputs, nodes=tuple(self.nodes), outputs=outputs, input_axes=input_axes)

    def io_axes(self, value: TensorType) -> tuple[int, ...] | None:
        """Return how the axes of an input or output are reordered for ``io_layout``; None for the spec's own order."""
        io_layout = self.target.io_layout
        differs = any(node.layer.computed_in not in (None, io_layout) for node in self.graph.nodes)
        if io_layout == "spec" or value.rank < 4 or not differs:
            return None
        return channels_first_axes(value.rank) if io_layout == "channels_first" else channels_last_axes(value.rank)

    def add(self, node: Node) -> None:
        layer = self.permuted(node)
        follow = any(name in self.moved and name not in self.spec_order for name in node.inputs) or node.value in self.wanted
        if layer is None or not (self.asks(node.layer) or follow):
            self.place(node, node.layer, tuple(self.spec_version(name) for name in node.inputs), moved=False)
            return
        keeps_rank = node.output.rank == node.input_types[0].rank
        self.place(node, layer, tuple(self.moved_version(name) for name in node.inputs), moved=keeps_rank)

    def place(self, node: Node, layer: Layer, inputs: tuple[str, ...], *, moved: bool) -> None:
        keys = {bound.weight.name: bound.key for bound in node.weights}
        made = Node.of(
            node.name,
            layer,
            inputs,
            tuple(self.new_types[name] for name in inputs),
            value=node.value,
            key=keys.__getitem__,
            origin=node.origin,
            axes=self.move(node.output.rank) if moved else None,
        )
        self.nodes.append(made)
        self.new_types[made.value] = made.output
        (self.moved if moved else self.spec_order)[node.value] = made.value

    def moved_version(self, name: str) -> str:
        if name not in self.moved:
            axes = self.move(self.types[name].rank)
            self.moved[name] = self.permute(name, self.spec_order[name], axes, self.target.data_format, axes)
        return self.moved[name]

    def spec_version(self, name: str) -> str:
        if name not in self.spec_order:
            axes = inverse(self.move(self.types[name].rank))
            suffix = "channels_last" if self.target.data_format == "channels_first" else "channels_first"
            self.spec_order[name] = self.permute(name, self.moved[name], axes, suffix, None)
        return self.spec_order[name]

    def permute(self, base: str, read: str, axes: tuple[int, ...], suffix: str, marks: tuple[int, ...] | None) -> str:
        name = f"{base}_{suffix}"
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        origin = next((node.origin for node in self.graph.nodes if node.value == base), Origin())
        node = Node.of(name, Permute(dims=axes[1:]), (read,), (self.new_types[read],), origin=origin, axes=marks)
        self.nodes.append(node)
        self.new_types[name] = node.output
        return name

    def output(self, value: str) -> str:
        axes = self.io_axes(self.types[value])
        if axes is None:
            return self.spec_version(value)
        if self.target.io_layout == self.target.data_format:
            return self.moved_version(value)
        return self.permute(value, self.spec_version(value), axes, self.target.io_layout, axes)
