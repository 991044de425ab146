"""What a rule sees of the node that it lowers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from modelspec.graph import Node
from modelspec.tensors import DType, Shape, TensorType
from modelspec.weights import Arrays
from modelspec_torch.axes import permute
from modelspec_torch.layouts import layout
from modelspec_torch.penalties import WeightRule

DTYPES: dict[DType, torch.dtype] = {
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float32": torch.float32,
    "float64": torch.float64,
    "uint8": torch.uint8,
    "int32": torch.int32,
    "int64": torch.int64,
    "bool": torch.bool,
}

AnyModule = TypeVar("AnyModule", bound=nn.Module)


@dataclass(frozen=True, slots=True)
class Context:
    """A node, and the canonical arrays of its weights by their own names."""

    node: Node
    weights: Arrays

    @property
    def input(self) -> TensorType:
        """The type of the first input."""
        return self.node.input_types[0]

    @property
    def spatial(self) -> Shape:
        """The spatial sizes of the first input, which is channels first."""
        return self.input.shape[1:]

    @property
    def channels(self) -> int:
        """The number of channels of the first input."""
        channels = self.input.shape[0]
        assert isinstance(channels, int)
        return channels

    @property
    def dtype(self) -> torch.dtype:
        """The data type of the output, and of the weights."""
        return DTYPES[self.node.output.dtype]

    def bind(self, module: AnyModule) -> AnyModule:
        """Return a module (made on the meta device, so that nothing was drawn for it) with the node's weights in it, and with
        their penalties and constraints where they have any."""
        rules: list[WeightRule] = []
        for bound in self.node.weights:
            own, weight = bound.weight, layout(self.node.layer, bound.weight)
            if own.regularizer is not None or own.constraint is not None:
                rules.append(WeightRule(weight.name, weight.axes, own.shape, own.regularizer, own.constraint))
            tensor = self._tensor(bound.weight.name, weight.axes)
            if weight.buffer:
                module.register_buffer(weight.name, tensor)
            else:
                module.register_parameter(weight.name, nn.Parameter(tensor, requires_grad=bound.trainable))
        if rules:
            module.weight_rules = tuple(rules)  # pyright: ignore[reportArgumentType]
        return module

    def _tensor(self, name: str, axes: str) -> Tensor:
        array = np.array(permute(self.weights[name], axes), dtype=self.node.output.array_dtype, order="C")
        return torch.from_numpy(array).to(self.dtype)
