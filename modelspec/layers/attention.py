"""Attention layers: learned projections and several heads, or the scores of the inputs themselves.

A node has one output, so Keras's ``return_attention_scores`` is no field; masks are inputs, never implicit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod, sqrt
from typing import Annotated, ClassVar, Literal, TypeVar

from modelspec.layers.base import Layer, LayerError, Weight, floating, same_dtype
from modelspec.layers.fields import Positive, ShareBelow1, one_or_list
from modelspec.layers.initializers import GLOROT_UNIFORM, ONES
from modelspec.layers.regularizers import ActivityRegularizer
from modelspec.layers.weighted import WithBias, WithKernel
from modelspec.tensors import Shape, TensorType, counted, float32, format_shape

_T = TypeVar("_T")

MASKED_SCORE = -1e9
"""What Keras puts in the place of a masked score, or adds to it."""
FUSED_MASKED_SCORE = -0.7 * 3.38953e38
"""What its fused operator puts there."""


@dataclass(frozen=True, slots=True)
class Heads:
    """How many heads there are, and how large each is."""

    query: int
    """The number of heads of the query."""
    key: int
    """The number of heads of key and value: each serves as many neighbouring heads of the query as there are more of those."""
    key_size: int
    """The size of one head of query and key."""
    value_size: int
    """The size of one head of the value, and of what it makes."""

    @property
    def scale(self) -> float:
        """The factor of the scores: ``1 / sqrt(key_size)`` in float32, as Keras on TensorFlow rounds it even in float64."""
        return float32(1.0 / sqrt(self.key_size))


class ProjectedAttention(WithBias, WithKernel):
    """Attention between projections: what multi-head and grouped-query attention share.

    It reads ``[query, value]`` or ``[query, value, key]``, and the mask after them where ``attention_mask`` is true.
    """

    arity: ClassVar[tuple[int, int | None]] = (2, 4)
    chance: ClassVar[tuple[str, ...]] = ("dropout",)

    dropout: ShareBelow1 = 0.0
    """The share of the attention weights that training drops. Any at all also changes inference on rows with nothing to
    attend to, as in Keras: see ``attention_mask``."""
    sliding_window: Positive | None = None
    """How far a query sees: to keys fewer than this many positions before or after its own. Null is no limit."""
    activity_regularizer: ActivityRegularizer = None
    """The penalty on what each projection makes, the output's included; Keras divides it by the batch size."""
    use_gate: bool = False
    """Whether what each head makes is multiplied by the sigmoid of one more projection of the query
    (arXiv:2505.06708)."""
    seed: int | None = None
    """The seed of the dropout's mask."""
    use_causal_mask: bool = False
    """Whether a query sees no key at a later position than its own: an argument of the call in Keras."""
    attention_mask: bool = False
    """Whether the last input is a mask: ``bool``, ``[queries, keys]`` for each example, true where a query sees a key; a size
    of 1 stands for all. A query that sees no key gets the mean of all values where Keras computes with its fused operator
    (three axes with the batch, and no dropout), and zeros otherwise."""

    @property
    def heads(self) -> Heads:
        """The numbers and sizes of the heads."""
        raise NotImplementedError

    def axes(self, rank: int) -> tuple[int, ...]:
        """Return the axes that attention runs along, for a query of ``rank`` axes; the batch is axis 0."""
        return tuple(range(1, rank - 1))

    def is_fused(self, rank: int) -> bool:
        """Return whether Keras computes this with its fused operator, which treats masked scores in another way."""
        return rank == 3 and self.dropout == 0

    def roles(self, inputs: Sequence[_T]) -> tuple[_T, _T, _T, _T | None]:
        """Return query, value, key and mask."""
        given = list(inputs)
        mask = given.pop() if self.attention_mask else None
        return given[0], given[1], given[-1], mask

    def output_sizes(self, query: TensorType) -> tuple[int, ...]:
        """Return the sizes that stand in the place of the query's features."""
        return (_features(self, "query", query),)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        _check_count(self, inputs, 2 + self.attention_mask, "query, value" + ", mask" * self.attention_mask)
        query, value, key, mask = self.roles(inputs)
        _check_vectors(self, query, value, key)
        for name, role in (("query", query), ("value", value), ("key", key)):
            _features(self, name, role)
        axes = self.axes(query.rank)
        for axis in range(1, query.rank - 1):
            if axis not in axes and query.shape[axis - 1] != value.shape[axis - 1]:
                raise LayerError(
                    "MS501",
                    f"query {format_shape(query.shape)} and value {format_shape(value.shape)} differ along axis {axis}, which"
                    " attention does not run along",
                    "make the sizes equal, or name the axis in attention_axes",
                )
        if mask is not None:
            _check_mask(self, "attention_mask", mask, (*_along(query, axes), *_along(value, axes)), stretches=len(axes) == 1)
        return TensorType((*query.shape[:-1], *self.output_sizes(query)), query.dtype)

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        query, value, key, _ = self.roles(inputs)
        heads = self.heads
        joined = (heads.query, heads.value_size)
        return (
            *self._projection("query", _features(self, "query", query), (heads.query, heads.key_size)),
            *self._projection("key", _features(self, "key", key), (heads.key, heads.key_size)),
            *(self._projection("gate", _features(self, "query", query), joined) if self.use_gate else ()),
            *self._projection("value", _features(self, "value", value), (heads.key, heads.value_size)),
            *self._projection("output", joined, self.output_sizes(query)),
        )

    def multiply_adds(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        query, value, key, _ = self.roles(inputs)
        heads = self.heads
        joined = heads.query * heads.value_size
        return (
            query.elements * (heads.query * heads.key_size + joined * self.use_gate)
            + key.elements * heads.key * heads.key_size
            + value.elements * heads.key * heads.value_size
            + output.elements * joined
        )

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        """Return the scores of all heads, and what the projections make."""
        query, value, _, _ = self.roles(inputs)
        heads = self.heads
        queries, values = (prod(map(counted, role.shape[:-1])) for role in (query, value))
        scores = heads.query * queries * prod(map(counted, _along(value, self.axes(query.rank))))
        return scores + (queries + values) * heads.query * (heads.key_size + heads.value_size)

    def _projection(self, name: str, read: int | tuple[int, ...], made: tuple[int, ...]) -> tuple[Weight, ...]:
        shape = (read, *made) if isinstance(read, int) else (*read, *made)
        weights = (self.kernel(shape), *self.bias(*made))
        return tuple(replace(weight, name=f"{name}_{weight.name}") for weight in weights)


class MultiHeadAttention(ProjectedAttention):
    """``concat(softmax(q k' / sqrt(key_dim)) v) @ output_kernel`` over heads ``q = query @ query_kernel``, ``k`` and ``v``
    likewise, as ``keras.layers.MultiHeadAttention`` (Vaswani et al. 2017). It reads ``[query, value]`` or ``[query, value,
    key]``, where the key is the value if not given, and then the mask; ``["x", "x"]`` is self-attention. Kernels:
    ``(in, heads, size)``, that of the output ``(heads, size, out)``."""

    type: Literal["MultiHeadAttention"] = "MultiHeadAttention"
    num_heads: Positive
    """The number of heads."""
    key_dim: Positive
    """The size of each head of query and key."""
    value_dim: Positive | None = None
    """The size of each head of the value; ``key_dim`` where not given."""
    output_shape: Annotated[tuple[Positive, ...], *one_or_list(1)] | None = None
    """The size, or list of sizes, that the output has in the place of the query's features; those of the query where not
    given."""
    attention_axes: Annotated[tuple[int, ...], *one_or_list(0)] | None = None
    """The axis, or list of axes, that attention runs along, counted with the batch as 0; all between the batch and the
    features where not given. Along the others, examples are apart."""

    @property
    def heads(self) -> Heads:
        return Heads(self.num_heads, self.num_heads, self.key_dim, self.value_dim or self.key_dim)

    def axes(self, rank: int) -> tuple[int, ...]:
        if self.attention_axes is None:
            return super().axes(rank)
        return tuple(axis % rank for axis in self.attention_axes)

    def output_sizes(self, query: TensorType) -> tuple[int, ...]:
        return self.output_shape or super().output_sizes(query)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        rank = inputs[0].rank
        given = self.attention_axes or ()
        axes = self.axes(rank)
        if not all(-rank < axis < rank - 1 and 0 < axis % rank < rank - 1 for axis in given) or len({*axes}) < len(axes):
            raise LayerError(
                "MS203",
                f"attention_axes is {list(given)}; a query of {format_shape(inputs[0].shape)} has axes 1 to {rank - 2} between"
                " the batch and the features, each to be named once",
            )
        if (self.use_causal_mask or self.sliding_window) and rank > 2 and axes != (1,):
            raise LayerError(
                "MS203",
                f"attention runs along the axes {list(axes)}, and Keras knows positions for use_causal_mask and sliding_window"
                " along axis 1 alone",
                'set attention_axes to 1, or give a mask as the last input and set "attention_mask" to true',
            )
        return super().infer(inputs)


class GroupQueryAttention(ProjectedAttention):
    """Multi-head attention in which ``num_query_heads / num_key_value_heads`` neighbouring heads of the query share a head of
    key and value, as ``keras.layers.GroupQueryAttention`` (Ainslie et al. 2023); one head for all is multi-query attention.
    Inputs and kernels are those of MultiHeadAttention, with three axes, the batch included."""

    type: Literal["GroupQueryAttention"] = "GroupQueryAttention"
    head_dim: Positive
    """The size of each head."""
    num_query_heads: Positive
    """The number of heads of the query."""
    num_key_value_heads: Positive
    """The number of heads of key and value: a divisor of ``num_query_heads``."""

    @property
    def heads(self) -> Heads:
        return Heads(self.num_query_heads, self.num_key_value_heads, self.head_dim, self.head_dim)

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        if self.num_query_heads % self.num_key_value_heads:
            raise LayerError(
                "MS203",
                f"num_query_heads is {self.num_query_heads}, which {self.num_key_value_heads} key and value heads cannot share",
                "make num_query_heads a multiple of num_key_value_heads",
            )
        _check_sequences(self, inputs[0])
        output = super().infer(inputs)
        query, value, *_ = inputs
        if query.shape[-1] != value.shape[-1]:
            raise LayerError(
                "MS501",
                f"query {format_shape(query.shape)} and value {format_shape(value.shape)} differ in features, and Keras's"
                " GroupQueryAttention wants equal numbers",
                "put a Dense before one of them, or use MultiHeadAttention",
            )
        return output


class ScoredAttention(Layer):
    """Attention without projections: what dot-product and additive attention share.

    It reads ``[query, value]`` or ``[query, value, key]``, and after them the masks that ``query_mask`` and ``value_mask``
    announce.
    """

    arity: ClassVar[tuple[int, int | None]] = (2, 5)
    chance: ClassVar[tuple[str, ...]] = ("dropout",)

    dropout: ShareBelow1 = 0.0
    """The share of the attention weights that training drops."""
    seed: int | None = None
    """The seed of the dropout's mask."""
    use_causal_mask: bool = False
    """Whether a query sees no value at a later position than its own: an argument of the call in Keras."""
    query_mask: bool = False
    """Whether a mask of the query is an input: ``bool``, ``[queries]`` for each example; the output is 0 where it is false. In
    Keras it would also travel on with the output as an implicit mask; here it does not."""
    value_mask: bool = False
    """Whether a mask of the value is the last input: ``bool``, ``[values]`` for each example; no query sees a value where it is
    false. Keras subtracts 1e9 from the scores there, so an example without any true has weights that depend on rounding."""

    def roles(self, inputs: Sequence[_T]) -> tuple[_T, _T, _T, _T | None, _T | None]:
        """Return query, value, key, and the masks of query and value."""
        given = list(inputs)
        value_mask = given.pop() if self.value_mask else None
        query_mask = given.pop() if self.query_mask else None
        return given[0], given[1], given[-1], query_mask, value_mask

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        names = "query, value" + ", query mask" * self.query_mask + ", value mask" * self.value_mask
        _check_count(self, inputs, 2 + self.query_mask + self.value_mask, names)
        query, value, key, query_mask, value_mask = self.roles(inputs)
        _check_sequences(self, query)
        _check_vectors(self, query, value, key)
        if query.shape[-1] != key.shape[-1]:
            raise LayerError(
                "MS501",
                f"query {format_shape(query.shape)} and key {format_shape(key.shape)} have different numbers of features",
                f"{self.kind} compares them as they are; put a Dense before one of them",
            )
        if query_mask is not None:
            _check_mask(self, "query_mask", query_mask, query.shape[:1])
        if value_mask is not None:
            _check_mask(self, "value_mask", value_mask, value.shape[:1])
        return TensorType((query.shape[0], value.shape[-1]), query.dtype)

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        """Return the sums of every query and every key, one for each feature of a score."""
        query, value, *_ = inputs
        return counted(query.shape[0]) * counted(value.shape[0]) * counted(query.shape[-1])


class Attention(ScoredAttention):
    """``softmax(score(query, key)) @ value``, as ``keras.layers.Attention`` (Luong et al. 2015). It reads ``[query, value]`` or
    ``[query, value, key]``, where the key is the value if not given, and then the masks; ``["x", "x"]`` is self-attention."""

    type: Literal["Attention"] = "Attention"
    use_scale: bool = False
    """Whether the scores have a learned factor, the weight ``scale``; in the mode ``concat``, the sums before the tangent."""
    score_mode: Literal["dot", "concat"] = "dot"
    """``dot``: the product of query and key. ``concat``: ``concat_score_weight * sum(tanh(query + key))``."""

    def inner_elements(self, inputs: Sequence[TensorType], output: TensorType) -> int:
        sums = super().inner_elements(inputs, output)
        return sums // counted(inputs[0].shape[-1]) if self.score_mode == "dot" else sums

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        return (
            *((Weight("scale", (), ONES),) if self.use_scale else ()),
            *((Weight("concat_score_weight", (), ONES),) if self.score_mode == "concat" else ()),
        )


class AdditiveAttention(ScoredAttention):
    """``softmax(sum(scale * tanh(query + key))) @ value``, as ``keras.layers.AdditiveAttention`` (Bahdanau et al. 2015). Inputs
    are those of Attention."""

    type: Literal["AdditiveAttention"] = "AdditiveAttention"
    use_scale: bool = True
    """Whether each feature has a learned factor, the weight ``scale``."""

    def infer(self, inputs: Sequence[TensorType]) -> TensorType:
        output = super().infer(inputs)
        if self.use_scale:
            _features(self, "query", inputs[0])
        return output

    def weights(self, inputs: Sequence[TensorType]) -> tuple[Weight, ...]:
        if not self.use_scale:
            return ()
        return (Weight("scale", (_features(self, "query", inputs[0]),), GLOROT_UNIFORM),)


def _along(value: TensorType, axes: tuple[int, ...]) -> Shape:
    return tuple(value.shape[axis - 1] for axis in axes)


def _check_count(layer: Layer, inputs: Sequence[TensorType], least: int, names: str) -> None:
    if not least <= len(inputs) <= least + 1:
        raise LayerError(
            "MS502",
            f"{layer.kind} takes {least} inputs ({names}), or {least + 1} with a key after the value, but gets {len(inputs)}",
            'name what it reads under "inputs": a tensor may stand there more than once',
        )


def _check_sequences(layer: Layer, query: TensorType) -> None:
    if query.rank != 3:
        raise LayerError(
            "MS501",
            f"{layer.kind} takes sequences [length, features], but its query is {format_shape(query.shape)}",
            "shapes leave out the batch dimension; Reshape makes a sequence of another shape",
        )


def _check_vectors(layer: Layer, query: TensorType, value: TensorType, key: TensorType) -> None:
    """Raise LayerError unless query, value and key are of one type and rank, and there is a key for every value."""
    for role in (query, value, key):
        floating(layer, role)
    same_dtype(layer, (query, value, key))
    shapes = f"query {format_shape(query.shape)}, value {format_shape(value.shape)} and key {format_shape(key.shape)}"
    if query.rank < 3 or len({query.rank, value.rank, key.rank}) > 1:
        hint = "shapes leave out the batch dimension"
        raise LayerError("MS501", f"{shapes} must have as many axes, [length, features] at the least", hint)
    if value.shape[:-1] != key.shape[:-1]:
        raise LayerError("MS501", f"{shapes}: value and key must have equal sizes but for the features", "each value has a key")


def _check_mask(layer: Layer, name: str, mask: TensorType, wanted: Shape, *, stretches: bool = False) -> None:
    if mask.dtype != "bool":
        raise LayerError(
            "MS503",
            f"{name} says that an input of {layer.kind} is a mask, but it is {mask.dtype}",
            'give the input the dtype "bool"',
        )
    fits = len(mask.shape) == len(wanted) and all(
        size == dim or (stretches and size == 1) for size, dim in zip(mask.shape, wanted, strict=True)
    )
    if not fits:
        also = ", where a size may be 1" if stretches else ""
        raise LayerError(
            "MS501", f"the mask of {layer.kind} has the shape {format_shape(mask.shape)}; it needs {format_shape(wanted)}{also}"
        )


def _features(layer: Layer, name: str, value: TensorType) -> int:
    size = value.shape[-1] if value.shape else None
    if not isinstance(size, int):
        raise LayerError(
            "MS501",
            f"{layer.kind} needs a known size along the last axis, but its {name} is {format_shape(value.shape)}",
            "give the input a fixed number of features",
        )
    return size
