"""Cases of activation layers."""

from __future__ import annotations

from typing import Any

from case import FAR, Case, case, chain

from cases.arguments import FIRST, INITIAL

_CONV: dict[str, Any] = {"type": "Conv2D", "filters": 4, "kernel_size": 2}
_PRELU: dict[str, Any] = {"type": "PReLU", "name": "slopes"}
_FREE: dict[str, Any] = {"sizes": {"height": 5, "width": 4}}

CASES: tuple[Case, ...] = (
    case("ReLU", "plain", (4, 5, 3)),
    case("ReLU", "vector", (20,)),
    case("ReLU", "max", (4, 5, 3), max_value=6.0),
    case("ReLU", "max-0", (4, 5, 3), max_value=0.0),
    case("ReLU", "max-odd", (4, 5, 3), max_value=1.7),
    case("ReLU", "slope", (4, 5, 3), negative_slope=0.3),
    case("ReLU", "threshold", (4, 5, 3), threshold=1.0),
    case("ReLU", "threshold-slope", (4, 5, 3), threshold=1.5, negative_slope=0.25),
    case("ReLU", "slope-max", (4, 5, 3), negative_slope=0.1, max_value=6.0),
    case("ReLU", "everything", (4, 5, 3), negative_slope=0.1, threshold=1.0, max_value=3.0),
    case("ReLU", "max-below-threshold", (4, 5, 3), negative_slope=0.1, threshold=3.0, max_value=1.0),
    case("LeakyReLU", "plain", (4, 5, 3)),
    case("LeakyReLU", "slope", (7,), negative_slope=0.1),
    case("LeakyReLU", "slope-0", (7,), negative_slope=0.0),
    case("LeakyReLU", "steep", (4, 5), negative_slope=2.5),
    case("ELU", "plain", (4, 5, 3)),
    case("ELU", "far", (4, 5, 3), spec={"special": FAR}),
    case("ELU", "alpha", (7,), alpha=0.3),
    case("ELU", "negative-alpha", (7,), alpha=-0.5),
    case("PReLU", "vector", (7,)),
    case("PReLU", "sequence", (5, 3)),
    case("PReLU", "image", (4, 5, 3)),
    case("PReLU", "image-one", (4, 5, 3), spec={"batch": 1}),
    case("PReLU", "volume", (2, 3, 4, 2), shared_axes=[1, 2, 3]),
    case("PReLU", "channels", (4, 5, 3), shared_axes=[1, 2]),
    case("PReLU", "channels-first", (3, 4, 5), shared_axes=[2, 3], spec=FIRST),
    case("PReLU", "one-axis", (4, 5, 3), shared_axes=2),
    case("PReLU", "rows-and-channels", (4, 5, 3), shared_axes=[2]),
    case("PReLU", "one-number", (4, 5, 3), shared_axes=[3, 1, 2]),
    case("PReLU", "none-shared", (4, 5), shared_axes=[]),
    case("PReLU", "initial", (4, 5, 3), shared_axes=[1, 2], spec=INITIAL),
    case("PReLU", "initial-random", (4, 5, 3), alpha_initializer="random_uniform", spec=INITIAL),
    case("PReLU", "free", ("height", "width", 3), shared_axes=[1, 2], spec=_FREE),
    chain("conv-prelu-conv", _CONV, {**_PRELU, "shared_axes": [1, 2]}, _CONV),
    chain("conv-prelu-of-rows-conv", _CONV, {**_PRELU, "shared_axes": [2, 3]}, _CONV),
    chain("conv-prelu-of-rows-and-channels-conv", _CONV, {**_PRELU, "shared_axes": 2}, _CONV),
    chain("conv-prelu-full-conv", _CONV, _PRELU, _CONV),
    chain("conv-prelu-first", _CONV, {**_PRELU, "shared_axes": [2, 3]}, _CONV, shapes=((3, 5, 6),), **FIRST),
    chain("conv-prelu-full-first", _CONV, _PRELU, _CONV, shapes=((3, 5, 6),), **FIRST),
    case("Softmax", "plain", (4, 5, 3)),
    case("Softmax", "vector", (7,)),
    case("Softmax", "far", (7,), spec={"special": FAR}),
    case("Softmax", "axis1", (4, 5, 3), axis=1),
    case("Softmax", "list-of-one", (4, 5, 3), axis=[-2]),
    case("Softmax", "two-axes", (4, 5, 3), axis=[1, 2]),
    case("Softmax", "two-axes-far", (4, 5, 3), axis=[1, 2], spec={"special": FAR}),
    case("Softmax", "two-axes-apart", (4, 5, 3), axis=[-1, 1]),
    case("Softmax", "all-axes", (4, 5, 3), axis=[1, 2, 3]),
    case("Softmax", "free", ("height", "width", 3), axis=[1, 2], spec=_FREE),
    chain("conv-softmax-of-positions", _CONV, {"type": "Softmax", "axis": [1, 2]}, _CONV),
    chain("conv-softmax-first", _CONV, {"type": "Softmax", "axis": [1, 3]}, _CONV, shapes=((3, 5, 6),), **FIRST),
)  # fmt: skip
