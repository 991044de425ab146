"""A model that is run again and again, as PyTorch's users would in a loop: for ``modelspec bench``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection
from typing import Any

import torch
from torch import Tensor

from modelspec.diagnostics import SpecError
from modelspec.weights import Array, Arrays
from modelspec_torch.lower.context import DTYPES
from modelspec_torch.model import TorchModel, array_of

Forward = Callable[[list[Tensor]], list[Tensor]]


def repeated(model: TorchModel, how: Collection[str]) -> Callable[[Arrays], list[Array]]:
    """Return what runs a model in inference; it is left in evaluation mode, and where and in what it computes.

    ``how`` is some of ``cuda``, ``compile``, ``tf32`` and ``fp16``. Raises SpecError: MS804 where there is no GPU, MS702 where
    PyTorch finds no compiler for the CPU.
    """
    gpu, half = "cuda" in how, "fp16" in how
    if gpu and not torch.cuda.is_available():
        raise SpecError.of("MS804", f"this PyTorch {torch.__version__} finds no GPU", "install it for CUDA, where a GPU is")
    module, values = model.native.eval(), list(model.graph.outputs.values())
    kinds = {name: DTYPES[kind.dtype] for name, kind in model.graph.inputs.items()}
    device = torch.device("cuda" if gpu else "cpu")
    if gpu:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = "tf32" in how
        torch.backends.cudnn.benchmark = True
        placed: Any = module.to(device)
        placed.to(memory_format=torch.channels_last)  # in place, as all of a module is
    if half:
        module.half()

    def eager(tensors: list[Tensor]) -> list[Tensor]:
        return module._values(tensors, values)

    forward = _compiled(eager, gpu) if "compile" in how else eager

    def run(inputs: Arrays) -> list[Array]:
        tensors = [torch.from_numpy(inputs[name]).to(device, kind) for name, kind in kinds.items()]
        if half:
            tensors = [it.half() if it.is_floating_point() else it for it in tensors]
        with torch.inference_mode():
            return [array_of(value) for value in forward(tensors)]

    return run


def _compiled(forward: Forward, gpu: bool) -> Forward:
    """Return a function that is compiled for each shape: on the CPU with the weights as constants, on a GPU as CUDA graphs."""
    if gpu:
        return torch.compile(forward, dynamic=False, mode="max-autotune")
    if not any(shutil.which(name) for name in (os.environ.get("CXX", "g++"), "clang++", "cl")):
        message = "torch.compile needs a C++ compiler, and there is none"
        raise SpecError.of("MS702", message, "install g++, or name one in CXX")
    return torch.compile(forward, dynamic=False, options={"freezing": True})
