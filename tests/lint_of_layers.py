"""Layers that the rules about layers find, and layers like them that they leave alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nets import RELU, Json, conv, dense, net

IMAGE = {"x": {"shape": [8, 8, 4]}}
VECTOR = {"x": {"shape": [16]}}
SEQUENCE = {"x": {"shape": [6, 5]}}
BN: Json = {"type": "BatchNormalization"}
FLAT: Json = {"type": "Flatten"}
SOFTMAX: Json = {"type": "Activation", "activation": "softmax"}
ZEROS: Json = {"kernel_initializer": "zeros"}
NO_BIAS: Json = {"use_bias": False}


@dataclass(frozen=True)
class Lint:
    """Steps, and what is to be said of them: the code, the path below ``layers``, words of the message; or nothing."""

    id: str
    steps: tuple[Json, ...]
    code: str
    at: str = ""
    words: str = ""
    inputs: Json = field(default_factory=lambda: VECTOR)
    outputs: Any = None

    @property
    def spec(self) -> Json:
        sections = {"outputs": self.outputs} if self.outputs else {}
        return net(*self.steps, inputs=self.inputs, **sections)


def lint(code: str, id: str, *steps: Json, at: str = "", words: str = "", inputs: Json = VECTOR, outputs: Any = None) -> Lint:
    return Lint(f"{code}-{id}", steps, code, at, words, inputs, outputs)


def act(function: Any, /, **fields: Any) -> Json:
    return {"type": "Activation", "activation": function, **fields}


def drop(rate: Any = 0.5, **fields: Any) -> Json:
    return {"type": "Dropout", "rate": rate, **fields}


def scaled(scale: Any, **fields: Any) -> Json:
    return {"type": "Rescaling", "scale": scale, **fields}


def of(kind: str, /, **fields: Any) -> Json:
    return {"type": kind, **fields}


HEAD = dense(10, activation="softmax")
FIRES = (
    lint("MS901", "dense", dense(1, activation="softmax"), at="0/activation", words="softmax over one unit is always 1"),
    lint("MS901", "activation", dense(1), SOFTMAX, at="1/activation", words="always 1"),
    lint("MS901", "a layer", dense(1), of("Softmax"), at="1/type", words="always 1"),
    lint(
        "MS901", "a layer's axes", of("Softmax", axis=[1, 2]), at="0/axis", words="always 1", inputs={"x": {"shape": [1, 1, 5]}}
    ),
    lint("MS901", "an axis", act({"type": "softmax", "axis": 1}), at="0/activation", inputs={"x": {"shape": [1, 5]}}),
    lint("MS901", "logarithm", dense(1, activation="log_softmax"), at="0/activation", words="always 0"),
    lint("MS901", "sparsemax", dense(1, activation="sparsemax"), at="0/activation", words="always 1"),
    lint("MS901", "convolution", conv(1, activation="softmax"), at="0/activation", inputs=IMAGE),
    lint("MS901", "every step", of("TimeDistributed", layer=dense(1, activation="softmax")), at="0/layer", inputs=SEQUENCE),
    lint(
        "MS901", "normalized", of("SpectralNormalization", layer=dense(1, activation="softmax")), at="0/layer", words="always 1"
    ),
    lint("MS901", "recurrent", of("LSTM", units=1, activation="softmax"), at="0/activation", inputs=SEQUENCE),
    lint("MS901", "gates", of("GRU", units=1, recurrent_activation="softmax"), at="0/recurrent_activation", inputs=SEQUENCE),
    lint(
        "MS901",
        "backwards",
        of(
            "Bidirectional",
            layer=of("LSTM", units=2),
            backward_layer=of("LSTM", units=1, activation="softmax", go_backwards=True),
        ),
        at="0/backward_layer",
        inputs=SEQUENCE,
    ),
    lint("MS902", "dense", dense(5, activation="sigmoid"), at="0/activation", words="5 sigmoid outputs"),
    lint("MS902", "activation", dense(5), act("sigmoid"), at="1/activation", words="do not add up to 1"),
    lint("MS902", "dropped", dense(5, activation="sigmoid"), of("GaussianNoise", stddev=0.1), at="0/activation"),
    lint("MS902", "every step", of("TimeDistributed", layer=dense(4, activation="sigmoid")), at="0/type", inputs=SEQUENCE),
    lint("MS903", "softmax", HEAD, drop(), at="1/type", words="Dropout after the last layer with weights"),
    lint("MS903", "scores", dense(10), drop(), SOFTMAX, at="1/type", words="drops outputs"),
    lint("MS903", "features", dense(64, activation="relu"), drop(), at="1/type", words="in training"),
    lint("MS903", "channels", conv(3), of("SpatialDropout2D", rate=0.2), at="1/type", words="SpatialDropout2D", inputs=IMAGE),
    lint(
        "MS903",
        "scores that another output is too",
        dense(10, name="scores"),
        act("softmax", name="shares"),
        drop(name="dropped"),
        at="2/type",
        outputs=["shares", "dropped"],
    ),
    lint("MS904", "regression", dense(1, activation="relu"), at="0/activation", words="relu ends an output"),
    lint("MS904", "classes", dense(10), RELU, at="1/type", words="without a gradient"),
    lint("MS904", "limited", dense(10), of("ReLU", max_value=6.0), at="1/type", words="relu6 ends"),
    lint("MS905", "relu", dense(64, activation="relu"), RELU, dense(2), at="1/type", words="relu after relu changes nothing"),
    lint("MS905", "softmax", HEAD, SOFTMAX, at="1/activation", words="softmax after softmax takes probabilities for scores"),
    lint("MS905", "logarithm", HEAD, act("log_softmax"), at="1/activation", words="log_softmax after softmax"),
    lint("MS905", "sigmoid", dense(1), SOFTMAX, act("sigmoid"), at="2/activation", words="sigmoid after softmax"),
    lint("MS905", "tanh", dense(64, activation="tanh"), act("tanh"), at="1/activation", words="tanh twice in a row"),
    lint("MS905", "leaky", dense(64, activation="sigmoid"), of("LeakyReLU"), at="1/type", words="leaky_relu after sigmoid"),
    lint("MS905", "relu6", dense(64, activation="relu"), act("relu6"), dense(2), at="1/activation", words="relu6 after relu"),
    lint(
        "MS905", "a dropout between", dense(64, activation="relu"), drop(), RELU, dense(2), at="2/type", words="changes nothing"
    ),
    lint("MS906", "dense", dense(64), dense(10), at="0/type", words="two Dense in a row"),
    lint("MS906", "named", dense(64, activation="linear"), dense(10), at="0/activation", words="no more than one"),
    lint("MS906", "a dropout between", dense(64), drop(), dense(10), at="0/type", words="two Dense"),
    lint("MS906", "then 1x1", conv(16, kernel_size=3), conv(8), at="0/type", words="two Conv2D in a row", inputs=IMAGE),
    lint("MS906", "1x1 first", conv(16, **NO_BIAS), conv(8, kernel_size=3, padding="same"), at="0/type", inputs=IMAGE),
    lint("MS907", "linear", act("linear"), dense(2), at="0/activation", words="Activation changes nothing here"),
    lint("MS907", "dropout", drop(0.0), dense(2), at="0/rate", words="Dropout changes nothing"),
    lint("MS907", "noise", of("GaussianNoise", stddev=0.0), dense(2), at="0/stddev"),
    lint("MS907", "padding", of("ZeroPadding2D", padding=0), conv(2), at="0/padding", inputs=IMAGE),
    lint("MS907", "cropping", of("Cropping2D"), conv(2), at="0/type", inputs=IMAGE),
    lint("MS907", "enlarging", of("UpSampling2D", size=1), conv(2), at="0/size", inputs=IMAGE),
    lint("MS907", "scaling", scaled(1), dense(2), at="0/scale"),
    lint("MS907", "order", of("Permute", dims=[1, 2]), at="0/dims", inputs=SEQUENCE),
    lint("MS907", "shape", of("Reshape", target_shape=[6, 5]), at="0/target_shape", inputs=SEQUENCE),
    lint("MS907", "pooling", of("MaxPooling2D", pool_size=1), conv(2), at="0/pool_size", inputs=IMAGE),
    lint("MS907", "flat", FLAT, dense(2), at="0/type"),
    lint("MS907", "one input", of("Maximum", inputs=["x", "x"]), at="0/inputs"),
    lint("MS907", "no penalty", of("ActivityRegularization"), dense(2), at="0/type"),
    lint(
        "MS908",
        "zeros",
        dense(64, activation="relu", **ZEROS),
        dense(2),
        at="0/kernel_initializer",
        words="units are all alike",
    ),
    lint("MS908", "ones", dense(64, activation="tanh", kernel_initializer="ones"), dense(2), at="0/kernel_initializer"),
    lint(
        "MS908",
        "a number",
        conv(8, activation="relu", kernel_initializer={"type": "Constant", "value": 0.1}),
        FLAT,
        dense(2),
        at="0/kernel_initializer",
        words="the kernel of Conv2D",
        inputs=IMAGE,
    ),
    lint(
        "MS908",
        "no spread",
        dense(64, activation="relu", kernel_initializer={"type": "RandomNormal", "mean": 1.0, "stddev": 0.0}),
        dense(2),
        at="0/kernel_initializer",
    ),
    lint(
        "MS908",
        "pointwise",
        of("SeparableConv2D", filters=8, kernel_size=3, pointwise_initializer="ones", activation="relu"),
        conv(2),
        at="0/pointwise_initializer",
        words="pointwise_kernel",
        inputs=IMAGE,
    ),
    lint("MS909", "dropout", drop(0.9), dense(2), at="0/rate", words="rate is 0.9: 0.1 is kept"),
    lint("MS909", "all", drop(1.0), dense(2), at="0/rate", words="nothing is kept"),
    lint("MS909", "recurrent", of("LSTM", units=4, recurrent_dropout=0.9), at="0/recurrent_dropout", inputs=SEQUENCE),
    lint(
        "MS910", "two", drop(seed=7), dense(9, activation="relu"), drop(0.2, seed=7), dense(2), at="2/seed", words="the seed 7"
    ),
    lint("MS911", "dense", dense(8), BN, RELU, dense(2), at="0/type", words="takes away the bias of the Dense"),
    lint("MS911", "convolution", conv(8, use_bias=True), BN, RELU, conv(2), at="0/use_bias", inputs=IMAGE),
    lint(
        "MS911",
        "channels first",
        conv(8, data_format="channels_first"),
        of("BatchNormalization", axis=1),
        at="0/type",
        inputs=IMAGE,
    ),
    lint("MS911", "depthwise", of("DepthwiseConv2D", kernel_size=3), BN, at="0/type", words="DepthwiseConv2D", inputs=IMAGE),
    lint("MS911", "transposed", of("Conv2DTranspose", filters=2, kernel_size=3), BN, at="0/type", inputs=IMAGE),
    lint("MS911", "wrapped", of("SpectralNormalization", layer=conv(8)), BN, at="0/layer", words="the Conv2D", inputs=IMAGE),
    lint("MS911", "each channel alone", conv(8), of("GroupNormalization", groups=-1), at="0/type", inputs=IMAGE),
    lint("MS911", "over places", conv(8), of("LayerNormalization", axis=[1, 2]), at="0/type", inputs=IMAGE),
    lint("MS912", "0.1", of("BatchNormalization", momentum=0.1), at="0/momentum", words="momentum is 0.1", inputs=IMAGE),
    lint("MS913", "BERT's", of("LayerNormalization", epsilon=1e-12), at="0/epsilon", words="epsilon is 1e-12"),
    lint(
        "MS913", "batches", of("BatchNormalization", epsilon=1e-8), at="0/epsilon", words="less than float16's smallest number"
    ),
    lint("MS914", "twice", scaled("${1 / 255}"), scaled("${1 / 127.5}", offset=-1), at="1/scale", words="3.1e-05 in all"),
    lint(
        "MS914",
        "the statistics of pixels",
        scaled("${1 / 255}"),
        of("Resizing", height=4, width=4),
        of("Normalization", mean=[120, 120, 120, 1], variance=[3400, 3400, 3400, 3400]),
        at="2/variance",
        words="Normalization shrinks",
        inputs=IMAGE,
    ),
    lint("MS915", "one unit", dense(1), of("LayerNormalization"), at="1/type", words="makes it 0"),
    lint("MS915", "each alone", of("GroupNormalization", groups=16), dense(2), at="0/groups", words="makes it 0"),
    lint("MS915", "sign", dense(1), of("UnitNormalization"), at="1/type", words="no more than its sign"),
    lint("MS915", "size", dense(1), of("RMSNormalization"), at="1/type", words="no more than its sign"),
    lint("MS916", "dropout", drop(), BN, dense(2), at="1/type", words="right after Dropout"),
    lint("MS916", "channels", of("SpatialDropout2D", rate=0.2), BN, conv(2), at="1/type", inputs=IMAGE),
)
QUIET = (
    lint("MS901", "one sigmoid", dense(1, activation="sigmoid")),
    lint("MS901", "two units", dense(2, activation="softmax")),
    lint("MS901", "along the other axis", act({"type": "softmax", "axis": 1}), inputs={"x": {"shape": [5, 1]}}),
    lint("MS901", "one axis of two", of("Softmax", axis=[1, 2]), inputs={"x": {"shape": [1, 5, 3]}}),
    lint("MS901", "along the steps inside", of("TimeDistributed", layer=HEAD), inputs={"x": {"shape": [1, 5]}}),
    lint("MS901", "an unknown size", act("softmax"), inputs={"x": {"shape": ["n"]}}),
    lint("MS902", "one unit", dense(1, activation="sigmoid")),
    lint("MS902", "inside", dense(5, activation="sigmoid"), dense(3)),
    lint("MS902", "a gate of a convolution", conv(5, activation="sigmoid"), inputs=IMAGE),
    lint("MS902", "a reconstruction", dense(8, activation="relu"), dense(16, activation="sigmoid")),
    lint("MS902", "softmax", HEAD),
    lint("MS903", "before", dense(8, activation="relu"), drop(), HEAD),
    lint("MS903", "pooled features", of("GlobalAveragePooling2D"), drop(), inputs=IMAGE),
    lint("MS903", "a branch", dense(16, name="a"), drop(name="d"), of("Add", inputs=["d", "x"])),
    lint("MS903", "features that go on", dense(64, activation="relu"), drop(name="f"), dense(9, name="y"), outputs=["f", "y"]),
    lint("MS904", "a code", dense(32, activation="relu")),
    lint("MS904", "features that go on", dense(9, activation="relu", name="f"), dense(9, name="y"), outputs=["f", "y"]),
    lint("MS904", "a convolution's", conv(3, activation="relu"), inputs=IMAGE),
    lint("MS904", "bounded", dense(3, activation="tanh")),
    lint("MS904", "positive", dense(1, activation="softplus")),
    lint("MS904", "leaky", dense(1), of("ReLU", negative_slope=0.1)),
    lint("MS905", "a normalization between", dense(64, activation="relu"), of("LayerNormalization"), RELU, dense(2)),
    lint("MS905", "another", dense(64, activation="relu"), act("tanh")),
    lint("MS905", "the state of an LSTM", of("LSTM", units=64), act("tanh"), inputs=SEQUENCE),
    lint("MS905", "linear", dense(64, activation="linear"), RELU, dense(2)),
    lint("MS905", "along another axis", act({"type": "softmax", "axis": 1}), act("softmax"), inputs=SEQUENCE),
    lint("MS905", "a sum of two", dense(16, activation="relu", name="a"), of("Add", inputs=["a", "x"]), RELU, dense(2)),
    lint("MS906", "activated", dense(64, activation="relu"), dense(10)),
    lint("MS906", "an activation between", dense(64), RELU, dense(10)),
    lint("MS906", "narrow", dense(4), dense(10)),
    lint("MS906", "depthwise", of("DepthwiseConv2D", kernel_size=3), conv(8), inputs=IMAGE),
    lint("MS906", "3x3 twice", conv(16, kernel_size=3), conv(8, kernel_size=3), inputs=IMAGE),
    lint("MS906", "a bias that the padding lacks", conv(16), conv(8, kernel_size=3, padding="same"), inputs=IMAGE),
    lint("MS906", "strided before", conv(16, kernel_size=3), conv(8, strides=2), inputs=IMAGE),
    lint("MS906", "groups", conv(16, kernel_size=3, groups=4), conv(8), inputs=IMAGE),
    lint("MS906", "a branch", dense(16, name="a"), dense(16, name="b"), of("Add", inputs=["a", "b"])),
    lint("MS906", "handed out", dense(64, name="a"), dense(10, name="b"), outputs=["a", "b"]),
    lint("MS906", "not trained", dense(64, trainable=False), dense(10)),
    lint("MS907", "an expression", drop("${0 / 1}"), dense(2)),
    lint("MS907", "a name", act("linear", name="same"), dense(2, inputs="same")),
    lint("MS907", "integers", scaled(1), inputs={"x": {"shape": [4], "dtype": "uint8"}}),
    lint("MS907", "an offset", scaled(1, offset=-0.5)),
    lint("MS907", "a pooling with strides", of("MaxPooling2D", pool_size=1, strides=2), inputs=IMAGE),
    lint("MS907", "other axes", of("Permute", dims=[2, 1]), inputs=SEQUENCE),
    lint("MS908", "the last kernel", dense(64, activation="relu"), dense(10, activation="softmax", **ZEROS)),
    lint("MS908", "a residual branch", dense(16, name="a", **ZEROS), of("Add", inputs=["a", "x"]), RELU, dense(2)),
    lint("MS908", "one unit", dense(1, **ZEROS, activation="tanh"), dense(2)),
    lint("MS908", "not trained", dense(64, activation="relu", trainable=False, kernel_initializer="ones"), dense(2)),
    lint("MS908", "a bias", dense(64, activation="relu", bias_initializer="ones"), dense(2)),
    lint(
        "MS908",
        "an array",
        conv(2, activation="relu", kernel_initializer={"type": "Constant", "value": [[1.0]]}),
        FLAT,
        dense(2),
        inputs=IMAGE,
    ),
    lint("MS908", "depthwise", of("DepthwiseConv2D", kernel_size=3, depthwise_initializer="ones"), RELU, conv(2), inputs=IMAGE),
    lint("MS909", "0.8", drop(0.8), dense(2)),
    lint("MS910", "two", drop(seed=7), dense(9, activation="relu"), drop(seed=8), dense(2)),
    lint("MS910", "other noise", drop(seed=7), dense(9, activation="relu"), of("GaussianDropout", rate=0.2, seed=7), dense(2)),
    lint("MS910", "none", drop(), dense(9, activation="relu"), drop(), dense(2)),
    lint("MS911", "no bias", dense(8, **NO_BIAS), BN, RELU, dense(2)),
    lint("MS911", "an activation between", dense(8, activation="relu"), BN, dense(2)),
    lint("MS911", "over the channels", conv(8), of("LayerNormalization"), inputs=IMAGE),
    lint("MS911", "groups of channels", conv(8), of("GroupNormalization", groups=4), inputs=IMAGE),
    lint("MS911", "no mean", conv(8), of("RMSNormalization"), inputs=IMAGE),
    lint("MS911", "another axis", conv(8), of("BatchNormalization", axis=1), inputs=IMAGE),
    lint("MS911", "moving statistics", conv(8), of("BatchNormalization", trainable=False), inputs=IMAGE),
    lint("MS911", "not trained", conv(8, trainable=False), BN, inputs=IMAGE),
    lint("MS911", "another reader", conv(4, name="c"), BN, of("Add", inputs=["c", "x"]), inputs=IMAGE),
    lint("MS911", "a pooling between", conv(4), of("MaxPooling2D"), BN, inputs=IMAGE),
    lint("MS912", "0.9", of("BatchNormalization", momentum=0.9)),
    lint("MS912", "not trained", of("BatchNormalization", momentum=0.1, trainable=False)),
    lint("MS913", "1e-7", of("LayerNormalization", epsilon=1e-7)),
    lint("MS914", "once", scaled("${1 / 255}"), of("Normalization")),
    lint("MS914", "then statistics of what is scaled", scaled("${1 / 255}"), of("Normalization", mean=0.45, variance=0.05)),
    lint("MS914", "to -1 to 1", scaled("${1 / 255}"), scaled(2, offset=-1)),
    lint("MS914", "undone between", scaled("${1 / 255}"), scaled(255), scaled("${1 / 127.5}")),
    lint("MS914", "a layer with weights between", scaled("${1 / 255}"), dense(3), scaled("${1 / 255}")),
    lint("MS914", "no input", dense(3), scaled("${1 / 255}"), scaled("${1 / 255}")),
    lint("MS915", "two units", dense(2), of("LayerNormalization")),
    lint("MS915", "each channel of an image", of("GroupNormalization", groups=-1), inputs=IMAGE),
    lint("MS915", "one channel of a batch", dense(1, **NO_BIAS), BN),
    lint("MS915", "an unknown size", of("GroupNormalization", groups=4), inputs={"x": {"shape": ["n", 4]}}),
    lint("MS916", "behind it", BN, drop(), dense(2)),
    lint("MS916", "a layer between", drop(), dense(2, activation="relu"), BN),
    lint("MS916", "alpha", of("AlphaDropout", rate=0.2), BN, dense(2)),
    lint("MS916", "moving statistics", drop(), of("BatchNormalization", trainable=False), dense(2)),
)
