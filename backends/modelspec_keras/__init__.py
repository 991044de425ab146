"""The Keras backend. Keras itself is imported only when a graph is lowered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec.backend import Options, Refusal
from modelspec.layers.base import Layer
from modelspec.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D
from modelspec.layers.core import Activation, Dense, ReLU
from modelspec.layers.merging import Add, Concatenate
from modelspec.layers.normalization import BatchNormalization
from modelspec.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from modelspec.layers.preprocessing import Rescaling
from modelspec.layers.regularization import Dropout
from modelspec.layers.reshaping import Flatten, Permute, ZeroPadding2D
from modelspec.tensors import DataFormat

if TYPE_CHECKING:
    from modelspec.graph import Graph
    from modelspec.weights import Array, Arrays
    from modelspec_keras.model import KerasModel

SUPPORTED: tuple[type[Layer], ...] = (
    Activation, Add, AveragePooling2D, BatchNormalization, Concatenate, Conv2D, Dense, DepthwiseConv2D, Dropout, Flatten,
    GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D, Permute, ReLU, Rescaling, SeparableConv2D, ZeroPadding2D,
)  # fmt: skip
"""The layers that ``modelspec_keras.lower.RULES`` has rules for."""


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
    layers: tuple[type[Layer], ...] = SUPPORTED

    def refuse_options(self, options: Options) -> list[str]:
        """Return a sentence for every option that Keras cannot honour."""
        return (
            ["the keras backend has no operator sets; only the onnx backend takes an opset"]
            if options.opset is not None
            else []
        )

    def refuse(self, graph: Graph) -> list[Refusal]:
        """Return nothing: all that the core accepts, Keras computes."""
        return []

    def lower(self, graph: Graph, weights: Arrays, options: Options) -> KerasModel:
        """Return the functional Keras model of a graph."""
        from modelspec_keras.lower import lower

        return lower(graph, weights)

    def take_weights(self, graph: Graph, path: str | Path) -> dict[str, Array]:
        """Return the canonical arrays from a trained ``.keras`` file of a graph; nothing in the file is executed.

        Raises SpecError (MS601, MS602, MS801).
        """
        from modelspec_keras.archive import take_weights

        return take_weights(graph, path)


backend = KerasBackend()
