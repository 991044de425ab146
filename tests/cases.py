"""The conformance cases: for each layer, every hyperparameter that matters, at the sizes where frameworks differ.

A case is a spec of one layer, or of a short chain where the layout pass has something to do. Its weights and inputs follow
from its id alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import modelspec
from modelspec.graph import Graph
from modelspec.weights import initialize

NEAR = (0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 1.5)
"""Values at which an activation has a kink, put among the random inputs."""
FAR = (0.0, 40.0, -40.0, 80.0, -80.0, 1e-4, -1e-4)
"""Values at which a naive formula overflows or loses all digits."""


@dataclass(frozen=True, eq=False)
class Case:
    """A spec that is compiled and compared; ``shapes`` leave out the batch."""

    id: str
    layers: tuple[dict[str, Any], ...]
    shapes: tuple[tuple[int, ...], ...]
    dtype: str = "float32"
    data_format: str = "channels_last"
    """The spec's own data format."""
    special: tuple[float, ...] = NEAR
    initial: bool = False
    """Whether the weights are the spec's initial ones and not random."""
    outputs: tuple[str, ...] = ()
    document: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        document: dict[str, Any] = {
            "format_version": 1,
            "name": "case",
            "data_format": self.data_format,
            "inputs": {f"x{i}": {"shape": list(shape), "dtype": self.dtype} for i, shape in enumerate(self.shapes)},
            "layers": [dict(layer) for layer in self.layers],
        }
        if self.outputs:
            document["outputs"] = list(self.outputs)
        object.__setattr__(self, "document", document)

    @property
    def graph(self) -> Graph:
        """The elaborated graph, as no backend has touched it."""
        return modelspec.elaborate(modelspec.load(self.document))

    def inputs(self) -> dict[str, NDArray[Any]]:
        """Return a batch of 2: bytes, or float32 numbers with some of the special values among them."""
        random = generator(f"{self.id}/inputs")
        return {f"x{i}": _values(random, (2, *shape), self.dtype, self.special) for i, shape in enumerate(self.shapes)}

    def weights(self, graph: Graph) -> dict[str, NDArray[np.float32]]:
        """Return float32 weights: random ones, so that a swapped or dropped one shows."""
        if self.initial:
            return initialize(graph)
        return random_weights(graph, self.id)


def generator(name: str) -> np.random.Generator:
    """Return a random generator that follows from a name alone."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))


def random_weights(graph: Graph, name: str) -> dict[str, NDArray[np.float32]]:
    """Return weights in (-1, 1), and variances in (0.2, 2), that follow from ``name`` and their keys."""
    return {
        key: generator(f"{name}/{key}")
        .uniform(*((0.2, 2.0) if bound.weight.name == "moving_variance" else (-1.0, 1.0)), bound.weight.shape)
        .astype(np.float32)
        for key, bound in graph.weights.items()
    }


def _values(random: np.random.Generator, shape: tuple[int, ...], dtype: str, special: tuple[float, ...]) -> NDArray[Any]:
    if dtype == "uint8":
        return random.integers(0, 256, shape, dtype=np.uint8)
    values = random.normal(0, 2, shape)
    chosen = random.random(shape) < 0.25
    values[chosen] = random.choice(special, int(chosen.sum()))
    return values.astype(dtype)


def case(kind: str, name: str, *shapes: tuple[int, ...], **fields: Any) -> Case:
    """Return a case of one layer; ``spec`` gives the case's own fields, everything else the layer's."""
    own = fields.pop("spec", {})
    inputs = {"inputs": [f"x{i}" for i in range(len(shapes))]} if len(shapes) > 1 else {}
    return Case(f"{kind}-{name}", ({"type": kind, "name": "layer", **inputs, **fields},), shapes, **own)


def chain(name: str, *layers: dict[str, Any], shapes: tuple[tuple[int, ...], ...] = ((5, 6, 3),), **own: Any) -> Case:
    """Return a case of several layers, the first of which reads ``x0``."""
    first = {"inputs": "x0", **layers[0]}
    return Case(f"Chain-{name}", (first, *layers[1:]), shapes, **own)


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
    chain("two-outputs", _CONV, _FLATTEN, outputs=("conv", "flat")),
    chain(
        "two-inputs-two-outputs",
        _CONV,
        {"type": "Add", "inputs": ["x1", "x1"], "name": "twice"},
        shapes=((5, 6, 3), (3,)),
        outputs=("conv", "twice"),
    ),
)

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
    *ACTIVATION_CASES, *CONVOLUTION_CASES, *POOLING_CASES, *NORMALIZATION_CASES, *SHAPE_CASES, *CHAIN_CASES, *INITIAL_CASES
)  # fmt: skip
