"""Cases of core layers."""

from __future__ import annotations

from typing import Any

from case import Case, case, chain

from cases.arguments import BYTES, FIRST, INITIAL

_TABLE: dict[str, Any] = {"input_dim": 24, "output_dim": 3}

CASES: tuple[Case, ...] = (
    case("Dense", "rank2", (7,), units=4),
    case("Dense", "rank3", (5, 7), units=4),
    case("Dense", "rank4", (3, 4, 5), units=2),
    case("Dense", "no-bias", (7,), units=4, use_bias=False),
    case("Dense", "rank4-no-bias", (3, 4, 5), units=2, use_bias=False),
    case("Dense", "one-unit", (7,), units=1),
    case("Dense", "one-input", (1,), units=3),
    case("Dense", "first-by-default", (3, 4, 5), units=2, spec=FIRST),
    case("Embedding", "int32", (7,), **_TABLE, spec={"dtype": "int32", "shift": 12}),
    case("Embedding", "int64", (3, 4), **_TABLE, mask_zero=False, spec={"dtype": "int64", "shift": 12}),
    case("Embedding", "uint8", (5, 6, 3), input_dim=256, output_dim=2, spec=BYTES),
    case("Embedding", "negative", (7,), **_TABLE, spec={"dtype": "int32"}),
    case("Embedding", "floats", (4, 5), **_TABLE, spec={"shift": 12.0}),
    case("Embedding", "negative-floats", (4, 5), **_TABLE),
    case("Embedding", "free", ("time",), **_TABLE, spec={"dtype": "int32", "sizes": {"time": 7}}),
    case("Embedding", "initial", (7,), **_TABLE, embeddings_initializer="he_normal", spec={"dtype": "int32", **INITIAL}),
    case("Embedding", "initial-default", (7,), **_TABLE, spec={"dtype": "int32", **INITIAL}),
    chain(
        "embedding-lstm-dense",
        {"type": "Embedding", "input_dim": 24, "output_dim": 3},
        {"type": "LSTM", "units": 4},
        {"type": "Dense", "units": 2},
        shapes=((7,),),
        dtype="int32",
        shift=12,
    ),
)  # fmt: skip
