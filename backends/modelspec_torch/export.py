"""Export a module as a program that runs without this package."""

from __future__ import annotations

import io
from collections import defaultdict

import torch
from torch import nn
from torch.export import Dim
from torch.fx import GraphModule
from torch.fx.experimental import _config as shapes_config

from modelspec.graph import Graph
from modelspec.layers.reshaping import Permute
from modelspec.tensors import Symbol
from modelspec_torch.lower.context import DTYPES
from modelspec_torch.module import device_of


def exported(module: nn.Module, graph: Graph) -> bytes:
    """Return the .pt2 archive of a module in inference mode: the same bytes for the same module.

    The batch is dynamic, and so is every dimension that the spec leaves open. The program checks that dimensions of one name
    are equal, and large enough that no layer shrinks them to nothing (to 1, in a program that permutes its input).
    """
    # What a Permute makes is channels last in memory, and to choose a convolution's memory format PyTorch asks of each size
    # whether it is 1; else images may be as small as the layers allow.
    least = _sizes(graph, 2 if any(isinstance(node.layer, Permute) for node in graph.nodes) else 1)
    dims = {name: Dim(name, min=minimum) for name, minimum in least.items()}
    batch = Dim("batch")
    # With 2 examples, and 3 elements at the least all the way, no size is taken for the constant 1.
    sizes = _sizes(graph, 3)
    device = device_of(module)
    examples = tuple(
        torch.zeros(
            (2, *(sizes[dim.name] if isinstance(dim, Symbol) else dim for dim in value.shape)),
            dtype=DTYPES[value.dtype],
            device=device,
        )
        for value in graph.inputs.values()
    )
    shapes = tuple(
        {0: batch, **{axis: dims[dim.name] for axis, dim in enumerate(value.shape, 1) if isinstance(dim, Symbol)}}
        for value in graph.inputs.values()
    )
    # Without this, broadcasting would refuse sizes of which some layer makes a 1. PyTorch's own ONNX export does the same.
    with shapes_config.patch(backed_size_oblivious=True):  # pyright: ignore[reportAttributeAccessIssue]
        program = torch.export.export(module, examples, dynamic_shapes=(shapes,), strict=False)
    _forget_places(program.graph_module)
    program.example_inputs = None
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


def _sizes(graph: Graph, least: int) -> dict[str, int]:
    """Return the size of every open dimension of the inputs at which no value has fewer than ``least`` elements along it."""
    sizes: defaultdict[str, int] = defaultdict(int)
    for value in graph.types.values():
        for dim in value.shape:
            if isinstance(dim, Symbol):
                sizes[dim.name] = max(sizes[dim.name], least * dim.divisor - dim.offset)
    return dict(sizes)


def _forget_places(module: GraphModule) -> None:
    """Drop the stack traces, which name the source files of this machine."""
    for part in module.modules():
        if isinstance(part, GraphModule):
            for node in part.graph.nodes:
                node.meta.pop("stack_trace", None)
