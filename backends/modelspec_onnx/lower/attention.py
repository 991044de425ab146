"""Attention layers."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

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
from modelspec.tensors import Dim, Shape
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules


class _Heads:
    """Lowers attention between projections: products of matrices, one for each head and for each index of the axes that
    attention does not run along."""

    def __init__(self, layer: ProjectedAttention, site: Site) -> None:
        self.layer, self.site = layer, site
        self.types = layer.roles(site.node.input_types)
        self.rank = self.types[0].rank
        self.axes = layer.axes(self.rank)
        others = [axis for axis in range(1, self.rank - 1) if axis not in self.axes]
        self.outer = (0, *others, self.rank - 1)
        """The axes of a projection, ``(batch, ..., heads, size)``, that stand before those of the products."""

    def run(self) -> None:
        """Emit the whole layer."""
        layer, site, heads = self.layer, self.site, self.layer.heads
        query, value, key, mask = layer.roles(site.inputs)
        queries = self.heads(self.project(query, "query"), "query", heads.query, heads.key_size)
        scaled = site.emit("Mul", [self.rows(queries, "query"), site.constant("scale", heads.scale)], step="scaled")
        keys = self.repeated(self.columns(self.project(key, "key")), "key")
        values = self.heads(self.project(value, "value"), "value", heads.key, heads.value_size)
        values = self.repeated(self.rows(values, "value"), "value")
        shares = self.shares(site.emit("MatMul", [scaled, keys], step="scores"), query, value, mask)
        joined = self.joined(site.emit("MatMul", [shares, values], step="attended"), queries)
        if layer.use_gate:
            gate = site.emit("Sigmoid", [self.project(query, "gate")], step="gate")
            joined = site.emit("Mul", [joined, gate], step="gated")
        self.output(joined)

    def project(self, value: str, role: str) -> str:
        """Return ``(batch, ..., heads * size)``."""
        site = self.site
        kernel, bias = site.required(f"{role}_kernel"), site.array(f"{role}_bias")
        made = site.emit(
            "MatMul", [value, site.weight(f"{role}_kernel", kernel.reshape(len(kernel), -1))], step=f"{role}_product"
        )
        if bias is None:
            return made
        return site.emit("Add", [made, site.weight(f"{role}_bias", bias.reshape(-1))], step=f"{role}_sum")

    def heads(self, projected: str, role: str, count: int, size: int) -> str:
        """Return ``(batch, others, heads, axes, size)``."""
        apart = self.reshape(projected, f"{role}_heads", [0] * (self.rank - 1) + [count, size])
        return self.site.emit("Transpose", [apart], step=f"{role}_moved", perm=(*self.outer, *self.axes, self.rank))

    def rows(self, moved: str, role: str) -> str:
        """Return heads with the axes that attention runs along in one."""
        if len(self.axes) == 1:
            return moved
        size = self.layer.heads.value_size if role == "value" else self.layer.heads.key_size
        return self.reshape(moved, f"{role}_rows", [0] * len(self.outer) + [-1, size])

    def columns(self, projected: str) -> str:
        """Return the heads of the key, ``(batch, others, heads, size, keys)``."""
        heads = self.layer.heads
        apart = self.reshape(projected, "key_heads", [0] * (self.rank - 1) + [heads.key, heads.key_size])
        moved = self.site.emit("Transpose", [apart], step="key_moved", perm=(*self.outer, self.rank, *self.axes))
        return moved if len(self.axes) == 1 else self.reshape(moved, "key_columns", [0] * (len(self.outer) + 1) + [-1])

    def repeated(self, value: str, role: str) -> str:
        """Return heads of key or value, each as often as heads of the query share it."""
        heads = self.layer.heads
        if heads.query == heads.key:
            return value
        shared = self.site.constant(f"{role}_shared", np.arange(heads.query) // (heads.query // heads.key), np.int64)
        return self.site.emit("Gather", [value, shared], step=f"{role}_repeated", axis=len(self.outer) - 1)

    def shares(self, scores: str, query: str, value: str, mask: str | None) -> str:
        """Return the weights of the values; see the layer's ``attention_mask`` for queries that see no key."""
        layer, site = self.layer, self.site
        fused = layer.is_fused(self.rank)
        parts = [] if mask is None else [self.mask(mask, scores)]
        if layer.use_causal_mask or layer.sliding_window:
            distances = _distances(site, (query, self.types[0].shape[0]), (value, self.types[1].shape[0]))
            if layer.use_causal_mask:
                parts.append(_not_before(site, distances))
            if layer.sliding_window:
                span = site.constant("window", layer.sliding_window, np.int64)
                parts.append(site.emit("Less", [site.emit("Abs", [distances], step="distance"), span], step="near"))
        if not parts:
            return site.emit("Softmax", [scores], step="shares", axis=-1)
        seen = _all(site, parts)
        absent = site.constant("masked_score", FUSED_MASKED_SCORE if fused else MASKED_SCORE)
        masked = site.emit("Where", [seen, scores, absent], step="masked")
        shares = site.emit("Softmax", [masked], step="shares", axis=-1)
        return shares if fused else site.emit("Where", [seen, shares, site.constant("zero", 0)], step="kept")

    def mask(self, mask: str, scores: str) -> str:
        """Return the mask in a shape that broadcasts to the scores."""
        site, count = self.site, len(self.axes)
        kind = self.types[3]
        assert kind is not None
        if count > 1:
            sizes = [_product(kind.shape[:count]), _product(kind.shape[count:])]
            if sizes == [-1, -1]:
                last = site.emit("Shape", [scores], step="scores_shape", start=-2)
                shape = site.emit("Concat", [site.constant("batch", [0], np.int64), last], step="mask_shape", axis=0)
                mask = site.emit("Reshape", [mask, shape], step="mask_rows")
            else:
                mask = self.reshape(mask, "mask_rows", [0, *sizes])
        axes = site.constant("mask_axes", range(1, len(self.outer)), np.int64)
        return site.emit("Unsqueeze", [mask, axes], step="mask")

    def joined(self, made: str, queries: str) -> str:
        """Return what the heads made, ``(batch, ..., heads * size)``; ``queries`` have the axes in their places."""
        site, size = self.site, self.layer.heads.value_size
        if len(self.axes) > 1:
            sizes = [_product((self.types[0].shape[axis - 1],)) for axis in self.axes]
            if sizes.count(-1) > 1:
                shape = site.emit("Shape", [queries], step="queries_shape", end=-1)
                shape = site.emit("Concat", [shape, site.constant("size", [size], np.int64)], step="apart_shape", axis=0)
                made = site.emit("Reshape", [made, shape], step="apart")
            else:
                made = self.reshape(made, "apart", [0] * len(self.outer) + [*sizes, size])
        back = site.emit("Transpose", [made], step="back", perm=inverse((*self.outer, *self.axes, self.rank)))
        return self.reshape(back, "joined", [0] * (self.rank - 1) + [self.layer.heads.query * size])

    def output(self, joined: str) -> None:
        """Emit the last projection."""
        site = self.site
        kernel, bias = site.required("output_kernel"), site.array("output_bias")
        sizes = kernel.shape[2:]
        weights = [site.weight("output_kernel", kernel.reshape(-1, prod(sizes)))]
        last = ["MatMul", *(["Add"] if bias is not None else []), *(["Reshape"] if len(sizes) > 1 else [])][-1]
        made = site.emit("MatMul", [joined, *weights], step="" if last == "MatMul" else "product")
        if bias is not None:
            made = site.emit("Add", [made, site.weight("output_bias", bias.reshape(-1))], step="" if last == "Add" else "sum")
        if last == "Reshape":
            site.emit("Reshape", [made, site.constant("sizes", [0] * (self.rank - 1) + [*sizes], np.int64)])

    def reshape(self, value: str, step: str, shape: Sequence[int]) -> str:
        """Emit a Reshape: 0 keeps a size, -1 takes what is left."""
        return self.site.emit("Reshape", [value, self.site.constant(f"{step}_shape", shape, np.int64)], step=step)


def projected_attention(layer: ProjectedAttention, site: Site) -> None:
    """Lower to MatMul and Softmax over all heads at once."""
    _Heads(layer, site).run()


def attention(layer: Attention, site: Site) -> None:
    """Lower to MatMul and Softmax; to Tanh and ReduceSum for the scores of the mode ``concat``."""
    query, _, key, _, _ = layer.roles(site.inputs)
    given = site.array("scale")
    scale = None if given is None else site.weight("scale", given)
    if layer.score_mode == "dot":
        columns = site.emit("Transpose", [key], step="columns", perm=(0, 2, 1))
        scores = site.emit("MatMul", [query, columns], step="product")
        _attend(layer, site, scores if scale is None else site.emit("Mul", [scores, scale], step="scores"))
        return
    pairs = _pairs(site, query, key)
    if scale is not None:
        pairs = site.emit("Mul", [pairs, scale], step="scaled")
    total = _sum(site, site.emit("Tanh", [pairs], step="bent"))
    weight = site.weight("concat_score_weight", site.required("concat_score_weight"))
    _attend(layer, site, site.emit("Mul", [total, weight], step="scores"))


def additive_attention(layer: AdditiveAttention, site: Site) -> None:
    """Lower to Tanh, and to MatMul with the scale or ReduceSum, and Softmax."""
    query, _, key, _, _ = layer.roles(site.inputs)
    bent = site.emit("Tanh", [_pairs(site, query, key)], step="bent")
    scale = site.array("scale")
    if scale is None:
        _attend(layer, site, _sum(site, bent))
    else:
        _attend(layer, site, site.emit("MatMul", [bent, site.weight("scale", scale)], step="scores"))


def _attend(layer: ScoredAttention, site: Site, scores: str) -> None:
    """Make the layer's value of its scores."""
    query, value, _, query_mask, value_mask = layer.roles(site.inputs)
    types = layer.roles(site.node.input_types)
    parts: list[str] = []
    if value_mask is not None:
        row = site.constant("row", [1], np.int64)
        parts.append(site.emit("Unsqueeze", [value_mask, row], step="value_mask"))
    if layer.use_causal_mask:
        parts.append(_not_before(site, _distances(site, (query, types[0].shape[0]), (value, types[1].shape[0]))))
    if parts:
        lowered = site.emit("Add", [scores, site.constant("masked_score", MASKED_SCORE)], step="lowered")
        scores = site.emit("Where", [_all(site, parts), scores, lowered], step="masked")
    shares = site.emit("Softmax", [scores], step="shares", axis=-1)
    if query_mask is None:
        site.emit("MatMul", [shares, value])
        return
    made = site.emit("MatMul", [shares, value], step="attended")
    column = site.emit("Unsqueeze", [query_mask, site.constant("column", [2], np.int64)], step="query_mask")
    site.emit("Where", [column, made, site.constant("zero", 0)])


def _pairs(site: Site, query: str, key: str) -> str:
    """Return the sum of each query and each key, ``(batch, queries, keys, features)``."""
    queries = site.emit("Unsqueeze", [query, site.constant("key_axis", [2], np.int64)], step="queries")
    keys = site.emit("Unsqueeze", [key, site.constant("query_axis", [1], np.int64)], step="keys")
    return site.emit("Add", [queries, keys], step="pairs")


def _sum(site: Site, value: str) -> str:
    return site.reduce("ReduceSum", value, [-1], step="total", keepdims=False)


def _distances(site: Site, query: tuple[str, Dim], key: tuple[str, Dim]) -> str:
    """Return by how much each query stands after each key; both are given with their lengths."""
    column = site.constant("position_axis", [1], np.int64)
    queries = site.emit("Unsqueeze", [_positions(site, "query", *query), column], step="query_positions_column")
    return site.emit("Sub", [queries, _positions(site, "key", *key)], step="distances")


def _positions(site: Site, role: str, value: str, length: Dim) -> str:
    if isinstance(length, int):
        return site.constant(f"{role}_positions", range(length), np.int64)
    sizes = site.emit("Shape", [value], step=f"{role}_shape", start=1, end=2)
    ends = [site.constant(f"{role}_first", 0, np.int64), site.emit("Squeeze", [sizes], step=f"{role}_length")]
    return site.emit("Range", [*ends, site.constant(f"{role}_step", 1, np.int64)], step=f"{role}_positions")


def _not_before(site: Site, distances: str) -> str:
    return site.emit("GreaterOrEqual", [distances, site.constant("same_position", 0, np.int64)], step="causal")


def _all(site: Site, parts: Sequence[str]) -> str:
    seen = parts[0]
    for number, part in enumerate(parts[1:], 2):
        seen = site.emit("And", [seen, part], step=f"seen_{number}")
    return seen


def _product(sizes: Shape) -> int:
    """Return the number of elements; -1, as Reshape writes it, where a size is unknown until run time."""
    total = 1
    for size in sizes:
        if not isinstance(size, int):
            return -1
        total *= size
    return total


RULES: Rules = {
    AdditiveAttention: additive_attention,
    Attention: attention,
    GroupQueryAttention: projected_attention,
    MultiHeadAttention: projected_attention,
}
