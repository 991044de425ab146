"""The PyTorch backend: a graph becomes a tree of ``torch.nn.Module`` named after the spec, and is saved as a ``.pt2`` file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from modelspec.backend import Inexact, Limits, Options, Step
from modelspec.layers import LAYERS, PARTS, Kinds
from modelspec_torch.limits import INEXACT, LACKS, LIMITS

if TYPE_CHECKING:
    from torch import Tensor, nn

    from modelspec.graph import Graph
    from modelspec.layers.base import Layer
    from modelspec.model import Model
    from modelspec.tensors import DataFormat
    from modelspec.weights import Array, Arrays
    from modelspec_torch.model import TorchModel


class TorchBackend:
    name: str = "torch"
    suffix: str = ".pt2"
    requires: Mapping[str, str] = {"torch": "torch", "numpy": "numpy", "safetensors": "safetensors"}
    extra: str = "modelspec-compiler[torch]"
    data_format: DataFormat = "channels_first"
    takes: Collection[str] = (".pt2", ".safetensors")
    ways: Collection[str] = (
        "compile", "cuda", "cuda-tf32", "cuda-fp16", "cuda-compile", "cuda-compile-tf32", "cuda-compile-fp16",
    )  # fmt: skip

    @property
    def layers(self) -> Collection[type[Layer]]:
        """The layers that it lowers itself."""
        return Kinds(LAYERS, PARTS, without=LACKS)

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
        refused: list[str] = []
        if options.target is not None:
            refused.append("a PyTorch model has no target; only ONNX files are written for what reads them")
        if options.functions:
            refused.append("a PyTorch model has no functions; only ONNX files have them")
        if options.optimize:
            refused.append(
                f"-O{options.optimize} folds layers for inference, but a PyTorch model is there to be trained, and its weights"
                " come back under the spec's keys; only the onnx backend optimises"
            )
        if options.precision != "fp32":
            refused.append(
                f"{options.precision} is for inference, but a PyTorch model is trained; only the onnx backend has it"
            )
        return refused

    def lower(self, graph: Graph, weights: Arrays, options: Options) -> Model:
        from modelspec_torch.model import TorchModel, build

        return TorchModel(graph, build(graph, weights))

    def train_step(self, model: Model, inputs: Arrays, targets: Arrays, rate: Callable[[Step], float]) -> Step:
        from modelspec_torch.training import train_step

        return train_step(cast("TorchModel", model), inputs, targets, rate)

    def repeated(self, model: Model, way: str = "") -> Callable[[Arrays], object]:
        """Return what runs a model: eager PyTorch, in evaluation and inference mode, that reads the arrays where they lie;
        ``compile``, torch.compile with the weights frozen; ``cuda``, on the GPU with channels last, where float32 is float32
        unless TF32 or float16 is asked for, and compiled for that with ``max-autotune``, which captures CUDA graphs."""
        from modelspec_torch.repeated import repeated

        return repeated(cast("TorchModel", model), frozenset(way.split("-")) if way else frozenset())

    def take_weights(self, graph: Graph, path: str | Path) -> dict[str, Array]:
        """Return trained weights as canonical arrays by key; nothing is unpickled, and PyTorch is not needed.

        ``path`` is a safetensors file of the state dict of a module that ``lower`` made for ``graph`` (``graph`` as the
        passes left it), a .pt2 file, or a safetensors file of canonical arrays. Raises SpecError: MS801 where the file
        cannot be read, MS601 where it is something else, MS602 with everything that does not match.
        """
        from modelspec_torch.trained import take_weights

        return take_weights(graph, path)


backend = TorchBackend()


def penalty(module: nn.Module) -> Tensor:
    """Return what Keras would add to the loss for a module that the backend made: the sum of its regularizers, for the weights
    that are trained and for the outputs of the last call."""
    from modelspec_torch import penalties

    return penalties.penalty(module)


def constrain(module: nn.Module) -> None:
    """Project the weights of a module that the backend made to their constraints, in place, as Keras does after each step."""
    from modelspec_torch import penalties

    penalties.constrain(module)
