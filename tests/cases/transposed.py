"""Cases of transposed layers."""

from __future__ import annotations

from typing import Any

from case import Case, case

from cases.arguments import FIRST, INITIAL, LEAKY, SAME

_FREE: dict[str, Any] = {"spec": {"sizes": {"height": 5, "width": 6}}}
_SINGLE: dict[str, Any] = {"spec": {"batch": 1}}
_RANDOM: dict[str, Any] = {"kernel_initializer": "he_normal", "bias_initializer": "ones"}

CASES: tuple[Case, ...] = (
    case("Conv1DTranspose", "valid", (5, 3), filters=2, kernel_size=3),
    case("Conv1DTranspose", "no-bias", (5, 3), filters=2, kernel_size=[2], use_bias=False),
    case("Conv1DTranspose", "one-channel", (5, 1), filters=1, kernel_size=4, strides=2),
    case("Conv1DTranspose", "same", (5, 3), filters=2, kernel_size=3, activation="relu", **SAME),
    case("Conv1DTranspose", "same-even-kernel", (5, 3), filters=2, kernel_size=4, **SAME),
    case("Conv1DTranspose", "same-stride2", (5, 3), filters=2, kernel_size=3, strides=2, activation=LEAKY, **SAME),
    case("Conv1DTranspose", "same-stride2-even-kernel", (4, 3), filters=2, kernel_size=4, strides=2, **SAME),
    case("Conv1DTranspose", "same-stride3-kernel2", (4, 3), filters=2, kernel_size=2, strides=3, **SAME),
    case("Conv1DTranspose", "same-stride2-kernel5", (1, 3), filters=2, kernel_size=5, strides=2, **SAME),
    case("Conv1DTranspose", "stride3-kernel2", (4, 3), filters=2, kernel_size=2, strides=3),
    case("Conv1DTranspose", "stride2-kernel5", (4, 3), filters=2, kernel_size=5, strides=2),
    case("Conv1DTranspose", "output-padding", (4, 3), filters=2, kernel_size=3, strides=3, output_padding=2),
    case("Conv1DTranspose", "output-padding-0-kernel2", (4, 3), filters=2, kernel_size=2, strides=4, output_padding=[0]),
    case("Conv1DTranspose", "same-output-padding-0", (4, 3), filters=2, kernel_size=5, strides=2, output_padding=0, **SAME),
    case("Conv1DTranspose", "same-output-padding-1", (4, 3), filters=2, kernel_size=4, strides=3, output_padding=1, **SAME),
    case("Conv1DTranspose", "same-output-padding-2", (4, 3), filters=2, kernel_size=3, strides=3, output_padding=2, **SAME),
    case("Conv1DTranspose", "dilated", (5, 3), filters=2, kernel_size=3, dilation_rate=2),
    case("Conv1DTranspose", "dilated-same", (5, 3), filters=2, kernel_size=2, dilation_rate=3, **SAME),
    case("Conv1DTranspose", "first", (3, 5), filters=2, kernel_size=3, strides=2, **SAME, **FIRST),
    case("Conv1DTranspose", "initial", (5, 3), filters=2, kernel_size=3, **_RANDOM, spec=INITIAL),
    case("Conv1DTranspose", "free-same", ("width", 3), filters=2, kernel_size=4, **SAME, **_FREE),
    case("Conv2DTranspose", "valid", (4, 5, 3), filters=2, kernel_size=3),
    case("Conv2DTranspose", "no-bias", (4, 5, 3), filters=2, kernel_size=[2, 3], use_bias=False),
    case("Conv2DTranspose", "square", (4, 5, 3), filters=3, kernel_size=3, strides=2),
    case("Conv2DTranspose", "same-stride2", (4, 5, 3), filters=2, kernel_size=3, strides=2, activation="relu", **SAME),
    case("Conv2DTranspose", "same-even-kernel", (4, 3, 3), filters=2, kernel_size=4, strides=2, activation=LEAKY, **SAME),
    case("Conv2DTranspose", "same-unequal", (4, 3, 3), filters=2, kernel_size=[2, 5], strides=[3, 2], **SAME),
    case("Conv2DTranspose", "unequal", (4, 3, 3), filters=2, kernel_size=[2, 5], strides=[3, 1]),
    case("Conv2DTranspose", "output-padding", (4, 3, 3), filters=2, kernel_size=3, strides=[2, 3], output_padding=[1, 0]),
    case("Conv2DTranspose", "same-output-padding", (3, 4, 3), filters=2, kernel_size=3, strides=2, output_padding=1, **SAME),
    case("Conv2DTranspose", "dilated", (4, 5, 3), filters=2, kernel_size=[2, 3], dilation_rate=[3, 2]),
    case("Conv2DTranspose", "dilated-same", (4, 5, 3), filters=2, kernel_size=[2, 3], dilation_rate=[1, 2], **SAME),
    case("Conv2DTranspose", "first", (3, 4, 5), filters=2, kernel_size=3, strides=2, **SAME, **FIRST),
    case("Conv2DTranspose", "first-softmax", (3, 4, 5), filters=2, kernel_size=2, strides=2, activation="softmax", **FIRST),
    case("Conv2DTranspose", "single", (4, 5, 3), filters=2, kernel_size=3, strides=2, **_SINGLE),
    case("Conv2DTranspose", "initial", (4, 5, 3), filters=2, kernel_size=3, **_RANDOM, spec=INITIAL),
    case("Conv2DTranspose", "free-valid", ("height", "width", 3), filters=2, kernel_size=3, **_FREE),
    case("Conv2DTranspose", "free-width", ("height", 4, 3), filters=2, kernel_size=3, strides=[1, 2], **SAME, **_FREE),
    case("Conv3DTranspose", "valid", (2, 3, 4, 3), filters=2, kernel_size=[1, 2, 3], activation=LEAKY),
    case("Conv3DTranspose", "no-bias", (2, 3, 4, 3), filters=2, kernel_size=2, use_bias=False),
    case("Conv3DTranspose", "square", (2, 3, 4, 3), filters=3, kernel_size=2, strides=2),
    case("Conv3DTranspose", "same-stride2", (2, 3, 4, 3), filters=2, kernel_size=3, strides=2, activation="relu", **SAME),
    case("Conv3DTranspose", "same-unequal", (2, 3, 4, 3), filters=2, kernel_size=[2, 4, 3], strides=[3, 1, 2], **SAME),
    case("Conv3DTranspose", "output-padding", (2, 3, 4, 2), filters=2, kernel_size=2, strides=2, output_padding=[0, 1, 0]),
    case("Conv3DTranspose", "same-output-padding", (2, 3, 2, 2), filters=2, kernel_size=3, strides=3, output_padding=1, **SAME),
    case("Conv3DTranspose", "dilated", (2, 3, 4, 2), filters=2, kernel_size=2, dilation_rate=[1, 2, 3]),
    case("Conv3DTranspose", "first", (3, 2, 3, 4), filters=2, kernel_size=3, strides=2, **SAME, **FIRST),
    case("Conv3DTranspose", "initial", (2, 3, 4, 3), filters=2, kernel_size=2, **_RANDOM, spec=INITIAL),
)  # fmt: skip
