"""Attention: masks, scales, the order of inputs, and which heads belong together."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelspec.layers.attention import Attention, GroupQueryAttention, MultiHeadAttention
from mutations.mutation import Json, Mutation, spec
from mutations.rules import emitting, weights, wrapped

MASK = "Masks of attention: true lets attend in Keras, and blocks in PyTorch's MultiheadAttention."
SCALE = "The scale of scores: 1 / sqrt(size of a head) in MultiHeadAttention; Keras's Attention has none, PyTorch's has."
INPUTS = "The inputs of attention: query, value, key in Keras; query, key, value in PyTorch."
KERNEL = "Kernels of attention: (inputs, heads, size of a head) in Keras; PyTorch has the rows of a head together."
HEADS = "Heads that share a key: neighbours in Keras, PyTorch and ONNX; repeated as a whole, others would share it."

KEY_DIM = 4
SEQUENCES: Json = {"a": {"shape": [5, 6]}, "b": {"shape": [7, 6]}}
MASKED: Json = {**SEQUENCES, "mask": {"shape": [5, 7], "dtype": "bool"}}
FIRST: Json = {"type": "Dense", "name": "first", "inputs": "a", "units": 6}


def attends(*inputs: str, kind: str = "MultiHeadAttention", **given: Any) -> Json:
    """Return a layer of attention."""
    heads = {"num_heads": 2, "key_dim": KEY_DIM} if kind == "MultiHeadAttention" else {}
    return {"type": kind, "name": "attention", "inputs": list(inputs), **heads, **given}


def with_inputs(change: Callable[..., tuple[Any, ...]]) -> Any:
    """Call PyTorch's module with other inputs."""
    return wrapped(lambda module, _, *inputs: module(*change(*inputs)))


def inverted(*inputs: Any) -> tuple[Any, ...]:
    """Invert the mask."""
    import torch

    return tuple(~it if it.dtype == torch.bool else it for it in inputs)


def unmasked(op: str, inputs: list[str], given: dict[str, Any]) -> tuple[str, list[str], dict[str, Any]]:
    """Leave the scores as they are."""
    return ("Identity", [inputs[1]], {}) if op == "Where" else (op, inputs, given)


def sizes_first(kernel: NDArray[Any]) -> NDArray[Any]:
    """Read (inputs, heads, size) as if the numbers stood there as (inputs, size, heads)."""
    inputs, heads, size = kernel.shape
    return kernel.reshape(inputs, size, heads).swapaxes(1, 2)


def repeated_as_a_whole(right: Any, layer: Any, place: Any) -> None:
    """Give the key's heads to the query's in turns."""
    site = copy(place)

    def constant(name: str, array: Any, dtype: Any = None) -> str:
        turns = np.arange(layer.heads.query) % layer.heads.key
        return place.constant(name, turns if name.endswith("_shared") else array, dtype)

    site.constant = constant
    right(layer, site)


MUTATIONS = (
    Mutation(
        id="attention-mask-inverted",
        row=MASK,
        wrong="true blocks",
        backend="torch",
        of=(MultiHeadAttention,),
        rule=with_inputs(inverted),
        document=spec(FIRST, attends("first", "b", "b", "mask", attention_mask=True), inputs=MASKED),
        layer="attention",
        trap="true in a mask blocks, as in PyTorch",
    ),
    Mutation(
        id="attention-mask-left-out",
        row=MASK,
        wrong="the mask is not used",
        backend="onnx",
        of=(MultiHeadAttention,),
        rule=emitting(unmasked),
        document=spec(FIRST, attends("first", "b", "b", "mask", attention_mask=True), inputs=MASKED),
        layer="attention",
        trap="the mask is left out",
    ),
    Mutation(
        id="attention-unscaled",
        row=SCALE,
        wrong="no scale in MultiHeadAttention",
        backend="torch",
        of=(MultiHeadAttention,),
        rule=weights(**dict.fromkeys(("query_kernel", "query_bias"), lambda array: array * sqrt(KEY_DIM))),
        document=spec(FIRST, attends("first", "b"), inputs=SEQUENCES),
        layer="attention",
        trap="scores are not scaled by 1 / sqrt(key_dim)",
    ),
    Mutation(
        id="attention-scaled",
        row=SCALE,
        wrong="a scale in Attention",
        backend="torch",
        of=(Attention,),
        rule=with_inputs(lambda query, *others: (query / sqrt(query.shape[-1]), *others)),
        document=spec(FIRST, attends("first", "b", kind="Attention"), inputs=SEQUENCES),
        layer="attention",
    ),
    Mutation(
        id="attention-key-first",
        row=INPUTS,
        wrong="the value taken for the key, and the key for the value",
        backend="torch",
        of=(MultiHeadAttention,),
        rule=with_inputs(lambda query, value, key: (query, key, value)),
        document=spec(
            FIRST,
            {"type": "Dense", "name": "keys", "inputs": "b", "units": 6},
            attends("first", "b", "keys"),
            inputs=SEQUENCES,
        ),
        layer="attention",
        trap="the key comes before the value, as in PyTorch",
    ),
    Mutation(
        id="attention-kernel",
        row=KERNEL,
        wrong="the query's kernel read as (inputs, size of a head, heads)",
        backend="onnx",
        of=(MultiHeadAttention,),
        rule=weights(query_kernel=sizes_first),
        document=spec(FIRST, attends("first", "b"), inputs=SEQUENCES),
        layer="attention",
    ),
    Mutation(
        id="attention-heads",
        row=HEADS,
        wrong="the heads of the key in turns",
        backend="onnx",
        of=(GroupQueryAttention,),
        rule=repeated_as_a_whole,
        document=spec(
            FIRST,
            attends("first", "b", kind="GroupQueryAttention", head_dim=3, num_query_heads=4, num_key_value_heads=2),
            inputs=SEQUENCES,
        ),
        layer="attention",
    ),
)
