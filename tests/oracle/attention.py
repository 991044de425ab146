"""The oracle of attention layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelspec.layers.attention import (
    AdditiveAttention,
    Attention,
    GroupQueryAttention,
    MultiHeadAttention,
    ProjectedAttention,
    ScoredAttention,
)
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def projected(layer: ProjectedAttention, inputs: list[Doubles], weights: Weights) -> Doubles:
    """Head by head: the axes that attention runs along go last and into one, and come back at the end."""
    query, value, key, mask = roles(inputs, layer.attention_mask)
    axes = layer.axes(query.ndim)
    queries = projection(query, weights, "query")
    keys = projection(key, weights, "key")
    values = projection(value, weights, "value")
    heads: list[Doubles] = []
    for own in range(queries.shape[-2]):
        shared = head_of_key(own, queries.shape[-2], keys.shape[-2])
        heads.append(head(layer, axes, queries[..., own, :], keys[..., shared, :], values[..., shared, :], mask))
    joined = np.stack(heads, axis=-2)
    if layer.use_gate:
        joined = joined / (1 + np.exp(-projection(query, weights, "gate")))
    made = np.tensordot(joined, weights["output_kernel"], axes=2)
    return made + weights.get("output_bias", 0.0)


def head(
    layer: ProjectedAttention, axes: tuple[int, ...], queries: Doubles, keys: Doubles, values: Doubles, mask: Doubles | None
) -> Doubles:
    """What one head makes of its query, key and value."""
    fused = queries.ndim == 3 and not layer.dropout
    (queries, sizes), (keys, _), (values, _) = (rows(array, axes) for array in (queries, keys, values))
    scores = scored_heads(queries, keys)
    seen = visible(layer, scores, mask)
    shares = softmax(np.where(seen, scores, -1e9))
    blind = ~seen.any(-1, keepdims=True)
    shares = np.where(blind, share_of_the_unseen(seen.shape[-1], fused), shares)
    return apart(shares @ values, sizes, axes)


def scored_heads(queries: Doubles, keys: Doubles) -> Doubles:
    """On TensorFlow, Keras rounds the factor to float32 in every precision."""
    return queries @ np.swapaxes(keys, -1, -2) * np.float64(np.float32(1 / np.sqrt(queries.shape[-1])))


def head_of_key(own: int, queries: int, keys: int) -> int:
    """The head of key and value that goes with a head of the query."""
    return own // (queries // keys)


def share_of_the_unseen(keys: int, fused: bool) -> float:
    """What a query that sees no key takes of each value."""
    return 1 / keys if fused else 0.0


def projection(x: Doubles, weights: Weights, role: str) -> Doubles:
    return np.tensordot(x, weights[f"{role}_kernel"], axes=1) + weights.get(f"{role}_bias", 0.0)


def roles(inputs: list[Doubles], masked: bool) -> tuple[Doubles, Doubles, Doubles, Doubles | None]:
    """Query, value, key and mask."""
    tensors = inputs[:-1] if masked else inputs
    return tensors[0], tensors[1], tensors[-1], inputs[-1] if masked else None


def rows(x: Doubles, axes: tuple[int, ...]) -> tuple[Doubles, tuple[int, ...]]:
    """``x`` with some axes in one before the last, and their sizes."""
    moved = np.moveaxis(x, axes, range(-1 - len(axes), -1))
    sizes = moved.shape[-1 - len(axes) : -1]
    return moved.reshape(*moved.shape[: -1 - len(axes)], -1, x.shape[-1]), sizes


def apart(x: Doubles, sizes: tuple[int, ...], axes: tuple[int, ...]) -> Doubles:
    """What ``rows`` was given."""
    return np.moveaxis(x.reshape(*x.shape[:-2], *sizes, x.shape[-1]), range(-1 - len(axes), -1), axes)


def visible(layer: ProjectedAttention, scores: Doubles, mask: Doubles | None) -> NDArray[np.bool_]:
    """Which query sees which key, in the shape of the scores."""
    seen = np.ones(scores.shape, bool)
    after = distances(*scores.shape[-2:])
    if layer.use_causal_mask:
        seen &= after >= 0
    if layer.sliding_window is not None:
        seen &= np.abs(after) < layer.sliding_window
    if mask is not None:
        if mask.ndim > 3:
            mask = mask.reshape(len(mask), *scores.shape[-2:])
        seen &= mask.reshape(len(mask), *[1] * (scores.ndim - 3), *mask.shape[1:]) != 0
    return seen


def distances(queries: int, keys: int) -> NDArray[np.int64]:
    """By how much each query stands after each key."""
    return np.subtract.outer(np.arange(queries), np.arange(keys))


def softmax(x: Doubles) -> Doubles:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def attention(layer: Attention, inputs: list[Doubles], weights: Weights) -> Doubles:
    def score(query: Doubles, key: Doubles) -> Doubles:
        scale = weights.get("scale", 1.0)
        if layer.score_mode == "dot":
            return scale * (query @ np.swapaxes(key, 1, 2))
        return weights["concat_score_weight"] * np.tanh(scale * pairs(query, key)).sum(-1)

    return scored(layer, inputs, score)


def additive_attention(layer: AdditiveAttention, inputs: list[Doubles], weights: Weights) -> Doubles:
    def score(query: Doubles, key: Doubles) -> Doubles:
        return (weights.get("scale", 1.0) * np.tanh(pairs(query, key))).sum(-1)

    return scored(layer, inputs, score)


def pairs(query: Doubles, key: Doubles) -> Doubles:
    return query[:, :, None] + key[:, None]


def scored(layer: ScoredAttention, inputs: list[Doubles], score: Callable[[Doubles, Doubles], Doubles]) -> Doubles:
    inputs = list(inputs)
    value_mask = inputs.pop() if layer.value_mask else None
    query_mask = inputs.pop() if layer.query_mask else None
    query, value, key, _ = roles(inputs, masked=False)
    scores = score(query, key)
    seen = np.ones(scores.shape, bool)
    if layer.use_causal_mask:
        seen &= distances(*scores.shape[1:]) >= 0
    if value_mask is not None:
        seen &= value_mask[:, None] != 0
    made = softmax(np.where(seen, scores, -np.inf)) @ value
    return made if query_mask is None else made * query_mask[:, :, None]


def _changed(**fields: Any) -> Any:
    def wrong(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
        return ORACLE[type(layer)](layer.model_copy(update=fields), inputs, weights)

    return wrong


def _inverted(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return projected(layer, [*inputs[:-1], 1 - inputs[-1]], weights)


def _without_query_mask(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    return attention(layer.model_copy(update={"query_mask": False}), inputs[:-1], weights)


def _scaled_inside(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    def score(query: Doubles, key: Doubles) -> Doubles:
        return np.tanh(weights["scale"] * pairs(query, key)).sum(-1)

    return scored(layer, inputs, score)


def _value_after_key(inputs: list[Doubles], masked: bool) -> tuple[Doubles, Doubles, Doubles, Doubles | None]:
    tensors = inputs[:-1] if masked else inputs
    return tensors[0], tensors[-1], tensors[1], inputs[-1] if masked else None


ORACLE: Oracle = {
    AdditiveAttention: additive_attention,
    Attention: attention,
    GroupQueryAttention: projected,
    MultiHeadAttention: projected,
}

MUTATIONS: Mutations = {
    "a mask that is true where PyTorch blocks": ("MultiHeadAttention-mask", MultiHeadAttention, _inverted),
    "no scale of the scores": ("MultiHeadAttention-self", "attention.scored_heads", lambda q, k: q @ np.swapaxes(k, -1, -2)),
    "inputs in PyTorch's order": ("MultiHeadAttention-key-like-value", "attention.roles", _value_after_key),
    "a causal mask from the lower right": (
        "MultiHeadAttention-causal-shorter",
        "attention.distances",
        lambda queries, keys: np.subtract.outer(np.arange(keys - queries, keys), np.arange(keys)),
    ),
    "a window that is one wider": ("MultiHeadAttention-window", MultiHeadAttention, _changed(sliding_window=3)),
    "no window": ("GroupQueryAttention-window", GroupQueryAttention, _changed(sliding_window=None)),
    "nothing for a query that sees no key": (
        "MultiHeadAttention-mask-blind",
        "attention.share_of_the_unseen",
        lambda _, __: 0.0,
    ),
    "the mean for a query that sees no key, with dropout": (
        "MultiHeadAttention-mask-blind-dropout",
        "attention.share_of_the_unseen",
        lambda keys, _: 1 / keys,
    ),
    "heads of the key in turn": (
        "GroupQueryAttention-two-heads",
        "attention.head_of_key",
        lambda own, _, keys: own % keys,
    ),
    "no gate": ("MultiHeadAttention-gate", MultiHeadAttention, _changed(use_gate=False)),
    "the query's mask forgotten": ("Attention-query-mask", Attention, _without_query_mask),
    "scores by the product": ("Attention-concat-scale", Attention, _changed(score_mode="dot")),
    "the scale before the tangent": ("AdditiveAttention-self", AdditiveAttention, _scaled_inside),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
