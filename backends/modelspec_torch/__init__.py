"""The PyTorch backend: a graph becomes a tree of ``torch.nn.Module`` named after the spec, and is saved as a ``.pt2`` file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec.backend import Options, Refusal
from modelspec.layers.convolution import Conv2D, DepthwiseConv2D
from modelspec.layers.core import Activation, Dense, ReLU
from modelspec.layers.merging import Add, Concatenate
from modelspec.layers.normalization import BatchNormalization
from modelspec.layers.pooling import AveragePooling2D, GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D
from modelspec.layers.preprocessing import Rescaling
from modelspec.layers.regularization import Dropout
from modelspec.layers.reshaping import Flatten, Permute, ZeroPadding2D

if TYPE_CHECKING:
    from modelspec.graph import Graph
    from modelspec.layers.base import Layer
    from modelspec.model import Model
    from modelspec.tensors import DataFormat
    from modelspec.weights import Array, Arrays

SUPPORTED: tuple[type[Layer], ...] = (
    Activation, Add, AveragePooling2D, BatchNormalization, Concatenate, Conv2D, Dense, DepthwiseConv2D, Dropout, Flatten,
    GlobalAveragePooling2D, GlobalMaxPooling2D, MaxPooling2D, Permute, ReLU, Rescaling, ZeroPadding2D,
)  # fmt: skip
"""The keys of ``lower.RULES``, which needs PyTorch to be read."""


class TorchBackend:
    name: str = "torch"
    suffix: str = ".pt2"
    requires: Mapping[str, str] = {"torch": "torch", "numpy": "numpy", "safetensors": "safetensors"}
    extra: str = "modelspec-compiler[torch]"
    data_format: DataFormat = "channels_first"
    takes: Collection[str] = (".pt2", ".safetensors")

    @property
    def layers(self) -> Collection[type[Layer]]:
        return SUPPORTED

    def refuse_options(self, options: Options) -> list[str]:
        if options.opset is None:
            return []
        return [f"opset {options.opset} is asked for, but a PyTorch model has no ONNX operator set; leave it out"]

    def refuse(self, graph: Graph) -> list[Refusal]:
        return [
            Refusal(
                node,
                "synchronized is true, but PyTorch's synchronized batch normalization keeps an unbiased moving variance,"
                " so that training would give other weights than the spec says",
                "set synchronized to false (inference is the same), or compile for Keras to train on several devices",
            )
            for node in graph.nodes
            if isinstance(node.layer, BatchNormalization) and node.layer.synchronized
        ]

    def lower(self, graph: Graph, weights: Arrays, options: Options) -> Model:
        from modelspec_torch.model import TorchModel, build

        return TorchModel(graph, build(graph, weights))

    def take_weights(self, graph: Graph, path: str | Path) -> dict[str, Array]:
        """Return trained weights as canonical arrays by key; nothing is unpickled, and PyTorch is not needed.

        ``path`` is a safetensors file of the state dict of a module that ``lower`` made for ``graph`` (``graph`` as the
        passes left it), a .pt2 file, or a safetensors file of canonical arrays. Raises SpecError: MS801 where the file
        cannot be read, MS601 where it is something else, MS602 with everything that does not match.
        """
        from modelspec_torch.trained import take_weights

        return take_weights(graph, path)


backend = TorchBackend()
