"""Sizes that are known only at run time."""

from __future__ import annotations

from typing import Any

from case import Case, case, chain

from cases.arguments import FIRST, SOFTMAX_1

_CONV: dict[str, Any] = {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 2}
_CONV_FIRST: dict[str, Any] = {**_CONV, **FIRST}
_FLATTEN: dict[str, Any] = {"type": "Flatten", "name": "flat"}
_DENSE: dict[str, Any] = {"type": "Dense", "units": 3}
_SCALES: dict[str, Any] = {"scale": [1.0, 2.0, 3.0, 4.0], "offset": [[0.1], [0.2], [0.3], [0.4], [0.5]]}

_FREE: tuple[int | str, ...] = ("height", "width", 3)
_FREE_FIRST: tuple[int | str, ...] = (3, "height", "width")
_STEP: dict[str, Any] = {"padding": "same", "strides": 2}
_CONV_SAME: dict[str, Any] = {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same"}
_POOL_SAME: dict[str, Any] = {"type": "MaxPooling2D", "pool_size": 3, "strides": 2, "padding": "same"}


def _free(name: str, height: int, width: int) -> tuple[Case, ...]:
    """Return the cases of sizes that are known only at run time."""
    own: dict[str, Any] = {"spec": {"sizes": {"height": height, "width": width}}}
    sizes: dict[str, Any] = {"shapes": (_FREE,), "sizes": {"height": height, "width": width}}
    return (
        case("Conv2D", f"free-valid-stride2-{name}", _FREE, filters=4, kernel_size=3, strides=2, **own),
        case("Conv2D", f"free-same-{name}", _FREE, filters=4, kernel_size=3, padding="same", **own),
        case("Conv2D", f"free-same-stride2-{name}", _FREE, filters=4, kernel_size=3, **_STEP, **own),
        case("Conv2D", f"free-same-stride2-even-kernel-{name}", _FREE, filters=4, kernel_size=[4, 2], **_STEP, **own),
        case("Conv2D", f"free-same-stride3-{name}", _FREE, filters=2, kernel_size=[2, 1], strides=3, padding="same", **own),
        case("Conv2D", f"free-same-dilated-{name}", _FREE, filters=2, kernel_size=3, dilation_rate=2, padding="same", **own),
        case("Conv2D", f"free-first-same-stride2-{name}", _FREE_FIRST, filters=4, kernel_size=3, **_STEP, **FIRST, **own),
        case("DepthwiseConv2D", f"free-same-stride2-{name}", _FREE, kernel_size=3, depth_multiplier=2, **_STEP, **own),
        case("SeparableConv2D", f"free-same-stride2-{name}", _FREE, filters=4, kernel_size=3, **_STEP, **own),
        case("MaxPooling2D", f"free-same-{name}", _FREE, pool_size=3, **_STEP, **own),
        case("MaxPooling2D", f"free-first-same-{name}", _FREE_FIRST, pool_size=2, **_STEP, **FIRST, **own),
        case("AveragePooling2D", f"free-same-{name}", _FREE, pool_size=3, **_STEP, **own),
        case("AveragePooling2D", f"free-same-stride1-{name}", _FREE, pool_size=2, strides=1, padding="same", **own),
        case("AveragePooling2D", f"free-first-same-{name}", _FREE_FIRST, pool_size=3, **_STEP, **FIRST, **own),
        case("GlobalAveragePooling2D", f"free-{name}", _FREE, **own),
        case("GlobalMaxPooling2D", f"free-keepdims-{name}", _FREE, keepdims=True, **own),
        case("BatchNormalization", f"free-{name}", _FREE, **own),
        case("ZeroPadding2D", f"free-{name}", _FREE, padding=[[0, 1], [2, 0]], **own),
        case("Rescaling", f"free-vector-{name}", _FREE, scale=[1.0, 2.0, 3.0], **own),
        case("Dense", f"free-{name}", _FREE, units=4, activation="softmax", **own),
        case("Permute", f"free-{name}", _FREE, dims=[3, 1, 2], **own),
        case("Activation", f"free-softmax-axis1-{name}", _FREE, activation=SOFTMAX_1, **own),
        chain(f"free-conv-pool-global-{name}", _CONV_SAME, _POOL_SAME, {"type": "GlobalAveragePooling2D"}, _DENSE, **sizes),
        chain(
            f"free-residual-{name}",
            {**_CONV_SAME, "name": "conv", "strides": 2},
            {**_POOL_SAME, "name": "pool", "inputs": "x0"},
            {"type": "Concatenate", "name": "both", "inputs": ["conv", "pool"]},
            {**_CONV_SAME, "name": "again"},
            {"type": "Add", "inputs": ["conv", "again"]},
            **sizes,
        ),
    )


CASES: tuple[Case, ...] = (*_free("even", 6, 8), *_free("odd", 5, 7), *_free("mixed", 9, 4))
