"""A compiled model, the same face on every backend: call it, look inside it, take its weights, save it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from modelspec.diagnostics import Diagnostic, SpecError, did_you_mean
from modelspec.geometry import inverse
from modelspec.graph import Graph
from modelspec.tensors import Symbol, TensorType
from modelspec.weights import Array, Arrays

Inputs = Array | Sequence[Array] | Mapping[str, Array]


class Model(ABC):
    """A model of some backend. ``native`` is the framework's own: a keras.Model, a torch.nn.Module, an onnx.ModelProto."""

    native: Any
    """The framework's own model."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        """The graph as the passes left it: what the native model computes, in its data format."""

    def __call__(self, inputs: Inputs) -> dict[str, Array]:
        """Run inference on a batch and return the outputs by name.

        ``inputs`` is an array for a model with one input, a list in the order of the spec, or arrays by name; the first
        axis is the batch. Raises SpecError (MS803) for inputs that do not fit.
        """
        arrays = named_inputs(self.graph.inputs, inputs)
        check_sizes(self.graph, arrays)
        values = self.run(arrays, list(self.graph.outputs.values()))
        return dict(zip(self.graph.outputs, values, strict=True))

    def intermediates(self, inputs: Inputs) -> dict[str, Array]:
        """Return what every layer makes in inference, by layer name and with the spec's order of axes."""
        arrays = named_inputs(self.graph.inputs, inputs)
        check_sizes(self.graph, arrays)
        names = [node.value for node in self.graph.nodes]
        axes = self.graph.axes
        made = dict(zip(names, self.run(arrays, names), strict=True))
        return {
            name: value if (order := axes[name]) is None else value.transpose(inverse(order)) for name, value in made.items()
        }

    @abstractmethod
    def run(self, inputs: Mapping[str, Array], values: Sequence[str]) -> list[Array]:
        """Run inference on checked inputs and return the named values of the graph, as the native model makes them."""

    @abstractmethod
    def weights(self) -> Arrays:
        """Return the weights as they stand, trained or not, as canonical arrays by key."""

    @abstractmethod
    def save(self, path: str | Path) -> list[Path]:
        """Write the model, whole or not at all, and return the files written."""


def named_inputs(types: Mapping[str, TensorType], inputs: Inputs) -> dict[str, Array]:
    """Return inputs as arrays by name, or raise SpecError (MS803) with every input that does not fit."""
    if isinstance(inputs, Mapping):
        arrays = dict(inputs)
    else:
        given = [inputs] if isinstance(inputs, np.ndarray) else list(inputs)
        if len(given) != len(types):
            raise SpecError.of(
                "MS803", f"the model takes {len(types)} inputs ({', '.join(types)}), but {len(given)} were given"
            )
        arrays = dict(zip(types, given, strict=True))
    found = [Diagnostic("MS803", f'the input "{name}" is missing') for name in types if name not in arrays]
    found += [
        Diagnostic("MS803", f'the model has no input "{name}"', did_you_mean(name, types))
        for name in arrays
        if name not in types
    ]
    sizes: dict[Symbol, int] = {}
    for name, wanted in types.items():
        if name in arrays and (message := _misfit(wanted, arrays[name], sizes)):
            found.append(Diagnostic("MS803", f'the input "{name}" {message}'))
    if found:
        raise SpecError(found)
    return {name: arrays[name] for name in types}


def _misfit(wanted: TensorType, array: Array, sizes: dict[Symbol, int]) -> str:
    """Return what is wrong with an array; ``sizes`` collects the batch and what the names of dimensions stand for."""
    if array.dtype.name != wanted.array_dtype:
        return f"is {array.dtype.name}; the model takes {wanted.array_dtype}"
    takes = f"the model takes [{', '.join(['batch', *map(str, wanted.shape)])}]"
    if array.ndim != wanted.rank or 0 in array.shape:
        return f"has the shape {list(array.shape)}; {takes}"
    for size, dim in zip(array.shape, (Symbol("batch"), *wanted.shape), strict=True):
        if size != (sizes.setdefault(dim, size) if isinstance(dim, Symbol) else dim):
            also = f", and {dim} is {sizes[dim]} elsewhere" if isinstance(dim, Symbol) else ""
            return f"has the shape {list(array.shape)}; {takes}{also}"
    return ""


def check_sizes(graph: Graph, arrays: Mapping[str, Array]) -> None:
    """Raise SpecError (MS803) where the sizes of the inputs leave a layer nothing."""
    sizes: dict[str, int] = {}
    for name, wanted in graph.inputs.items():
        sizes |= {
            dim.name: size for dim, size in zip(wanted.shape, arrays[name].shape[1:], strict=True) if isinstance(dim, Symbol)
        }
    for node in graph.nodes if sizes else ():
        for dim in node.output.shape:
            if isinstance(dim, Symbol) and dim.at(sizes[dim.name]) < 1:
                raise SpecError.of("MS803", f'{dim.name} is {sizes[dim.name]}, which is too small for the layer "{node.name}"')
