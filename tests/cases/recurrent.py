"""Cases of recurrent layers."""

from __future__ import annotations

from typing import Any

from case import Case, case

from cases.arguments import INITIAL

_X = (6, 3)
_SEQUENCES: dict[str, Any] = {"return_sequences": True}
_BACKWARDS: dict[str, Any] = {"go_backwards": True}
_DROPPED: dict[str, Any] = {"dropout": 0.3, "recurrent_dropout": 0.2, "seed": 3}
_IN_OPERATORS = ("linear", "relu", "sigmoid", "softplus", "softsign", "hard_sigmoid", "elu", "leaky_relu")
_FREE: dict[str, Any] = {"spec": {"sizes": {"time": 7}}}
_INITIAL: dict[str, Any] = {"kernel_initializer": "he_normal", "recurrent_initializer": "orthogonal", "spec": INITIAL}


def _of(kind: str) -> tuple[Case, ...]:
    """Return the cases that every recurrent layer has."""
    return (
        case(kind, "defaults", _X, units=4),
        case(kind, "sequences", _X, units=4, return_sequences=True),
        case(kind, "backwards", _X, units=4, go_backwards=True),
        case(kind, "backwards-sequences", _X, units=4, **_BACKWARDS, **_SEQUENCES),
        case(kind, "no-bias", (5, 2), units=3, use_bias=False),
        case(kind, "no-bias-sequences", (5, 2), units=3, use_bias=False, **_BACKWARDS, **_SEQUENCES),
        case(kind, "one-unit", (4, 3), units=1, **_SEQUENCES),
        case(kind, "one-feature", (4, 1), units=5),
        case(kind, "one-step", (1, 3), units=4, **_SEQUENCES),
        case(kind, "long", (40, 3), units=4, **_SEQUENCES, spec={"batch": 3}),
        case(kind, "batch-1", _X, units=4, spec={"batch": 1}),
        case(kind, "unroll", _X, units=4, unroll=True, **_SEQUENCES),
        case(kind, "unroll-backwards", _X, units=4, unroll=True, **_BACKWARDS, **_SEQUENCES),
        case(kind, "dropout", _X, units=4, **_DROPPED),
        case(kind, "free", ("time", 3), units=4, **_FREE),
        case(kind, "free-sequences", ("time", 3), units=4, **_SEQUENCES, **_FREE),
        case(kind, "free-backwards", ("time", 3), units=4, **_BACKWARDS, **_SEQUENCES, **_FREE),
        case(kind, "softsign-backwards", _X, units=4, activation="softsign", **_BACKWARDS, **_SEQUENCES),
        *(case(kind, f"{name}", _X, units=4, activation=name, **_SEQUENCES) for name in _IN_OPERATORS),
    )


def _gated(kind: str) -> tuple[Case, ...]:
    """Return the cases that every layer with gates has."""
    hard = {"activation": "hard_sigmoid", "recurrent_activation": "hard_sigmoid"}
    return (
        case(kind, "hard-gates", _X, units=4, **hard, **_SEQUENCES),
        case(kind, "tanh-gates", _X, units=4, recurrent_activation="tanh", **_SEQUENCES),
        case(kind, "elu-leaky", _X, units=4, activation="leaky_relu", recurrent_activation="elu", **_SEQUENCES),
        case(kind, "leaky-elu", (2, 3), units=4, activation="elu", recurrent_activation="leaky_relu", **_SEQUENCES),
        case(kind, "initial", _X, units=4, **_INITIAL),
    )


CASES: tuple[Case, ...] = (
    *_of("SimpleRNN"),
    *_of("LSTM"),
    *_of("GRU"),
    *_gated("LSTM"),
    *_gated("GRU"),
    case("SimpleRNN", "initial", _X, units=4, bias_initializer="random_normal", **_INITIAL),
    case("LSTM", "no-forget-bias", _X, units=4, unit_forget_bias=False, bias_initializer="random_normal", **_INITIAL),
    case("LSTM", "forget-bias-constant", _X, units=4, bias_initializer={"type": "Constant", "value": 0.3}, **_INITIAL),
    case("LSTM", "forget-bias-ones", _X, units=4, bias_initializer="ones", **_INITIAL),
    case("GRU", "reset-before", _X, units=4, reset_after=False),
    case("GRU", "reset-before-sequences", _X, units=4, reset_after=False, **_BACKWARDS, **_SEQUENCES),
    case("GRU", "reset-before-no-bias", _X, units=4, reset_after=False, use_bias=False),
    case("GRU", "reset-before-relu", _X, units=4, reset_after=False, activation="relu", **_SEQUENCES),
    case("GRU", "reset-before-dropout", _X, units=4, reset_after=False, **_DROPPED),
    case("GRU", "reset-before-initial", _X, units=4, reset_after=False, bias_initializer="random_normal", **_INITIAL),
)  # fmt: skip
