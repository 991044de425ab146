"""Cases of depthwise and separable layers."""

from __future__ import annotations

from typing import Any

from case import Case, case

from cases.arguments import FIRST, INITIAL, LEAKY, SAME

_FREE: dict[str, Any] = {"spec": {"sizes": {"steps": 9}}}
_FREE_2D: dict[str, Any] = {"spec": {"sizes": {"height": 7, "width": 8}}}
_FREE_3D: dict[str, Any] = {"spec": {"sizes": {"depth": 4, "height": 7}}}
_RANDOM: dict[str, Any] = {"depthwise_initializer": "orthogonal", "bias_initializer": "ones"}
_RANDOM_SEPARABLE: dict[str, Any] = {**_RANDOM, "pointwise_initializer": "he_normal"}
_SHARPEN: dict[str, Any] = {
    "depthwise_initializer": {"type": "Constant", "value": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]},
}
_BY_CHANNEL: dict[str, Any] = {
    "depthwise_initializer": {"type": "Constant", "value": [[[[0.1, 0.2], [0.3, -0.4]]], [[[-0.5, 0.6], [0.7, 0.8]]]]},
}

CASES: tuple[Case, ...] = (
    case("DepthwiseConv1D", "valid", (7, 3), kernel_size=3),
    case("DepthwiseConv1D", "no-bias", (7, 3), kernel_size=[2], use_bias=False),
    case("DepthwiseConv1D", "one-channel", (7, 1), kernel_size=3, depth_multiplier=2),
    case("DepthwiseConv1D", "multiplier", (6, 3), kernel_size=2, depth_multiplier=3, activation=LEAKY),
    case("DepthwiseConv1D", "same-stride2-even", (8, 3), kernel_size=3, strides=2, activation="relu", **SAME),
    case("DepthwiseConv1D", "same-stride2-odd", (7, 3), kernel_size=4, strides=2, depth_multiplier=2, **SAME),
    case("DepthwiseConv1D", "same-stride3-kernel2", (8, 2), kernel_size=2, strides=3, **SAME),
    case("DepthwiseConv1D", "dilated", (9, 3), kernel_size=3, dilation_rate=3),
    case("DepthwiseConv1D", "dilated-same", (8, 3), kernel_size=2, dilation_rate=3, depth_multiplier=2, **SAME),
    case("DepthwiseConv1D", "dilated-strided", (9, 3), kernel_size=3, strides=2, dilation_rate=2),
    case("DepthwiseConv1D", "dilated-strided-same", (8, 3), kernel_size=2, strides=3, dilation_rate=2, **SAME),
    case("DepthwiseConv1D", "first", (3, 8), kernel_size=3, strides=2, depth_multiplier=2, **SAME, **FIRST),
    case("DepthwiseConv1D", "initial", (6, 3), kernel_size=3, **_RANDOM, spec=INITIAL),
    case("DepthwiseConv1D", "free-same-stride2", ("steps", 3), kernel_size=4, strides=2, **SAME, **_FREE),
    case("DepthwiseConv1D", "free-dilated-strided", ("steps", 3), kernel_size=2, strides=2, dilation_rate=2, **SAME, **_FREE),
    case("DepthwiseConv3D", "valid", (4, 5, 6, 3), kernel_size=[2, 3, 1]),
    case("DepthwiseConv3D", "no-bias", (3, 4, 5, 3), kernel_size=2, use_bias=False),
    case("DepthwiseConv3D", "one-channel", (3, 4, 5, 1), kernel_size=2, depth_multiplier=2, **SAME),
    case("DepthwiseConv3D", "multiplier", (3, 4, 5, 3), kernel_size=2, depth_multiplier=3, activation=LEAKY),
    case("DepthwiseConv3D", "same-stride2-even", (4, 6, 4, 3), kernel_size=3, strides=2, activation="relu", **SAME),
    case("DepthwiseConv3D", "unequal-strides", (4, 5, 6, 2), kernel_size=2, strides=[1, 2, 3], depth_multiplier=2, **SAME),
    case("DepthwiseConv3D", "dilated-same", (4, 5, 6, 3), kernel_size=[2, 3, 2], dilation_rate=[1, 2, 3], **SAME),
    case("DepthwiseConv3D", "first", (3, 4, 5, 6), kernel_size=3, strides=2, depth_multiplier=2, **SAME, **FIRST),
    case("DepthwiseConv3D", "initial", (3, 4, 5, 3), kernel_size=2, depth_multiplier=2, **_RANDOM, spec=INITIAL),
    case("DepthwiseConv3D", "free-same-stride2", ("depth", "height", 5, 3), kernel_size=3, strides=2, **SAME, **_FREE_3D),
    case("SeparableConv1D", "valid", (7, 3), filters=4, kernel_size=3),
    case("SeparableConv1D", "no-bias", (7, 3), filters=4, kernel_size=[2], use_bias=False),
    case("SeparableConv1D", "multiplier", (6, 3), filters=4, kernel_size=2, depth_multiplier=3, activation=LEAKY),
    case("SeparableConv1D", "same-stride2-even", (8, 3), filters=4, kernel_size=3, strides=2, activation="relu", **SAME),
    case("SeparableConv1D", "same-stride2-odd", (7, 2), filters=5, kernel_size=4, strides=2, depth_multiplier=2, **SAME),
    case("SeparableConv1D", "dilated-same", (8, 3), filters=2, kernel_size=3, dilation_rate=2, **SAME),
    case("SeparableConv1D", "dilated-strided-same", (8, 3), filters=2, kernel_size=3, strides=2, dilation_rate=2, **SAME),
    case("SeparableConv1D", "first", (3, 8), filters=4, kernel_size=3, depth_multiplier=2, strides=2, **SAME, **FIRST),
    case("SeparableConv1D", "initial", (6, 3), filters=4, kernel_size=3, **_RANDOM_SEPARABLE, spec=INITIAL),
    case("SeparableConv1D", "free-same-stride2", ("steps", 3), filters=4, kernel_size=4, strides=2, **SAME, **_FREE),
    case("SeparableConv3D", "valid", (4, 5, 6, 3), filters=4, kernel_size=[2, 3, 1]),
    case("SeparableConv3D", "no-bias", (3, 4, 5, 3), filters=4, kernel_size=2, use_bias=False),
    case("SeparableConv3D", "multiplier", (3, 4, 5, 3), filters=4, kernel_size=2, depth_multiplier=2, activation=LEAKY),
    case("SeparableConv3D", "same-stride2-even", (4, 6, 4, 3), filters=4, kernel_size=3, strides=2, activation="relu", **SAME),
    case("SeparableConv3D", "unequal-strides", (4, 5, 6, 2), filters=3, kernel_size=2, strides=[1, 2, 3], **SAME),
    case("SeparableConv3D", "dilated-same", (4, 5, 6, 3), filters=2, kernel_size=[2, 3, 2], dilation_rate=[1, 2, 3], **SAME),
    case("SeparableConv3D", "first", (3, 4, 5, 6), filters=4, kernel_size=3, depth_multiplier=2, strides=2, **SAME, **FIRST),
    case("SeparableConv3D", "initial", (3, 4, 5, 3), filters=4, kernel_size=2, **_RANDOM_SEPARABLE, spec=INITIAL),
    case("SeparableConv3D", "free-same-stride2", ("depth", 4, 5, 3), filters=4, kernel_size=3, strides=2, **SAME, **_FREE_3D),
    case("SeparableConv2D", "dilated-strided", (9, 11, 3), filters=2, kernel_size=3, strides=2, dilation_rate=2),
    case("SeparableConv2D", "dilated-strided-same", (8, 9, 3), filters=2, kernel_size=3, strides=2, dilation_rate=2, **SAME),
    case(
        "DepthwiseConv2D",
        "free-dilated-strided",
        ("height", "width", 3),
        kernel_size=[3, 1],
        strides=3,
        dilation_rate=2,
        depth_multiplier=2,
        activation="relu",
        **SAME,
        **_FREE_2D,
    ),
    case("DepthwiseConv2D", "literal", (6, 7, 3), kernel_size=3, use_bias=False, **_SHARPEN, spec=INITIAL),
    case("DepthwiseConv2D", "literal-channels", (5, 6, 2), kernel_size=[2, 1], depth_multiplier=2, **_BY_CHANNEL, spec=INITIAL),
    case("DepthwiseConv2D", "valid", (6, 7, 3), kernel_size=3),
    case("DepthwiseConv2D", "no-bias", (6, 7, 3), kernel_size=3, use_bias=False),
    case("DepthwiseConv2D", "one-channel", (6, 7, 1), kernel_size=3, depth_multiplier=2),
    case("DepthwiseConv2D", "multiplier", (5, 6, 3), kernel_size=2, depth_multiplier=3),
    case("DepthwiseConv2D", "same-stride2-even", (6, 8, 3), kernel_size=3, strides=2, **SAME),
    case("DepthwiseConv2D", "same-stride2-odd", (5, 7, 3), kernel_size=[2, 4], strides=2, depth_multiplier=2, **SAME),
    case("DepthwiseConv2D", "same-stride3-kernel2", (7, 8, 2), kernel_size=2, strides=3, **SAME),
    case("DepthwiseConv2D", "dilated-same", (6, 7, 3), kernel_size=3, dilation_rate=2, **SAME),
    case("DepthwiseConv2D", "dilated-unequal", (8, 9, 3), kernel_size=[2, 3], dilation_rate=[3, 2], depth_multiplier=2),
    case("DepthwiseConv2D", "dilated-strided", (9, 11, 3), kernel_size=3, strides=2, dilation_rate=2, use_bias=False),
    case("DepthwiseConv2D", "dilated-strided-same", (8, 9, 2), kernel_size=3, strides=2, dilation_rate=2, **SAME),
    case("DepthwiseConv2D", "first", (3, 6, 8), kernel_size=3, strides=2, depth_multiplier=2, **SAME, **FIRST),
    case("SeparableConv2D", "valid", (6, 7, 3), filters=4, kernel_size=3),
    case("SeparableConv2D", "no-bias", (6, 7, 3), filters=4, kernel_size=3, use_bias=False),
    case("SeparableConv2D", "multiplier", (5, 6, 3), filters=4, kernel_size=2, depth_multiplier=3),
    case("SeparableConv2D", "same-stride2-even", (6, 8, 3), filters=4, kernel_size=3, strides=2, **SAME),
    case("SeparableConv2D", "same-stride2-odd", (5, 7, 2), filters=5, kernel_size=4, strides=2, depth_multiplier=2, **SAME),
    case("SeparableConv2D", "dilated-same", (6, 7, 3), filters=2, kernel_size=3, dilation_rate=2, **SAME),
    case("SeparableConv2D", "first", (3, 6, 8), filters=4, kernel_size=3, depth_multiplier=2, strides=2, **SAME, **FIRST),
)  # fmt: skip
