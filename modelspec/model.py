"""A compiled model, the same face on every backend: call it, look inside it, take its weights, save it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from modelspec.diagnostics import SpecError, did_you_mean
from modelspec.geometry import inverse
from modelspec.graph import Graph
from modelspec.tensors import TensorType, format_shape
from modelspec.weights import Array, Arrays

Inputs = Array | Sequence[Array] | Mapping[str, Array]


class Model(ABC):
    """A model of some backend. ``native`` is the framework's own: a keras.Model, a torch.nn.Module, an onnx.ModelProto."""

    def __init__(self, graph: Graph, native: Any) -> None:
        self.graph = graph
        """The graph as the passes left it: what the native model computes, in its data format."""
        self.native = native

    def __call__(self, inputs: Inputs) -> dict[str, Array]:
        """Run inference on a batch and return the outputs by name.

        ``inputs`` is an array for a model with one input, a list in the order of the spec, or arrays by name; the first
        axis is the batch. Raises SpecError (MS803) for inputs that do not fit.
        """
        arrays = named_inputs(self.graph.inputs, inputs)
        values = self.run(arrays, list(self.graph.outputs.values()))
        return dict(zip(self.graph.outputs, values, strict=True))

    def intermediates(self, inputs: Inputs) -> dict[str, Array]:
        """Return what every layer makes in inference, by layer name and with the spec's order of axes."""
        arrays = named_inputs(self.graph.inputs, inputs)
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
    findings = [
        *(SpecError.of("MS803", f'the input "{name}" is missing') for name in types.keys() - arrays.keys()),
        *(
            SpecError.of("MS803", f'the model has no input "{name}"', did_you_mean(name, types))
            for name in arrays.keys() - types.keys()
        ),
        *(error for name in types.keys() & arrays.keys() if (error := _misfit(name, types[name], arrays[name]))),
    ]
    if findings:
        raise SpecError(finding for error in findings for finding in error.diagnostics)
    return {name: arrays[name] for name in types}


def _misfit(name: str, wanted: TensorType, array: Array) -> SpecError | None:
    if array.dtype.name != wanted.dtype:
        return SpecError.of("MS803", f'the input "{name}" is {array.dtype.name}; the model takes {wanted.dtype}')
    fits = array.ndim == wanted.rank and all(
        size == dim if isinstance(dim, int) else size > 0 for size, dim in zip(array.shape[1:], wanted.shape, strict=False)
    )
    if fits and array.shape[0]:
        return None
    return SpecError.of(
        "MS803",
        f'the input "{name}" has the shape {list(array.shape)}; the model takes [batch, {format_shape(wanted.shape)[1:]}',
    )
