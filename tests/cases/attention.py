"""Cases of attention layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from case import Case, Shape, case, chain, generator
from numpy.typing import NDArray

from cases.arguments import FIRST, INITIAL


@dataclass(frozen=True, eq=False)
class MaskedCase(Case):
    """A case whose last inputs are masks: true for most, and for the first key; where ``blind``, false for a whole query."""

    masks: int = 1
    blind: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in self.names:
            self.document["inputs"][name]["dtype"] = "bool"

    @property
    def names(self) -> list[str]:
        """The names of the masks."""
        return [f"x{i}" for i in range(len(self.shapes))][-self.masks :]

    def inputs(self) -> dict[str, NDArray[Any]]:
        arrays = super().inputs()
        random = generator(f"{self.id}/masks")
        for name in self.names:
            arrays[name] = random.random(arrays[name].shape) < 0.6
            arrays[name][..., 0] = True
            if self.blind:
                arrays[name][:, 1] = False
        return arrays


def masked(kind: str, name: str, *shapes: Shape, **fields: Any) -> Case:
    """Return a case of one layer; ``spec`` gives the case's own fields, everything else the layer's."""
    own = fields.pop("spec", {})
    inputs = [f"x{i}" for i in range(len(shapes))]
    return MaskedCase(f"{kind}-{name}", ({"type": kind, "name": "layer", "inputs": inputs, **fields},), shapes, **own)


def over_itself(kind: str, name: str, shape: Shape, **fields: Any) -> Case:
    """Return a case of self-attention."""
    return case(kind, name, shape, inputs=["x0", "x0"], **fields)


_HEADS: dict[str, Any] = {"num_heads": 2, "key_dim": 3}
_GROUPS: dict[str, Any] = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
_MASK: dict[str, Any] = {"attention_mask": True}
_CAUSAL: dict[str, Any] = {"use_causal_mask": True}
_BOTH_MASKS: dict[str, Any] = {"query_mask": True, "value_mask": True}
_DROPOUT: dict[str, Any] = {"dropout": 0.2, "seed": 3}
_BLIND: dict[str, Any] = {"spec": {"blind": True}}
_TWO: dict[str, Any] = {"spec": {"masks": 2}}
_TIME: dict[str, Any] = {"sizes": {"time": 5, "source": 4}}
_RANDOM: dict[str, Any] = {"kernel_initializer": "he_normal", "bias_initializer": "random_normal"}

_MULTI_HEAD: tuple[Case, ...] = (
    over_itself("MultiHeadAttention", "initial", (5, 6), **_HEADS, **_RANDOM, spec=INITIAL),
    over_itself("MultiHeadAttention", "self", (5, 6), **_HEADS),
    over_itself("MultiHeadAttention", "one-head", (4, 3), num_heads=1, key_dim=1),
    over_itself("MultiHeadAttention", "heads-of-one", (4, 3), num_heads=3, key_dim=1),
    over_itself("MultiHeadAttention", "heads-of-one-as-positions", (3, 2), num_heads=3, key_dim=1),
    over_itself("MultiHeadAttention", "heads-of-one-no-bias", (3, 2), num_heads=3, key_dim=1, use_bias=False),
    over_itself("MultiHeadAttention", "one-step", (1, 6), **_HEADS),
    over_itself("MultiHeadAttention", "batch-1", (5, 6), **_HEADS, spec={"batch": 1}),
    over_itself("MultiHeadAttention", "first-by-default", (5, 6), **_HEADS, spec=FIRST),
    over_itself("MultiHeadAttention", "no-bias", (5, 6), **_HEADS, use_bias=False),
    over_itself("MultiHeadAttention", "dropout", (5, 6), **_HEADS, dropout=0.5),
    over_itself("MultiHeadAttention", "dropout-causal-seed", (5, 6), **_HEADS, **_DROPOUT, **_CAUSAL),
    over_itself("MultiHeadAttention", "gate", (5, 6), **_HEADS, use_gate=True),
    over_itself("MultiHeadAttention", "gate-value-dim-no-bias", (5, 6), **_HEADS, value_dim=2, use_gate=True, use_bias=False),
    over_itself("MultiHeadAttention", "output-shape", (5, 6), **_HEADS, output_shape=4),
    over_itself("MultiHeadAttention", "output-shapes", (5, 6), **_HEADS, output_shape=[2, 3, 4]),
    over_itself("MultiHeadAttention", "output-shapes-no-bias", (5, 6), **_HEADS, output_shape=[2, 3], use_bias=False),
    over_itself("MultiHeadAttention", "causal", (5, 6), **_HEADS, **_CAUSAL),
    over_itself("MultiHeadAttention", "window", (7, 6), **_HEADS, sliding_window=2),
    over_itself("MultiHeadAttention", "window-causal", (7, 6), **_HEADS, sliding_window=2, **_CAUSAL),
    over_itself("MultiHeadAttention", "window-dropout", (7, 6), **_HEADS, sliding_window=1, dropout=0.1),
    over_itself("MultiHeadAttention", "far", (5, 6), **_HEADS, spec={"shift": 40.0}),
    case("MultiHeadAttention", "value", (5, 6), (3, 4), **_HEADS, value_dim=5),
    case("MultiHeadAttention", "key", (5, 6), (3, 4), (3, 7), **_HEADS, value_dim=5),
    case("MultiHeadAttention", "key-like-value", (5, 6), (3, 6), (3, 6), **_HEADS),
    case("MultiHeadAttention", "causal-longer", (5, 6), (3, 6), **_HEADS, **_CAUSAL),
    case("MultiHeadAttention", "causal-shorter", (3, 6), (5, 6), **_HEADS, **_CAUSAL),
    case("MultiHeadAttention", "window-blind", (6, 6), (2, 6), **_HEADS, sliding_window=2),
    masked("MultiHeadAttention", "mask", (5, 6), (4, 6), (5, 4), **_HEADS, **_MASK),
    masked("MultiHeadAttention", "mask-key", (5, 6), (4, 6), (4, 3), (5, 4), **_HEADS, **_MASK),
    masked("MultiHeadAttention", "mask-causal", (5, 6), (5, 6), (5, 5), **_HEADS, **_MASK, **_CAUSAL),
    masked("MultiHeadAttention", "mask-causal-dropout", (5, 6), (5, 6), (5, 5), **_HEADS, **_MASK, **_CAUSAL, dropout=0.1),
    masked("MultiHeadAttention", "mask-window", (5, 6), (5, 6), (5, 5), **_HEADS, **_MASK, sliding_window=3),
    masked("MultiHeadAttention", "mask-of-keys", (5, 6), (4, 6), (1, 4), **_HEADS, **_MASK),
    masked("MultiHeadAttention", "mask-of-queries", (5, 6), (4, 6), (5, 1), **_HEADS, **_MASK, **_BLIND),
    masked("MultiHeadAttention", "mask-blind", (5, 6), (4, 6), (5, 4), **_HEADS, **_MASK, **_BLIND),
    masked("MultiHeadAttention", "mask-blind-dropout", (5, 6), (4, 6), (5, 4), **_HEADS, **_MASK, dropout=0.2, **_BLIND),
)

_AXES: tuple[Case, ...] = (
    over_itself("MultiHeadAttention", "image", (3, 4, 6), **_HEADS),
    over_itself("MultiHeadAttention", "volume", (2, 3, 2, 4), **_HEADS, value_dim=2, use_gate=True),
    over_itself("MultiHeadAttention", "axis1", (3, 4, 6), **_HEADS, attention_axes=1),
    over_itself("MultiHeadAttention", "axis2", (3, 4, 6), **_HEADS, attention_axes=[2], output_shape=[2, 2]),
    over_itself("MultiHeadAttention", "axis-minus2", (3, 4, 6), **_HEADS, attention_axes=-2),
    over_itself("MultiHeadAttention", "axis1-causal", (3, 4, 6), **_HEADS, attention_axes=1, **_CAUSAL),
    over_itself("MultiHeadAttention", "axis1-window", (3, 4, 6), **_HEADS, attention_axes=1, sliding_window=2),
    over_itself("MultiHeadAttention", "volume-axes13", (2, 3, 2, 4), **_HEADS, attention_axes=[1, 3]),
    over_itself("MultiHeadAttention", "volume-axes32", (2, 3, 2, 4), **_HEADS, attention_axes=[3, 2]),
    over_itself("MultiHeadAttention", "volume-axis3", (2, 3, 2, 4), **_HEADS, attention_axes=3),
    case("MultiHeadAttention", "image-value", (3, 4, 6), (2, 5, 3), **_HEADS),
    case("MultiHeadAttention", "axis2-key", (3, 4, 6), (3, 2, 5), (3, 2, 4), **_HEADS, attention_axes=2),
    masked("MultiHeadAttention", "image-mask", (3, 2, 6), (2, 2, 6), (3, 2, 2, 2), **_HEADS, **_MASK, **_BLIND),
    masked("MultiHeadAttention", "axis2-mask", (3, 4, 6), (3, 2, 6), (4, 2), **_HEADS, **_MASK, attention_axes=2, **_BLIND),
    masked(
        "MultiHeadAttention",
        "volume-axes32-mask",
        (2, 3, 2, 4),
        (2, 2, 3, 4),
        (2, 3, 3, 2),
        **_HEADS,
        **_MASK,
        attention_axes=[3, 2],
    ),
)

_GROUP_QUERY: tuple[Case, ...] = (
    over_itself("GroupQueryAttention", "initial", (5, 6), **_GROUPS, **_RANDOM, spec=INITIAL),
    over_itself("GroupQueryAttention", "two-heads", (5, 6), **_GROUPS),
    over_itself("GroupQueryAttention", "one-head", (5, 6), head_dim=3, num_query_heads=3, num_key_value_heads=1),
    over_itself(
        "GroupQueryAttention",
        "heads-of-one-free",
        ("time", 2),
        head_dim=1,
        num_query_heads=5,
        num_key_value_heads=5,
        spec=_TIME,
    ),
    over_itself("GroupQueryAttention", "all-heads", (5, 6), head_dim=2, num_query_heads=3, num_key_value_heads=3),
    over_itself("GroupQueryAttention", "no-bias", (5, 6), **_GROUPS, use_bias=False),
    over_itself("GroupQueryAttention", "gate", (5, 6), **_GROUPS, use_gate=True),
    over_itself("GroupQueryAttention", "dropout", (5, 6), **_GROUPS, **_DROPOUT),
    over_itself("GroupQueryAttention", "causal", (5, 6), **_GROUPS, **_CAUSAL),
    over_itself("GroupQueryAttention", "causal-dropout", (5, 6), **_GROUPS, **_CAUSAL, dropout=0.1),
    over_itself("GroupQueryAttention", "window", (7, 6), **_GROUPS, sliding_window=2),
    over_itself("GroupQueryAttention", "window-causal", (7, 6), **_GROUPS, sliding_window=3, **_CAUSAL),
    case("GroupQueryAttention", "value", (5, 6), (3, 6), **_GROUPS),
    case("GroupQueryAttention", "key", (5, 6), (3, 6), (3, 4), **_GROUPS),
    case("GroupQueryAttention", "causal-shorter", (3, 6), (5, 6), **_GROUPS, **_CAUSAL),
    masked("GroupQueryAttention", "mask", (5, 6), (4, 6), (5, 4), **_GROUPS, **_MASK),
    masked(
        "GroupQueryAttention", "mask-causal-window", (5, 6), (4, 6), (5, 4), **_GROUPS, **_MASK, **_CAUSAL, sliding_window=3
    ),
    masked("GroupQueryAttention", "mask-blind", (5, 6), (4, 6), (5, 4), **_GROUPS, **_MASK, **_BLIND),
    masked("GroupQueryAttention", "mask-blind-dropout", (5, 6), (4, 6), (5, 4), **_GROUPS, **_MASK, dropout=0.2, **_BLIND),
)


def _scored(kind: str) -> tuple[Case, ...]:
    """Return what attention by scores of the inputs has in common."""
    return (
        over_itself(kind, "self", (5, 6)),
        over_itself(kind, "causal", (5, 6), **_CAUSAL),
        over_itself(kind, "dropout", (5, 6), **_DROPOUT),
        over_itself(kind, "scale", (5, 6), use_scale=True),
        over_itself(kind, "no-scale", (5, 6), use_scale=False),
        over_itself(kind, "initial", (5, 6), use_scale=True, spec=INITIAL),
        case(kind, "value", (5, 6), (3, 6)),
        case(kind, "key", (5, 6), (3, 4), (3, 6)),
        case(kind, "causal-shorter", (3, 6), (5, 6), **_CAUSAL),
        case(kind, "causal-longer", (5, 6), (3, 6), **_CAUSAL),
        masked(kind, "query-mask", (5, 6), (4, 6), (5,), query_mask=True),
        masked(kind, "value-mask", (5, 6), (4, 6), (4,), value_mask=True),
        masked(kind, "masks", (5, 6), (4, 6), (4, 6), (5,), (4,), **_BOTH_MASKS, **_TWO),
        masked(kind, "masks-causal", (5, 6), (4, 6), (5,), (4,), **_BOTH_MASKS, **_CAUSAL, **_TWO),
    )


_CONCAT: dict[str, Any] = {"score_mode": "concat"}
_MASKS_FREE: dict[str, Any] = {"spec": {"masks": 2, **_TIME}}
_SCORED: tuple[Case, ...] = (
    *_scored("Attention"),
    *_scored("AdditiveAttention"),
    over_itself("Attention", "concat", (5, 6), **_CONCAT),
    over_itself("Attention", "concat-scale", (5, 6), **_CONCAT, use_scale=True),
    case("Attention", "concat-key", (5, 6), (3, 4), (3, 6), **_CONCAT, use_scale=True),
    over_itself("Attention", "concat-causal", (5, 6), **_CONCAT, **_CAUSAL),
)

_FREE: tuple[Case, ...] = (
    over_itself("MultiHeadAttention", "free", ("time", 6), **_HEADS, spec=_TIME),
    over_itself("MultiHeadAttention", "free-causal", ("time", 6), **_HEADS, **_CAUSAL, spec=_TIME),
    over_itself("MultiHeadAttention", "free-window", ("time", 6), **_HEADS, sliding_window=2, use_gate=True, spec=_TIME),
    over_itself("MultiHeadAttention", "free-image", ("time", "source", 6), **_HEADS, spec=_TIME),
    over_itself("MultiHeadAttention", "free-height", ("time", 3, 6), **_HEADS, spec=_TIME),
    over_itself("MultiHeadAttention", "free-axis2", ("time", 3, 6), **_HEADS, attention_axes=2, spec=_TIME),
    case("MultiHeadAttention", "free-causal-value", ("time", 6), ("source", 4), **_HEADS, **_CAUSAL, spec=_TIME),
    masked(
        "MultiHeadAttention",
        "free-mask",
        ("time", 6),
        ("source", 6),
        ("time", "source"),
        **_HEADS,
        **_MASK,
        spec={**_TIME, "blind": True},
    ),
    masked(
        "MultiHeadAttention",
        "free-image-mask",
        ("time", 2, 6),
        ("source", 2, 6),
        ("time", 2, "source", 2),
        **_HEADS,
        **_MASK,
        spec=_TIME,
    ),
    over_itself("GroupQueryAttention", "free-causal-window", ("time", 6), **_GROUPS, **_CAUSAL, sliding_window=2, spec=_TIME),
    masked("GroupQueryAttention", "free-mask", ("time", 6), ("source", 6), ("time", "source"), **_GROUPS, **_MASK, spec=_TIME),
    case("Attention", "free-causal", ("time", 6), ("source", 6), **_CAUSAL, spec=_TIME),
    masked("Attention", "free-masks", ("time", 6), ("source", 6), ("time",), ("source",), **_BOTH_MASKS, **_MASKS_FREE),
    over_itself("AdditiveAttention", "free-causal", ("time", 6), **_CAUSAL, spec=_TIME),
    over_itself("Attention", "free-features", (5, "time"), spec=_TIME),
)

_DENSE: dict[str, Any] = {"type": "Dense", "name": "embedded", "units": 6}
_SELF: dict[str, Any] = {"type": "MultiHeadAttention", "name": "attended", "inputs": ["embedded", "embedded"], **_HEADS}
_TOKENS: dict[str, Any] = {"type": "Embedding", "name": "embedded", "input_dim": 256, "output_dim": 6}
_NORM: dict[str, Any] = {"type": "LayerNormalization", "name": "norm"}
_SUM: dict[str, Any] = {"type": "Add", "name": "sum", "inputs": ["attended", "embedded"]}
_CONV: dict[str, Any] = {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 2}
_CHAINS: tuple[Case, ...] = (
    chain(
        "attention-encoder",
        _DENSE,
        _SELF,
        _SUM,
        _NORM,
        {**_DENSE, "name": "out"},
        shapes=((5, 3),),
    ),
    chain("attention-tokens", _TOKENS, {**_SELF, **_CAUSAL}, _SUM, {**_NORM, "name": "out"}, shapes=((5,),), dtype="uint8"),
    chain("attention-free", _DENSE, {**_SELF, **_CAUSAL}, _SUM, {**_DENSE, "name": "out"}, shapes=(("time", 3),), **_TIME),
    chain("attention-after-conv", _CONV, {**_SELF, "inputs": ["conv", "conv"]}, {**_CONV, "name": "again"}),
    chain("attention-twice", _DENSE, _SELF, {**_SELF, "name": "again", "inputs": ["attended", "embedded"]}, shapes=((5, 3),)),
)

CASES: tuple[Case, ...] = (*_MULTI_HEAD, *_AXES, *_GROUP_QUERY, *_SCORED, *_FREE, *_CHAINS)
