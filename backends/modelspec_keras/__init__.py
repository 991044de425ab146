"""The Keras backend. Keras itself is imported only when a graph is lowered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from modelspec.backend import Inexact, Limits, Options, Step
from modelspec.layers import LAYERS, Kinds
from modelspec.layers.base import Layer
from modelspec.tensors import DataFormat
from modelspec_keras.limits import INEXACT, LACKS, LIMITS

if TYPE_CHECKING:
    from modelspec.graph import Graph
    from modelspec.model import Model
    from modelspec.weights import Array, Arrays
    from modelspec_keras.model import KerasModel


class KerasBackend:
    """Lowers graphs to functional Keras models of native layers, on TensorFlow."""

    name: str = "keras"
    suffix: str = ".keras"
    requires: Mapping[str, str] = {
        "keras": "keras",
        "tensorflow": "tensorflow",
        "h5py": "h5py",
        "numpy": "numpy",
        "safetensors": "safetensors",
    }
    extra: str = "modelspec-compiler[keras]"
    data_format: DataFormat = "channels_last"
    takes: Collection[str] = (".keras",)
    ways: Collection[str] = ("function",)

    @property
    def layers(self) -> Collection[type[Layer]]:
        """The layers that it lowers itself."""
        return Kinds(LAYERS, without=LACKS)

    @property
    def lacks(self) -> Mapping[str, str]:
        """Why it has no rule for the others."""
        return LACKS

    @property
    def limits(self) -> Limits:
        """The uses of its layers that it refuses."""
        return LIMITS

    @property
    def inexact(self) -> Inexact:
        """What it computes less exactly than float64 allows."""
        return INEXACT

    def refuse_options(self, options: Options) -> list[str]:
        """Return a sentence for every option that Keras cannot honour."""
        refused: list[str] = []
        if options.target is not None:
            refused.append("a Keras model has no target; only ONNX files are written for what reads them")
        if options.functions:
            refused.append("a Keras model has no functions; only ONNX files have them")
        if options.optimize:
            refused.append(
                f"-O{options.optimize} folds layers for inference, but a Keras model is there to be trained, and its weights"
                " come back under the spec's keys; only the onnx backend optimises"
            )
        if options.precision != "fp32":
            refused.append(f"{options.precision} is for inference, but a Keras model is trained; only the onnx backend has it")
        return refused

    def lower(self, graph: Graph, weights: Arrays, options: Options) -> KerasModel:
        """Return the functional Keras model of a graph."""
        from modelspec_keras.lower import lower

        return lower(graph, weights)

    def train_step(self, model: Model, inputs: Arrays, targets: Arrays, rate: Callable[[Step], float]) -> Step:
        """Change a model by one step of gradient descent, and return the step."""
        from modelspec_keras.training import train_step

        return train_step(cast("KerasModel", model), inputs, targets, rate)

    def repeated(self, model: Model, way: str = "") -> Callable[[Arrays], object]:
        """Return what runs a model: Keras's ``predict_on_batch``, or ``function``, TensorFlow's own without Keras's loop."""
        native, names = model.native, list(model.graph.inputs)
        if way == "function":
            return _traced(native, names)
        if len(names) == 1:
            return lambda inputs: native.predict_on_batch(inputs[names[0]])
        return lambda inputs: native.predict_on_batch([inputs[name] for name in names])

    def take_weights(self, graph: Graph, path: str | Path) -> dict[str, Array]:
        """Return the canonical arrays from a trained ``.keras`` file of a graph; nothing in the file is executed.

        Raises SpecError (MS601, MS602, MS801).
        """
        from modelspec_keras.archive import take_weights

        return take_weights(graph, path)


def _traced(native: Any, names: Sequence[str]) -> Callable[[Arrays], object]:
    """Return a model as TensorFlow's users call it without Keras's loop: traced once for each shape, in inference."""
    import tensorflow as tf

    traced: Any = tf.function(lambda inputs: native(inputs, training=False), reduce_retracing=False)

    def run(inputs: Arrays) -> object:
        tensors = [tf.constant(inputs[name]) for name in names]
        return tf.nest.map_structure(lambda it: it.numpy(), traced(tensors[0] if len(tensors) == 1 else tensors))

    return run


backend = KerasBackend()
