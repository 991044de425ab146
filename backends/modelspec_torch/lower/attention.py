"""Attention layers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from modelspec.geometry import inverse
from modelspec.layers.attention import (
    FUSED_MASKED_SCORE,
    MASKED_SCORE,
    AdditiveAttention,
    Attention,
    GroupQueryAttention,
    MultiHeadAttention,
    ProjectedAttention,
    ScoredAttention,
)
from modelspec_torch.lower.context import Context
from modelspec_torch.lower.regularization import MaskDropout
from modelspec_torch.lower.rules import Rules
from modelspec_torch.penalties import penalize_activity


class HeadAttention(nn.Module):
    """Attention between projections, along any axes, with as many heads of the key as of the query or fewer.

    ``nn.MultiheadAttention`` has one size of head for all, no gate, and NaN for a query that sees no key, where Keras has
    numbers.
    """

    def __init__(self, layer: ProjectedAttention, rank: int) -> None:
        super().__init__()
        self.layer = layer
        self.axes = layer.axes(rank)
        others = tuple(axis for axis in range(1, rank - 1) if axis not in self.axes)
        self.order = (0, *others, rank - 1, *self.axes, rank)
        """From what a projection makes, ``(batch, ..., heads, size)``, to ``(batch, others, heads, axes, size)``."""
        self.fused = layer.is_fused(rank)
        self.repeats = layer.heads.query // layer.heads.key
        self.dropout = _dropout(layer.dropout, layer.seed)
        self.projections = nn.ModuleDict(_taps(layer))
        """What keeps the penalties on single projections."""

    def forward(self, *inputs: Tensor) -> Tensor:
        query, value, key, mask = self.layer.roles(inputs)
        queries, keys, values = (
            self._tapped(role, self._project(role, x)).permute(self.order)
            for role, x in (("query", query), ("key", key), ("value", value))
        )
        sizes = queries.shape[-1 - len(self.axes) : -1]
        joined = self._joined(
            self._attended(_rows(queries, self.axes), _rows(keys, self.axes), _rows(values, self.axes), mask), sizes
        )
        if self.layer.use_gate:
            joined = joined * self._tapped("gate", torch.sigmoid(self._project("gate", query)))
        return self._tapped("output", self._project("output", joined))

    def _project(self, role: str, x: Tensor) -> Tensor:
        """Return ``x`` with the last axes of a kernel in the place of its own last, the bias added."""
        kernel: Tensor = self.get_parameter(f"{role}_kernel")
        bias = self.get_parameter(f"{role}_bias").flatten() if self.layer.use_bias else None
        if role == "output":
            x, kernel = _laid_out(x).flatten(-2), kernel.flatten(0, 1)
        return functional.linear(x, kernel.flatten(1).mT, bias).unflatten(-1, kernel.shape[1:])

    def _tapped(self, role: str, made: Tensor) -> Tensor:
        return self.projections[role](made) if role in self.projections else made

    def _joined(self, made: Tensor, sizes: torch.Size) -> Tensor:
        """Return what the heads made, its rows apart again, as a projection would have made it."""
        return made.unflatten(-2, sizes).permute(inverse(self.order))

    def _attended(self, queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
        """Return what each head makes, ``(..., heads, queries, size)``."""
        layer = self.layer
        if self.repeats > 1:
            keys, values = (item.repeat_interleave(self.repeats, -3) for item in (keys, values))
        if self.fused and mask is None and layer.sliding_window is None:
            return functional.scaled_dot_product_attention(
                queries, keys, values, is_causal=layer.use_causal_mask, scale=layer.heads.scale
            )
        scores = _laid_out(queries * layer.heads.scale) @ _laid_out(keys.mT)
        seen = self._seen(scores, mask)
        if seen is not None:
            absent = FUSED_MASKED_SCORE if self.fused else MASKED_SCORE
            scores = scores.masked_fill(~seen, max(absent, torch.finfo(scores.dtype).min))
        shares = scores.softmax(-1)
        if seen is not None and not self.fused:
            shares = shares.masked_fill(~seen, 0.0)
        return self.dropout(shares) @ _laid_out(values)

    def _seen(self, scores: Tensor, mask: Tensor | None) -> Tensor | None:
        """Return which queries see which keys, in a shape that broadcasts to the scores; None where all see all."""
        layer, count = self.layer, len(self.axes)
        parts: list[Tensor] = []
        if mask is not None:
            rows = mask.flatten(1, count).flatten(2)
            parts.append(rows[(slice(None), *[None] * (scores.ndim - 3))])
        if layer.use_causal_mask:
            parts.append(_distances(scores) >= 0)
        if layer.sliding_window is not None:
            parts.append(_distances(scores).abs() < layer.sliding_window)
        return _all(parts)

    def extra_repr(self) -> str:
        heads = self.layer.heads
        return f"{heads.query} heads of {heads.key_size}, {heads.key} of the key, axes={self.axes}"


class ScoreAttention(nn.Module):
    """Attention by scores of the inputs themselves; ``score`` makes them."""

    scale: Tensor | None
    concat_score_weight: Tensor

    def __init__(self, layer: ScoredAttention, score: Callable[[ScoreAttention, Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.layer, self.score = layer, score
        self.dropout = _dropout(layer.dropout, layer.seed)
        self.register_parameter("scale", None)

    def forward(self, *inputs: Tensor) -> Tensor:
        query, value, key, query_mask, value_mask = self.layer.roles(inputs)
        scores = self.score(self, query, key)
        seen = _all(
            [
                *([] if value_mask is None else [value_mask[:, None]]),
                *([_distances(scores) >= 0] if self.layer.use_causal_mask else []),
            ]
        )
        if seen is not None:
            scores = torch.where(seen, scores, scores + max(MASKED_SCORE, torch.finfo(scores.dtype).min))
        made = self.dropout(scores.softmax(-1)) @ value
        return made if query_mask is None else torch.where(query_mask[:, :, None], made, 0.0)

    def extra_repr(self) -> str:
        return f"{self.score.__name__}, scale={self.scale is not None}"


def dot(module: ScoreAttention, query: Tensor, key: Tensor) -> Tensor:
    """``scale * query @ key``"""
    scores = query @ _laid_out(key.mT)
    return scores if module.scale is None else scores * module.scale


def concat(module: ScoreAttention, query: Tensor, key: Tensor) -> Tensor:
    """``concat_score_weight * sum(tanh(scale * (query + key)))``"""
    pairs = query[:, :, None] + key[:, None]
    return module.concat_score_weight * torch.tanh(pairs if module.scale is None else module.scale * pairs).sum(-1)


def additive(module: ScoreAttention, query: Tensor, key: Tensor) -> Tensor:
    """``sum(scale * tanh(query + key))``"""
    bent = torch.tanh(query[:, :, None] + key[:, None])
    return (bent if module.scale is None else module.scale * bent).sum(-1)


def projected_attention(layer: ProjectedAttention, ctx: Context) -> nn.Module:
    """A module of our own, on PyTorch's fused attention where no query can be without a key."""
    return ctx.bind(HeadAttention(layer, ctx.input.rank))


def attention(layer: Attention, ctx: Context) -> nn.Module:
    """A module of our own, by the product of query and key or by the tangent of their sum."""
    return ctx.bind(ScoreAttention(layer, dot if layer.score_mode == "dot" else concat))


def additive_attention(layer: AdditiveAttention, ctx: Context) -> nn.Module:
    """A module of our own, by the weighted tangent of the sum of query and key."""
    return ctx.bind(ScoreAttention(layer, additive))


def _taps(layer: ProjectedAttention) -> dict[str, nn.Module]:
    """Return where Keras penalizes an activity besides the layer's output: each projection, and GroupQueryAttention counts the
    last projection, which is its output, twice."""
    if layer.activity_regularizer is None:
        return {}
    twice = ("output",) if isinstance(layer, GroupQueryAttention) else ()
    return {
        role: penalize_activity(nn.Identity(), layer.activity_regularizer) for role in ("query", "key", "value", "gate", *twice)
    }


def _laid_out(x: Tensor) -> Tensor:
    """Return a copy with its axes in order: for a product of views, ``torch.export`` asks of each size whether it is 1."""
    return x.clone(memory_format=torch.contiguous_format)


def _rows(heads: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Return heads with the axes that attention runs along in one."""
    return heads.flatten(-1 - len(axes), -2)


def _distances(scores: Tensor) -> Tensor:
    """Return by how much each query stands after each key."""
    queries, keys = (torch.arange(size, device=scores.device) for size in scores.shape[-2:])
    return queries[:, None] - keys


def _all(parts: list[Tensor]) -> Tensor | None:
    seen: Tensor | None = None
    for part in parts:
        seen = part if seen is None else seen & part
    return seen


def _dropout(rate: float, seed: int | None) -> nn.Module:
    return nn.Dropout(rate) if seed is None else MaskDropout(rate, None, seed)


RULES: Rules = {
    AdditiveAttention: additive_attention,
    Attention: attention,
    GroupQueryAttention: projected_attention,
    MultiHeadAttention: projected_attention,
}
