"""The conformance cases: for each layer, every hyperparameter that matters, at the sizes where frameworks differ.

A case is one layer, or a short chain where the layout pass has something to do.
"""

from __future__ import annotations

from typing import Any

from case import FAR, Case, case, chain

FIRST: dict[str, Any] = {"data_format": "channels_first"}
SAME: dict[str, Any] = {"padding": "same"}
SOFTMAX_1: dict[str, Any] = {"type": "softmax", "axis": 1}
BYTES: dict[str, Any] = {"dtype": "uint8"}
LEAKY: dict[str, Any] = {"type": "leaky_relu", "negative_slope": 0.1}
INITIAL: dict[str, Any] = {"initial": True}
UNPARAMETERIZED = (
    "linear", "relu", "relu6", "selu", "sigmoid", "tanh", "softplus", "softsign", "exponential", "silu", "hard_sigmoid",
    "leaky_relu", "elu", "gelu", "softmax", "log_softmax",
)  # fmt: skip
INITIALIZERS: tuple[tuple[str, Any], ...] = (
    *((name, name) for name in ("zeros", "ones", "random_uniform", "random_normal", "truncated_normal", "orthogonal")),
    *((name, name) for name in ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal")),
    ("constant", {"type": "Constant", "value": 0.3}),
    ("seeded", {"type": "RandomNormal", "mean": 0.1, "stddev": 0.2, "seed": 7}),
    ("fan-out", {"type": "VarianceScaling", "scale": 0.5, "mode": "fan_out", "distribution": "untruncated_normal"}),
)

ACTIVATION_CASES = (
    *(case("Activation", name, (4, 5, 3), activation=name) for name in UNPARAMETERIZED),
    *(case("Activation", f"{name}-far", (3, 4, 5), activation=name, spec={"special": FAR}) for name in UNPARAMETERIZED),
    *(case("Dense", f"fused-{name}", (7,), units=5, activation=name) for name in UNPARAMETERIZED),
    *(case("Conv2D", f"fused-{name}", (4, 5, 3), filters=4, kernel_size=2, activation=name) for name in UNPARAMETERIZED),
    case("Activation", "swish", (4, 5), activation="swish"),
    case("Activation", "none", (4, 5), activation=None),
    case("Activation", "leaky_relu-slope", (4, 5), activation={"type": "leaky_relu", "negative_slope": 0.3}),
    case("Activation", "leaky_relu-negative-slope", (4, 5), activation={"type": "leaky_relu", "negative_slope": -0.5}),
    case("Activation", "elu-alpha", (4, 5), activation={"type": "elu", "alpha": 0.7}),
    case("Activation", "gelu-tanh", (4, 5), activation={"type": "gelu", "approximate": True}),
    case("Activation", "gelu-tanh-far", (4, 5), activation={"type": "gelu", "approximate": True}, spec={"special": FAR}),
    case("Activation", "softmax-rank2", (7,), activation="softmax"),
    case("Activation", "softmax-rank3", (4, 5), activation="softmax"),
    case("Activation", "softmax-axis1", (4, 5, 3), activation=SOFTMAX_1),
    case("Activation", "softmax-axis2", (4, 5, 3), activation={"type": "softmax", "axis": 2}),
    case("Activation", "softmax-axis-minus2", (4, 5, 3), activation={"type": "softmax", "axis": -2}),
    case("Activation", "log_softmax-axis1", (4, 5, 3), activation={"type": "log_softmax", "axis": 1}),
    case("Conv2D", "fused-softmax-axis1", (4, 5, 3), filters=4, kernel_size=2, activation=SOFTMAX_1),
    case("Conv2D", "fused-softmax-axis2", (4, 5, 3), filters=4, kernel_size=2, activation={"type": "softmax", "axis": 2}),
    case("Conv2D", "fused-softmax-first", (3, 4, 5), filters=4, kernel_size=2, activation=SOFTMAX_1, **FIRST),
    case("Conv2D", "fused-softmax-first-last", (3, 4, 5), filters=4, kernel_size=2, activation="softmax", **FIRST),
    case("Conv2D", "fused-elu-alpha", (4, 5, 3), filters=4, kernel_size=2, activation={"type": "elu", "alpha": 0.5}),
    case("Conv2D", "fused-leaky-slope", (4, 5, 3), filters=4, kernel_size=1, activation=LEAKY),
    case("DepthwiseConv2D", "fused-tanh", (4, 5, 3), kernel_size=2, activation="tanh"),
    case("DepthwiseConv2D", "fused-softmax-axis1", (4, 5, 3), kernel_size=2, activation=SOFTMAX_1),
    case("SeparableConv2D", "fused-relu", (4, 5, 3), filters=4, kernel_size=2, activation="relu"),
    case("SeparableConv2D", "fused-softmax-axis1", (4, 5, 3), filters=4, kernel_size=2, activation=SOFTMAX_1),
    case("Dense", "fused-softmax-axis1", (4, 5, 3), units=4, activation=SOFTMAX_1),
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
)  # fmt: skip

CONVOLUTION_CASES = (
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

POOLING_CASES = tuple(
    made
    for kind in ("MaxPooling2D", "AveragePooling2D")
    for made in (
        case(kind, "default", (6, 7, 3)),
        case(kind, "same-odd", (5, 7, 3), **SAME),
        case(kind, "same-3-stride2-even", (6, 8, 3), pool_size=3, strides=2, **SAME),
        case(kind, "same-3-stride2-odd", (5, 7, 3), pool_size=3, strides=2, **SAME),
        case(kind, "same-3-stride1", (4, 5, 3), pool_size=3, strides=1, **SAME),
        case(kind, "same-4-stride1", (5, 6, 1), pool_size=4, strides=1, **SAME),
        case(kind, "same-2-stride3", (7, 8, 2), pool_size=2, strides=3, **SAME),
        case(kind, "same-unequal", (6, 7, 2), pool_size=[3, 2], strides=[1, 2], **SAME),
        case(kind, "same-pool-beyond-input", (2, 3, 2), pool_size=5, strides=1, **SAME),
        case(kind, "same-negative", (5, 6, 2), pool_size=3, strides=2, **SAME, spec={"shift": -20.0}),
        case(kind, "valid-overlapping", (7, 9, 2), pool_size=3, strides=2),
        case(kind, "valid-remainder", (8, 10, 2), pool_size=[3, 2], strides=[4, 3]),
        case(kind, "whole-input", (4, 5, 2), pool_size=[4, 5]),
        case(kind, "first", (3, 6, 7), **FIRST),
        case(kind, "first-same-stride2", (3, 6, 8), pool_size=3, strides=2, **SAME, **FIRST),
    )
) + tuple(
    made
    for kind in ("GlobalAveragePooling2D", "GlobalMaxPooling2D")
    for made in (
        case(kind, "plain", (4, 5, 3)),
        case(kind, "keepdims", (4, 5, 3), keepdims=True),
        case(kind, "one-pixel", (1, 1, 3)),
        case(kind, "negative", (4, 5, 3), spec={"shift": -20.0}),
        case(kind, "first", (3, 4, 5), **FIRST),
        case(kind, "first-keepdims", (3, 4, 5), keepdims=True, **FIRST),
    )
)

NORMALIZATION_CASES = (
    case("BatchNormalization", "image", (4, 5, 3)),
    case("BatchNormalization", "vector", (7,)),
    case("BatchNormalization", "sequence", (5, 3)),
    case("BatchNormalization", "volume", (2, 3, 4, 5)),
    case("BatchNormalization", "axis1", (4, 5, 3), axis=1),
    case("BatchNormalization", "axis2", (4, 5, 3), axis=2),
    case("BatchNormalization", "axis-minus2", (4, 5, 3), axis=-2),
    case("BatchNormalization", "first-by-default", (3, 4, 5), spec=FIRST),
    case("BatchNormalization", "no-scale", (4, 5, 3), scale=False),
    case("BatchNormalization", "no-center", (4, 5, 3), center=False),
    case("BatchNormalization", "neither", (4, 5, 3), center=False, scale=False),
    case("BatchNormalization", "large-epsilon", (4, 5, 3), epsilon=0.7),
    case("BatchNormalization", "small-epsilon", (4, 5, 3), epsilon=1e-7),
    case("BatchNormalization", "momentum", (4, 5, 3), momentum=0.5),
    case("BatchNormalization", "frozen", (4, 5, 3), trainable=False),
    case("BatchNormalization", "synchronized", (4, 5, 3), synchronized=True),
    case("BatchNormalization", "one-channel", (4, 5, 1)),
    case("Dropout", "image", (4, 5, 3), rate=0.5),
    case("Dropout", "vector", (9,), rate=0.25, seed=3),
    case("Dropout", "rate-0", (9,), rate=0.0),
    case("Dropout", "rate-1", (9,), rate=1.0),
    case("Dropout", "noise-shape", (4, 5, 3), rate=0.5, noise_shape=[None, 1, 1, None]),
    case("Dropout", "noise-shape-sizes", (4, 5, 3), rate=0.5, noise_shape=[None, 4, 1, 3]),
    case("Rescaling", "image", (4, 5, 3), scale=1 / 127.5, offset=-1.0),
    case("Rescaling", "scale-only", (4, 5, 3), scale=0.3),
    case("Rescaling", "vectors", (4, 5, 3), scale=[0.3, 2.0, -1.0], offset=[0.1, -0.2, 5.0]),
    case("Rescaling", "vector-offset", (4, 5, 3), scale=2.0, offset=[0.1, -0.2, 5.0]),
    case("Rescaling", "matrix", (4, 5, 3), scale=[[1.0], [2.0], [3.0], [4.0], [5.0]]),
    case("Rescaling", "first-shaped", (3, 4, 5), scale=[[[1.0]], [[2.0]], [[3.0]]], offset=0.5, spec=FIRST),
    case("Rescaling", "bytes", (4, 5, 3), scale=1 / 255, spec=BYTES),
    case("Rescaling", "bytes-offset", (4, 5, 3), scale=1 / 127.5, offset=-1.0, spec=BYTES),
    case("Rescaling", "bytes-vectors", (4, 5, 3), scale=[0.017, 0.018, 0.019], offset=[-2.1, -2.0, -1.8], spec=BYTES),
    case("Rescaling", "vector-input", (6,), scale=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], offset=-0.1),
)  # fmt: skip

SHAPE_CASES = (
    case("Dense", "rank2", (7,), units=4),
    case("Dense", "rank3", (5, 7), units=4),
    case("Dense", "rank4", (3, 4, 5), units=2),
    case("Dense", "no-bias", (7,), units=4, use_bias=False),
    case("Dense", "rank4-no-bias", (3, 4, 5), units=2, use_bias=False),
    case("Dense", "one-unit", (7,), units=1),
    case("Dense", "one-input", (1,), units=3),
    case("Dense", "first-by-default", (3, 4, 5), units=2, spec=FIRST),
    case("Flatten", "image", (4, 5, 3)),
    case("Flatten", "vector", (7,)),
    case("Flatten", "sequence", (4, 5)),
    case("Flatten", "volume", (2, 3, 4, 2)),
    case("Flatten", "first", (3, 4, 5), **FIRST),
    case("Flatten", "first-sequence", (4, 5), **FIRST),
    case("Flatten", "first-vector", (7,), **FIRST),
    case("Flatten", "first-volume", (2, 3, 4, 2), **FIRST),
    case("Permute", "reversed", (2, 3, 4), dims=[3, 2, 1]),
    case("Permute", "rotated", (2, 3, 4), dims=[3, 1, 2]),
    case("Permute", "rotated-back", (2, 3, 4), dims=[2, 3, 1]),
    case("Permute", "identity", (2, 3, 4), dims=[1, 2, 3]),
    case("Permute", "sequence", (2, 3), dims=[2, 1]),
    case("Permute", "volume", (2, 3, 4, 5), dims=[4, 2, 1, 3]),
    case("ZeroPadding2D", "default", (4, 5, 3)),
    case("ZeroPadding2D", "number", (4, 5, 3), padding=2),
    case("ZeroPadding2D", "pair", (4, 5, 3), padding=[1, 2]),
    case("ZeroPadding2D", "sides", (4, 5, 3), padding=[[0, 1], [2, 3]]),
    case("ZeroPadding2D", "nothing", (4, 5, 3), padding=0),
    case("ZeroPadding2D", "first-sides", (3, 4, 5), padding=[[0, 1], [2, 3]], **FIRST),
    case("Add", "two", (4, 5, 3), (4, 5, 3)),
    case("Add", "three", (4, 5), (4, 5), (4, 5)),
    case("Add", "vectors", (7,), (7,)),
    case("Add", "broadcast-space", (4, 5, 3), (1, 1, 3)),
    case("Add", "broadcast-first", (1, 1, 3), (4, 5, 3)),
    case("Add", "broadcast-both", (4, 1, 3), (1, 5, 3)),
    case("Add", "broadcast-one-value-batch-of-channels", (5, 3, 3), (1, 1, 1), spec={"batch": 3}),
    case("Add", "broadcast-columns-alike", (4, 4, 4), (4, 1, 1), spec={"batch": 1}),
    case("Add", "broadcast-crosswise", (7, 1, 1), (1, 1, 7), spec={"batch": 1}),
    case("Add", "broadcast-crosswise-three", (7, 1, 1), (1, 1, 7), (1, 1, 1), spec={"batch": 7}),
    case("Add", "broadcast-channels-three", (4, 5, 3), (4, 5, 1), (1, 1, 1)),
    case("Concatenate", "default", (4, 5, 3), (4, 5, 2)),
    case("Concatenate", "three", (4, 5, 1), (4, 5, 2), (4, 5, 3)),
    case("Concatenate", "vectors", (4,), (3,)),
    case("Concatenate", "axis1", (4, 5, 3), (2, 5, 3), axis=1),
    case("Concatenate", "axis2", (4, 5, 3), (4, 1, 3), axis=2),
    case("Concatenate", "axis-minus2", (4, 5, 3), (4, 2, 3), axis=-2),
    case("Concatenate", "axis3", (4, 5, 3), (4, 5, 1), axis=3),
    case("Concatenate", "first-by-default", (3, 4, 5), (2, 4, 5), spec=FIRST),
)  # fmt: skip

_CONV: dict[str, Any] = {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 2}
_CONV_FIRST: dict[str, Any] = {**_CONV, **FIRST}
_FLATTEN: dict[str, Any] = {"type": "Flatten", "name": "flat"}
_DENSE: dict[str, Any] = {"type": "Dense", "units": 3}
_SCALES: dict[str, Any] = {"scale": [1.0, 2.0, 3.0, 4.0], "offset": [[0.1], [0.2], [0.3], [0.4], [0.5]]}

CHAIN_CASES = (
    chain("conv-flatten", _CONV, _FLATTEN),
    chain("conv-flatten-first", _CONV_FIRST, {**_FLATTEN, **FIRST}),
    chain("conv-flatten-mixed", _CONV_FIRST, _FLATTEN, _DENSE),
    chain("conv-dense", _CONV, {**_DENSE, "activation": "softmax"}),
    chain("conv-dense-first", _CONV_FIRST, _DENSE),
    chain("conv-batchnorm-axis1", _CONV, {"type": "BatchNormalization", "axis": 1}),
    chain("conv-batchnorm-relu-pool", _CONV, {"type": "BatchNormalization"}, {"type": "ReLU"}, {"type": "MaxPooling2D"}),
    chain("conv-softmax-axis2", _CONV, {"type": "Activation", "activation": {"type": "softmax", "axis": 2}}),
    chain("conv-rescaling-vector", _CONV, {"type": "Rescaling", **_SCALES}),
    chain("bytes-rescaling-conv", {"type": "Rescaling", "scale": [0.1, 0.2, 0.3], "offset": -1.0}, _CONV, **BYTES),
    chain("bytes-permute-rescaling", {"type": "Permute", "dims": [2, 1, 3]}, {"type": "Rescaling", "scale": 0.1}, **BYTES),
    chain(
        "bytes-concatenate",
        {"type": "Concatenate", "inputs": ["x0", "x1"]},
        {"type": "Rescaling", "scale": 0.1},
        shapes=((5, 6, 3), (5, 6, 1)),
        **BYTES,
    ),
    chain(
        "conv-concatenate-axis1",
        _CONV,
        {"type": "Concatenate", "inputs": ["conv", "x1"], "axis": 1},
        shapes=((5, 6, 3), (2, 5, 4)),
    ),
    chain("conv-add-broadcast", _CONV, {"type": "Add", "inputs": ["conv", "x1"]}, shapes=((5, 6, 3), (1, 1, 4))),
    chain("conv-permute-conv", _CONV, {"type": "Permute", "dims": [2, 3, 1]}, {**_CONV, "name": "again"}),
    chain("conv-dropout-noise", _CONV, {"type": "Dropout", "rate": 0.5, "noise_shape": [None, 1, 1, None]}),
    chain("conv-both-formats", _CONV, {"type": "ReLU"}, {**_CONV_FIRST, "name": "again"}),
    chain("global-then-dense", {"type": "GlobalAveragePooling2D", "keepdims": True}, _DENSE),
    chain("batch-1", _CONV, _FLATTEN, batch=1),
    chain("batch-5", _CONV, _FLATTEN, batch=5),
    chain("two-outputs", _CONV, _FLATTEN, outputs=("conv", "flat")),
    chain(
        "two-inputs-two-outputs",
        _CONV,
        {"type": "Add", "inputs": ["x1", "x1"], "name": "twice"},
        shapes=((5, 6, 3), (3,)),
        outputs=("conv", "twice"),
    ),
)

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


FREE_CASES = (*_free("even", 6, 8), *_free("odd", 5, 7), *_free("mixed", 9, 4))

_RANDOM_BATCH_NORMALIZATION: dict[str, Any] = {
    "beta_initializer": "random_normal",
    "gamma_initializer": "random_uniform",
    "moving_mean_initializer": "ones",
    "moving_variance_initializer": {"type": "Constant", "value": 4.0},
}
_RANDOM_SEPARABLE: dict[str, Any] = {
    "depthwise_initializer": "he_uniform",
    "pointwise_initializer": "orthogonal",
    "bias_initializer": "random_normal",
}
_RANDOM_CONV: dict[str, Any] = {"kernel_initializer": "he_normal", "bias_initializer": "ones"}
_RANDOM_DEPTHWISE: dict[str, Any] = {"depthwise_initializer": "orthogonal", "bias_initializer": "ones"}

INITIAL_CASES = (
    *(case("Dense", f"initial-{name}", (12,), units=8, kernel_initializer=value, spec=INITIAL) for name, value in INITIALIZERS),
    case("Dense", "initial-bias", (5,), units=4, bias_initializer="he_normal", spec=INITIAL),
    case("Conv2D", "initial", (5, 6, 3), filters=4, kernel_size=3, **_RANDOM_CONV, spec=INITIAL),
    case("DepthwiseConv2D", "initial", (5, 6, 3), kernel_size=3, **_RANDOM_DEPTHWISE, spec=INITIAL),
    case("SeparableConv2D", "initial", (5, 6, 3), filters=4, kernel_size=3, **_RANDOM_SEPARABLE, spec=INITIAL),
    case("BatchNormalization", "initial", (5, 6, 3), **_RANDOM_BATCH_NORMALIZATION, spec=INITIAL),
)

CASES: tuple[Case, ...] = (
    *ACTIVATION_CASES, *CONVOLUTION_CASES, *POOLING_CASES, *NORMALIZATION_CASES, *SHAPE_CASES, *CHAIN_CASES, *FREE_CASES,
    *INITIAL_CASES,
)  # fmt: skip
