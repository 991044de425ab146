"""Dense, Embedding, and the activations that are layers of their own."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from modelspec.layers.core import Activation, Dense, Embedding
from modelspec_torch import activations
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.rules import Rules


class FusedLinear(nn.Linear):
    """A linear layer with an activation after it."""

    activation: nn.Module

    def forward(self, input: Tensor) -> Tensor:
        return self.activation(super().forward(input))


def dense(layer: Dense, ctx: Context) -> nn.Module:
    """A native linear layer, which also works along the last axis; kernel ``(in, out)`` becomes ``(out, in)``."""
    size = ctx.input.shape[-1]
    assert isinstance(size, int)
    activation = activations.fused(layer.activation)
    make = nn.Linear if activation is None else FusedLinear
    module = make(size, layer.units, bias=layer.use_bias, device="meta", dtype=ctx.dtype)
    if activation is not None:
        module.activation = activation
    return ctx.bind(module)


def activation(layer: Activation, ctx: Context) -> nn.Module:
    """The function's own module."""
    return activations.activation(layer.activation)


class TruncatingEmbedding(nn.Embedding):
    """An embedding of any numbers, cut to integers; negative ones count from the end."""

    def forward(self, input: Tensor) -> Tensor:
        index = input if input.dtype == torch.int64 else input.to(torch.int32)
        return super().forward(torch.where(index < 0, index + self.num_embeddings, index))


def embedding(layer: Embedding, ctx: Context) -> nn.Module:
    """A native embedding, once the input is made of indices."""
    return ctx.bind(TruncatingEmbedding(layer.input_dim, layer.output_dim, device="meta", dtype=ctx.dtype))


RULES: Rules = {
    Activation: activation,
    Dense: dense,
    Embedding: embedding,
}
