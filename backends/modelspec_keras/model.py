"""A compiled Keras model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np

from modelspec import files
from modelspec.diagnostics import SpecError
from modelspec.graph import Graph
from modelspec.layers.base import Layer
from modelspec.model import Model
from modelspec.weights import Array, Arrays
from modelspec_keras.archive import make_reproducible
from modelspec_keras.framework import keras
from modelspec_keras.variables import variable_path


class KerasModel(Model):
    """A compiled Keras model; ``native`` is a functional ``keras.Model`` to compile, fit and save as any other."""

    def __init__(self, graph: Graph, native: Any, layers: Mapping[str, Any], tensors: Mapping[str, keras.KerasTensor]) -> None:
        super().__init__(graph)
        self.native = native
        self._layers = layers
        self._tensors = tensors
        self._parts: dict[tuple[str, ...], Any] = {}
        """The models that make other values than the outputs, by the names of the values; they share the layers."""

    def run(self, inputs: Mapping[str, Array], values: Sequence[str]) -> list[Array]:
        wanted = tuple(dict.fromkeys(name for name in values if name not in self.graph.inputs))
        made: dict[str, Array] = dict(inputs)
        if wanted:
            if wanted not in self._parts:
                self._parts[wanted] = keras.Model(self.native.inputs, {name: self._tensors[name] for name in wanted})
            results = self._parts[wanted]([inputs[name] for name in self.graph.inputs], training=False)
            made |= {name: _array(results[name]) for name in wanted}
        return [made[name] for name in values]

    def weights(self) -> Arrays:
        weights = self.graph.weights
        return {key: _array(own).reshape(weights[key].weight.shape) for key, own in self.variables().items()}

    def variables(self) -> dict[str, Any]:
        """Return the Keras variable of every weight by its canonical key."""
        return {
            bound.key: variable(self._layers[node.name], node.layer, bound.weight.name)
            for node in self.graph.nodes
            for bound in node.weights
        }

    def save(self, path: str | Path) -> list[Path]:
        """Write a ``.keras`` file that ``keras.models.load_model`` reads without custom objects: the same bytes for the same
        model. Raises SpecError (MS805) for a path that does not end in ``.keras``."""
        if Path(path).suffix != ".keras":
            raise SpecError.of("MS805", f"{path} cannot be written: Keras's format needs a name that ends in .keras")

        def content(temporary: Path) -> None:
            self.native.save(temporary)
            make_reproducible(temporary)

        return [files.write(path, content)]


def variable(native: Any, layer: Layer, weight: str) -> Any:
    """Return the Keras variable of a layer's weight."""
    return attrgetter(variable_path(layer, weight))(native)


def _array(tensor: Any) -> Array:
    """Return the values; those of bfloat16, which NumPy lacks, as float32."""
    array = np.asarray(keras.ops.convert_to_numpy(tensor))
    return array.astype(np.float32) if array.dtype.name == "bfloat16" else array
