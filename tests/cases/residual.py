"""Cases of residual layers."""

from __future__ import annotations

from typing import Any

from case import Case, case, chain

from cases.arguments import FIRST, INITIAL

_FREE: dict[str, Any] = {"spec": {"sizes": {"height": 5, "width": 4}}}
_CONV: dict[str, Any] = {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 2}

CASES: tuple[Case, ...] = (
    case("LayerScale", "image", (4, 5, 3)),
    case("LayerScale", "vector", (7,)),
    case("LayerScale", "sequence", (5, 3), spec={"batch": 1}),
    case("LayerScale", "volume", (2, 3, 4, 5)),
    case("LayerScale", "axis1", (4, 5, 3), axis=1),
    case("LayerScale", "axis1-square", (4, 4, 4), axis=1),
    case("LayerScale", "axis-minus2", (4, 5, 3), axis=-2),
    case("LayerScale", "first-by-default", (3, 4, 5), spec=FIRST),
    case("LayerScale", "initial", (4, 5, 3), spec=INITIAL),
    case("LayerScale", "initial-ones", (4, 5, 3), gamma_initializer="random_normal", spec=INITIAL),
    case("LayerScale", "free", ("height", "width", 3), **_FREE),
    case("ScaledAdd", "image", (4, 5, 3), (4, 5, 3), scale=0.17),
    case("ScaledAdd", "vectors", (7,), (7,), scale=-0.3),
    case("ScaledAdd", "sequences", (5, 3), (5, 3), scale=2.0),
    case("ScaledAdd", "volumes", (2, 3, 4, 2), (2, 3, 4, 2), scale=0.1),
    case("ScaledAdd", "broadcast", (4, 5, 3), (1, 1, 3), scale=0.3),
    case("ScaledAdd", "broadcast-first", (1, 1, 3), (4, 5, 3), scale=0.3),
    case("ScaledAdd", "broadcast-crosswise", (7, 1, 1), (1, 1, 7), scale=0.3, spec={"batch": 1}),
    case("ScaledAdd", "vector", (4, 5, 3), (3,), scale=0.3),
    case("ScaledAdd", "zero", (4, 5, 3), (4, 5, 3), scale=0.0),
    case("ScaledAdd", "free", ("height", "width", 3), ("height", "width", 3), scale=0.3, **_FREE),
    case("StochasticDepth", "image", (4, 5, 3), rate=0.5),
    case("StochasticDepth", "vector", (9,), rate=0.25, seed=3),
    case("StochasticDepth", "rate-0", (9,), rate=0.0),
    case("StochasticDepth", "rate-1", (4, 9), rate=1.0),
    chain(
        "conv-residual",
        _CONV,
        {"type": "Conv2D", "filters": 4, "kernel_size": 1},
        {"type": "LayerScale"},
        {"type": "StochasticDepth", "rate": 0.5, "name": "branch"},
        {"type": "ScaledAdd", "inputs": ["conv", "branch"], "scale": 0.2},
    ),
)  # fmt: skip
