"""Build the module of a graph, and the compiled model around it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from modelspec import files, weights
from modelspec.backend import rule_of
from modelspec.diagnostics import SpecError
from modelspec.graph import Graph
from modelspec.layers.base import Spatial
from modelspec.model import Model
from modelspec.weights import Array, Arrays
from modelspec_torch.axes import restore
from modelspec_torch.export import exported
from modelspec_torch.lower import RULES
from modelspec_torch.lower.context import DTYPES, Context
from modelspec_torch.module import Block, SpecModule, Step, device_of
from modelspec_torch.names import module_paths, state_entries
from modelspec_torch.penalties import penalize_activity


def build(graph: Graph, arrays: Arrays) -> SpecModule:
    """Return the module of a graph as the passes left it, with ``arrays`` (canonical, by key) as its weights.

    It is in training mode, as every new module. Raises ValueError for a graph that is not channels first.
    """
    paths = module_paths(node.name for node in graph.nodes)
    steps = [Step(tuple(paths[node.name].split(".")), node.inputs, node.value) for node in graph.nodes]
    root = SpecModule(graph.name, tuple(graph.inputs), steps, graph.outputs)
    for node in graph.nodes:
        layer = node.layer
        if isinstance(layer, Spatial) and layer.data_format != "channels_first":
            raise ValueError(f"{node.name} is {layer.data_format}; run the passes for channels_first before lowering")
        context = Context(node, {bound.weight.name: arrays[bound.key] for bound in node.weights})
        module = rule_of(layer, RULES, "torch")(layer, context)
        if regularizer := getattr(layer, "activity_regularizer", None):
            penalize_activity(module, regularizer)
        _place(root, paths[node.name], module)
    return root


def _place(root: nn.Module, path: str, module: nn.Module) -> None:
    *blocks, name = path.split(".")
    for block in blocks:
        if block not in root._modules:
            root.add_module(block, Block())
        root = root.get_submodule(block)
    root.add_module(name, module)


@contextmanager
def inference(module: nn.Module) -> Iterator[None]:
    """Put a module in inference mode; each of its parts gets the mode back that it had."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


class TorchModel(Model):
    """A model of the PyTorch backend; ``native`` is a ``SpecModule``."""

    native: SpecModule

    def __init__(self, graph: Graph, native: SpecModule) -> None:
        super().__init__(graph)
        self.native = native

    def run(self, inputs: Mapping[str, Array], values: Sequence[str]) -> list[Array]:
        device = device_of(self.native)
        tensors = [_tensor(inputs[name]).to(device, DTYPES[kind.dtype]) for name, kind in self.graph.inputs.items()]
        with inference(self.native), torch.inference_mode():
            made = self.native._values(tensors, values)
        return [(value.float() if value.dtype == torch.bfloat16 else value).cpu().numpy() for value in made]

    def weights(self) -> Arrays:
        tensors = self.native.state_dict()
        return {
            entry.bound.key: np.array(restore(array_of(tensors[name]), entry.torch.axes, entry.bound.weight.shape), order="C")
            for name, entry in state_entries(self.graph).items()
        }

    def save(self, path: str | Path) -> list[Path]:
        """Write a .pt2 file, which ``torch.export.load(path).module()`` runs without this package, and the canonical weights
        beside it (``.weights.safetensors``); each whole or not at all.

        The program is in inference mode and takes any batch and, where the spec leaves a dimension open, any size.
        Raises SpecError: MS704 for another suffix, MS805 where a file cannot be written.
        """
        path = Path(path)
        if path.suffix != ".pt2":
            raise SpecError.of("MS704", f"a PyTorch model is saved as a .pt2 file, not as {path.name}")
        with inference(self.native):
            program = exported(self.native, self.graph)
        return [
            files.write(path, program),
            weights.write(path.with_suffix(".weights.safetensors"), self.weights(), self.graph.name),
        ]


def _tensor(array: Array) -> Tensor:
    """Return a copy: PyTorch cannot share memory that is read-only, reversed or of another byte order."""
    return torch.from_numpy(np.array(array, dtype=array.dtype.newbyteorder("="), order="C"))


def array_of(tensor: Tensor) -> Array:
    """Return the values, shared where possible; what NumPy or safetensors lack (bfloat16, float16) becomes float32."""
    wide = tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()
    return wide.detach().cpu().numpy()
