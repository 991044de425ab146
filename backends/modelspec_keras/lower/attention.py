"""Attention layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from modelspec.layers.attention import (
    AdditiveAttention,
    Attention,
    GroupQueryAttention,
    MultiHeadAttention,
    ProjectedAttention,
    ScoredAttention,
)
from modelspec_keras.framework import keras
from modelspec_keras.lower.arguments import regularizer, weight_arguments
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


class Called:
    """A Keras layer whose inputs are arguments: called on the list of them, as others are; its attributes are the layer's."""

    def __init__(self, native: Any, call: Callable[[Sequence[Any]], Any]) -> None:
        self._native, self._call = native, call

    def __call__(self, values: Sequence[Any]) -> Any:
        return self._call(values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)


def multi_head_attention(layer: MultiHeadAttention, site: Site) -> Chain:
    """Lower to ``keras.layers.MultiHeadAttention``."""
    native = keras.layers.MultiHeadAttention(
        num_heads=layer.num_heads,
        key_dim=layer.key_dim,
        value_dim=layer.value_dim,
        output_shape=layer.output_shape,
        attention_axes=layer.attention_axes,
        **_arguments(layer),
        **site.common,
    )
    return (_projected(layer, native),)


def group_query_attention(layer: GroupQueryAttention, site: Site) -> Chain:
    """Lower to ``keras.layers.GroupQueryAttention``."""
    native = keras.layers.GroupQueryAttention(
        head_dim=layer.head_dim,
        num_query_heads=layer.num_query_heads,
        num_key_value_heads=layer.num_key_value_heads,
        **_arguments(layer),
        **site.common,
    )
    return (_projected(layer, native),)


def attention(layer: Attention, site: Site) -> Chain:
    """Lower to ``keras.layers.Attention``."""
    native = keras.layers.Attention(
        use_scale=layer.use_scale, score_mode=layer.score_mode, dropout=layer.dropout, seed=layer.seed, **site.common
    )
    return (_scored(layer, native, site),)


def additive_attention(layer: AdditiveAttention, site: Site) -> Chain:
    """Lower to ``keras.layers.AdditiveAttention``."""
    native = keras.layers.AdditiveAttention(use_scale=layer.use_scale, dropout=layer.dropout, seed=layer.seed, **site.common)
    return (_scored(layer, native, site),)


def _arguments(layer: ProjectedAttention) -> dict[str, Any]:
    """Return the arguments that both layers with projections take; older versions of Keras lack the last two."""
    newer = {"sliding_window": layer.sliding_window, "use_gate": layer.use_gate}
    return {
        "dropout": layer.dropout,
        "use_bias": layer.use_bias,
        "activity_regularizer": regularizer(layer.activity_regularizer),
        "seed": layer.seed,
        **weight_arguments(layer, "kernel", "bias"),
        **{name: value for name, value in newer.items() if value},
    }


def _projected(layer: ProjectedAttention, native: Any) -> Called:
    def call(values: Sequence[Any]) -> Any:
        query, value, key, mask = layer.roles(values)
        return native(
            query,
            value,
            key=None if key is value else key,
            attention_mask=mask,
            use_causal_mask=layer.use_causal_mask,
        )

    return Called(native, call)


def _scored(layer: ScoredAttention, native: Any, site: Site) -> Called:
    """Return the layer, and after it the mask of the query as a product: Keras's own would go on to the layers that read the
    output, as an implicit mask that the spec does not have."""

    def call(values: Sequence[Any]) -> Any:
        query, value, key, query_mask, value_mask = layer.roles(values)
        made = native(
            [query, value] if key is value else [query, value, key],
            mask=None if value_mask is None else [None, value_mask],
            use_causal_mask=layer.use_causal_mask,
        )
        if query_mask is None:
            return made
        column = keras.layers.Reshape((-1, 1), **site.beside("query_mask").common)(query_mask)
        return keras.layers.Multiply(**site.beside("masked").common)([made, column])

    return Called(native, call)


RULES: Rules = {
    AdditiveAttention: additive_attention,
    Attention: attention,
    GroupQueryAttention: group_query_attention,
    MultiHeadAttention: multi_head_attention,
}
