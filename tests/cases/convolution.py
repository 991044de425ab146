"""Cases of convolution layers."""

from __future__ import annotations

from case import Case, case

from cases.arguments import FIRST, SAME

CASES: tuple[Case, ...] = (
    case("Conv2D", "1x1", (4, 5, 3), filters=4, kernel_size=1),
    case("Conv2D", "valid", (6, 7, 3), filters=4, kernel_size=3),
    case("Conv2D", "no-bias", (6, 7, 3), filters=4, kernel_size=3, use_bias=False),
    case("Conv2D", "one-channel", (6, 7, 1), filters=1, kernel_size=3, **SAME),
    case("Conv2D", "unequal-kernel", (6, 7, 3), filters=2, kernel_size=[3, 2]),
    case("Conv2D", "unequal-strides", (7, 9, 3), filters=2, kernel_size=3, strides=[2, 3]),
    case("Conv2D", "whole-input", (4, 5, 3), filters=2, kernel_size=[4, 5]),
    case("Conv2D", "same-odd", (5, 7, 3), filters=4, kernel_size=3, **SAME),
    case("Conv2D", "same-even-kernel", (5, 6, 3), filters=4, kernel_size=[2, 4], **SAME),
    case("Conv2D", "same-stride2-even", (6, 8, 3), filters=4, kernel_size=3, strides=2, **SAME),
    case("Conv2D", "same-stride2-odd", (5, 7, 3), filters=4, kernel_size=3, strides=2, **SAME),
    case("Conv2D", "same-stride2-even-kernel", (6, 7, 3), filters=4, kernel_size=4, strides=2, **SAME),
    case("Conv2D", "same-stride3-kernel1", (7, 8, 3), filters=2, kernel_size=1, strides=3, **SAME),
    case("Conv2D", "same-stride4-kernel2", (9, 10, 2), filters=2, kernel_size=2, strides=4, **SAME),
    case("Conv2D", "same-unequal", (7, 8, 2), filters=3, kernel_size=[5, 2], strides=[1, 2], **SAME),
    case("Conv2D", "same-kernel-beyond-input", (2, 3, 2), filters=3, kernel_size=7, **SAME),
    case("Conv2D", "valid-stride-remainder", (8, 10, 2), filters=3, kernel_size=3, strides=4),
    case("Conv2D", "dilated", (7, 9, 2), filters=3, kernel_size=3, dilation_rate=2),
    case("Conv2D", "dilated-same", (6, 7, 2), filters=3, kernel_size=3, dilation_rate=2, **SAME),
    case("Conv2D", "dilated-unequal-same-even-kernel", (6, 7, 2), filters=3, kernel_size=2, dilation_rate=[1, 3], **SAME),
    case("Conv2D", "groups", (5, 6, 4), filters=6, kernel_size=3, groups=2),
    case("Conv2D", "groups-same-stride2", (6, 8, 6), filters=3, kernel_size=3, groups=3, strides=2, **SAME),
    case("Conv2D", "groups-of-one", (5, 6, 4), filters=8, kernel_size=2, groups=4, use_bias=False),
    case("Conv2D", "frozen", (5, 6, 2), filters=3, kernel_size=2, trainable=False),
    case("Conv2D", "first", (3, 6, 7), filters=4, kernel_size=3, **FIRST),
    case("Conv2D", "first-same-stride2-even", (3, 6, 8), filters=4, kernel_size=3, strides=2, **SAME, **FIRST),
    case("Conv2D", "first-groups-dilated", (4, 7, 8), filters=4, kernel_size=[3, 2], groups=2, dilation_rate=2, **FIRST),
    case("Conv2D", "first-by-default", (3, 6, 7), filters=4, kernel_size=3, spec=FIRST),
    case("Conv2D", "last-explicit", (5, 6, 7), filters=4, kernel_size=3, data_format="channels_last", spec=FIRST),
)  # fmt: skip
