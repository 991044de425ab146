"""Cases of depthwise and separable layers."""

from __future__ import annotations

from case import Case, case

from cases.arguments import FIRST, SAME

CASES: tuple[Case, ...] = (
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
