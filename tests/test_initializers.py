"""Initial weights: the very same numbers everywhere, and of the distribution that Keras draws from."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from math import erf, exp, pi, sqrt
from pathlib import Path
from typing import Any

import initial_keras
import numpy as np
import pytest
from pydantic import TypeAdapter
from workers import Worker

import modelspec
from modelspec import layers
from modelspec.initializers import draw, fans
from modelspec.layers.initializers import NAMED, AnyInitializer, Initializer
from modelspec.weights import initialize

GOLDEN: dict[str, tuple[Any, str]] = {
    "zeros": ("zeros", "2dfba633817046c7"),
    "ones": ("ones", "bbed51f708d62699"),
    "random_uniform": ("random_uniform", "215109f11135f0e9"),
    "random_normal": ("random_normal", "ea3a8338bf687ba8"),
    "truncated_normal": ("truncated_normal", "97d2251cd3b6a136"),
    "orthogonal": ("orthogonal", "0846cfe08138e755"),
    "glorot_uniform": ("glorot_uniform", "f4348ff2b5d21101"),
    "glorot_normal": ("glorot_normal", "1e87c6e6838a19ee"),
    "he_uniform": ("he_uniform", "cfa53fe814fe4257"),
    "he_normal": ("he_normal", "18afd84465534e04"),
    "lecun_uniform": ("lecun_uniform", "135e58347dd9a377"),
    "lecun_normal": ("lecun_normal", "8fa420882f4d9fea"),
    "constant": ({"type": "Constant", "value": 0.3}, "bce0fdf1cd7fcdfe"),
    "uniform-bounds": ({"type": "RandomUniform", "minval": 1.0, "maxval": 3.0}, "7a204084c7a22036"),
    "normal-moments": ({"type": "RandomNormal", "mean": 0.3, "stddev": 2.0}, "3a91a92264bbc431"),
    "fan-out-untruncated": (
        {"type": "VarianceScaling", "scale": 0.5, "mode": "fan_out", "distribution": "untruncated_normal"},
        "868a5f73126196d1",
    ),
    "uniform": ("uniform", "215109f11135f0e9"),
    "normal": ("normal", "ea3a8338bf687ba8"),
    "identity": ("identity", "a0eaafc684a8bcf5"),
    "identity-gain": ({"type": "Identity", "gain": 0.5}, "fd7f261515820133"),
    "own-seed": ({"type": "Orthogonal", "gain": 2.0, "seed": 9}, "46bfdd02112c2b98"),
}
"""The first 16 digits of the SHA-256 of a (3, 4, 5) array's bytes, a (4, 5) one's for an identity, for seed 1 and the path
``block/conv/kernel``."""

ADAPTER: TypeAdapter[AnyInitializer] = TypeAdapter(Initializer)
PATH = "block/conv/kernel"


def drawn(value: Any, shape: tuple[int, ...] | None = None, seed: int = 1, path: str = PATH) -> np.ndarray:
    initializer = ADAPTER.validate_python(value)
    return draw(initializer, shape or ((4, 5) if initializer.type == "Identity" else (3, 4, 5)), seed, path)


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(array.astype("<f4").tobytes()).hexdigest()[:16]


@pytest.mark.parametrize("name", GOLDEN)
def test_numbers_never_change(name: str) -> None:
    value, golden = GOLDEN[name]
    assert digest(drawn(value)) == golden


@pytest.mark.parametrize(("value", "golden"), [("random_uniform", "31db67a9d6f3fd53"), ("glorot_normal", "3ebb27e575bf9b17")])
def test_numbers_do_not_depend_on_how_many_are_drawn_at_a_time(value: str, golden: str) -> None:
    """The size is odd and more than a few blocks; the digests are those of whole arrays, drawn at once."""
    assert digest(drawn(value, (2, 181, 273))) == golden


def test_every_initializer_has_golden_numbers() -> None:
    kinds = {ADAPTER.validate_python(value).type for value, _ in GOLDEN.values()}
    assert kinds == {kind.model_fields["type"].default for kind in AnyInitializer.__args__}
    assert NAMED.keys() <= GOLDEN.keys()


def test_numbers_are_float32_of_the_asked_shape() -> None:
    for value, _ in GOLDEN.values():
        for shape in ((3, 4),) if "identity" in str(value).lower() else ((7,), (3, 4), (1, 1, 2, 3)):
            array = drawn(value, shape)
            assert (array.dtype, array.shape) == (np.float32, shape)
            assert np.isfinite(array).all()


def test_seed_and_path_decide() -> None:
    first = drawn("he_normal")
    np.testing.assert_array_equal(first, drawn("he_normal"))
    for other in (drawn("he_normal", seed=2), drawn("he_normal", path="block/conv/bias"), drawn("he_normal", seed=-1)):
        assert not np.array_equal(first, other)


def test_an_own_seed_takes_the_place_of_the_models() -> None:
    own = {"type": "RandomNormal", "seed": 5}
    np.testing.assert_array_equal(drawn(own, seed=1), drawn(own, seed=2))
    np.testing.assert_array_equal(drawn(own, seed=1), drawn("random_normal", seed=5))
    assert not np.array_equal(drawn(own), drawn(own, path="other/kernel"))


def _spec(*names: str) -> dict[str, Any]:
    steps = [{"type": "Dense", "name": name, "units": 3, "bias_initializer": "random_normal", "inputs": "x"} for name in names]
    return {
        "format_version": 1,
        "name": "order",
        "inputs": {"x": {"shape": [4]}},
        "layers": steps,
        "outputs": list(names),
    }


def test_order_does_not_matter() -> None:
    forward = initialize(modelspec.elaborate(modelspec.load(_spec("a", "b", "c"))), 3)
    backward = initialize(modelspec.elaborate(modelspec.load(_spec("c", "b"))), 3)
    assert backward.keys() == {key for key in forward if not key.startswith("a/")}
    for key, array in backward.items():
        np.testing.assert_array_equal(array, forward[key])
    assert len({digest(array) for array in forward.values()}) == len(forward)


@pytest.mark.parametrize("hash_seed", ["0", "1", "77"])
def test_processes_agree(hash_seed: str) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_initializers as t; "
        "print(*(t.digest(t.drawn(value)) for value, _ in t.GOLDEN.values()))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", code, str(Path(__file__).parent)]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert found == [golden for _, golden in GOLDEN.values()]


FANS: dict[tuple[int, ...], tuple[float, float]] = {
    (): (1, 1),
    (7,): (7, 7),
    (5, 8): (5, 8),
    (3, 3, 4, 8): (36, 72),
    (3, 2, 4, 2): (24, 12),
    (1, 1, 16, 4): (16, 4),
    (3, 4, 8): (12, 24),
}
"""Keras's rule: the receptive field times the last axis but one, and times the last, whatever the kind of kernel."""


@pytest.mark.parametrize("shape", FANS, ids=str)
def test_fans(shape: tuple[int, ...]) -> None:
    assert fans(shape) == FANS[shape]


def test_fans_of_every_kind_of_kernel() -> None:
    """A depthwise kernel (3, 3, 4, 2) has 36 and 18 in Keras; a grouped one counts the channels of one group."""
    depthwise = layers.LAYERS["DepthwiseConv2D"](kernel_size=(3, 3), depth_multiplier=2, data_format="channels_last")
    grouped = layers.LAYERS["Conv2D"](kernel_size=(3, 3), filters=8, groups=2, data_format="channels_last")
    value = modelspec.graph.TensorType((9, 9, 4), "float32")
    assert fans(depthwise.weights([value])[0].shape) == (36, 18)
    assert fans(grouped.weights([value])[0].shape) == (18, 72)


SHAPE = (40, 50, 60)
FAN_IN, FAN_OUT = 40 * 50, 40 * 60
TRUNCATED_AT_2 = sqrt(1 - 4 * exp(-2) / sqrt(2 * pi) / erf(sqrt(2)))
"""The standard deviation of a unit normal distribution cut off at 2."""


def _variance_scaling(scale: float, mode: str, distribution: str) -> dict[str, Any]:
    return {"type": "VarianceScaling", "scale": scale, "mode": mode, "distribution": distribution}


NORMALS: list[tuple[Any, float, float, float]] = [
    ("random_normal", 0.0, 0.05, 5.5),
    ({"type": "RandomNormal", "mean": 0.3, "stddev": 2.0}, 0.3, 2.0, 5.5),
    ("truncated_normal", 0.0, 0.05 * TRUNCATED_AT_2, 2 / TRUNCATED_AT_2),
    ({"type": "TruncatedNormal", "mean": -1.0, "stddev": 0.5}, -1.0, 0.5 * TRUNCATED_AT_2, 2 / TRUNCATED_AT_2),
    ("glorot_normal", 0.0, sqrt(2 / (FAN_IN + FAN_OUT)), 2 / TRUNCATED_AT_2),
    ("he_normal", 0.0, sqrt(2 / FAN_IN), 2 / TRUNCATED_AT_2),
    ("lecun_normal", 0.0, sqrt(1 / FAN_IN), 2 / TRUNCATED_AT_2),
    (_variance_scaling(3.0, "fan_out", "truncated_normal"), 0.0, sqrt(3 / FAN_OUT), 2 / TRUNCATED_AT_2),
    (_variance_scaling(3.0, "fan_out", "untruncated_normal"), 0.0, sqrt(3 / FAN_OUT), 5.5),
]
"""Mean, standard deviation, and the farthest number in standard deviations: 2.27 where cut off, as in Keras."""


@pytest.mark.parametrize(("value", "mean", "stddev", "farthest"), NORMALS, ids=lambda value: str(value)[:60])
def test_normal_distributions(value: Any, mean: float, stddev: float, farthest: float) -> None:
    array = drawn(value, SHAPE).astype(np.float64)
    assert array.mean() == pytest.approx(mean, abs=5 * stddev / sqrt(array.size))
    assert array.std() == pytest.approx(stddev, rel=0.01)
    assert 0.98 * min(farthest, 4) <= np.abs(array - mean).max() / stddev <= farthest * 1.000001
    assert np.unique(array).size > 0.8 * array.size
    _check_normal_quantiles((array - mean) / stddev, farthest)


def _check_normal_quantiles(values: np.ndarray, farthest: float) -> None:
    """Compare shares below some points with the normal distribution, cut off where ``farthest`` says so."""
    cut = farthest < 3
    deviation = TRUNCATED_AT_2 if cut else 1.0
    inside = erf(sqrt(2)) if cut else 1.0
    for point in (-1.5, -0.7, 0.0, 0.4, 1.2):
        below = (0.5 * (1 + erf(point / sqrt(2))) - 0.5) / inside + 0.5
        assert (values < point / deviation).mean() == pytest.approx(below, abs=0.008)


UNIFORMS: list[tuple[Any, float, float]] = [
    ("random_uniform", -0.05, 0.05),
    ({"type": "RandomUniform", "minval": 1.0, "maxval": 3.0}, 1.0, 3.0),
    ("glorot_uniform", -sqrt(6 / (FAN_IN + FAN_OUT)), sqrt(6 / (FAN_IN + FAN_OUT))),
    ("he_uniform", -sqrt(6 / FAN_IN), sqrt(6 / FAN_IN)),
    ("lecun_uniform", -sqrt(3 / FAN_IN), sqrt(3 / FAN_IN)),
    (_variance_scaling(2.0, "fan_out", "uniform"), -sqrt(6 / FAN_OUT), sqrt(6 / FAN_OUT)),
]


@pytest.mark.parametrize(("value", "low", "high"), UNIFORMS, ids=lambda value: str(value)[:60])
def test_uniform_distributions(value: Any, low: float, high: float) -> None:
    array = drawn(value, SHAPE).astype(np.float64)
    width = high - low
    assert low - 1e-6 * width <= array.min() <= low + 0.001 * width
    assert high - 0.001 * width <= array.max() <= high + 1e-6 * width
    assert array.std() == pytest.approx(width / sqrt(12), rel=0.01)
    counts = np.histogram(array, bins=10, range=(low, high))[0] / array.size
    np.testing.assert_allclose(counts, 0.1, atol=0.006)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (3, 3, 2, 5), (2, 1, 3, 12), (1, 1, 5, 5)], ids=str)
def test_orthogonal(shape: tuple[int, ...]) -> None:
    matrix = drawn({"type": "Orthogonal", "gain": 2.0}, shape).astype(np.float64).reshape(-1, shape[-1])
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    np.testing.assert_allclose(tall.T @ tall, 4 * np.eye(tall.shape[1]), atol=1e-5)


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3)], ids=str)
def test_identity(shape: tuple[int, int]) -> None:
    np.testing.assert_array_equal(drawn("identity", shape), np.eye(*shape))
    np.testing.assert_array_equal(drawn({"type": "Identity", "gain": -0.5}, shape), -0.5 * np.eye(*shape))


def test_numbers_fill_the_leading_axes() -> None:
    array = drawn({"type": "Constant", "value": [[1, 2], [3, 4]]}, (2, 2, 3, 5))
    np.testing.assert_array_equal(array, np.broadcast_to(np.array([[1.0, 2], [3, 4]])[:, :, None, None], (2, 2, 3, 5)))


def test_constants() -> None:
    np.testing.assert_array_equal(drawn("zeros"), np.zeros((3, 4, 5)))
    np.testing.assert_array_equal(drawn("ones"), np.ones((3, 4, 5)))
    np.testing.assert_array_equal(drawn({"type": "Constant", "value": 0.25}), np.full((3, 4, 5), 0.25))


KERNELS: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "Dense": ({"type": "Dense", "units": 7}, (5,)),
    "Conv1D": ({"type": "Conv1D", "filters": 8, "kernel_size": 3}, (9, 4)),
    "Conv2D": ({"type": "Conv2D", "filters": 8, "kernel_size": [3, 2]}, (9, 9, 4)),
    "Conv2D-grouped": ({"type": "Conv2D", "filters": 8, "kernel_size": 3, "groups": 2}, (9, 9, 4)),
    "Conv3D": ({"type": "Conv3D", "filters": 8, "kernel_size": [3, 2, 1]}, (9, 9, 9, 4)),
    "DepthwiseConv1D": ({"type": "DepthwiseConv1D", "kernel_size": 3, "depth_multiplier": 2}, (9, 4)),
    "DepthwiseConv2D": ({"type": "DepthwiseConv2D", "kernel_size": 3, "depth_multiplier": 2}, (9, 9, 4)),
    "SeparableConv1D": ({"type": "SeparableConv1D", "filters": 8, "kernel_size": 3, "depth_multiplier": 2}, (9, 4)),
    "SeparableConv2D": ({"type": "SeparableConv2D", "filters": 8, "kernel_size": 3, "depth_multiplier": 2}, (9, 9, 4)),
    "Conv1DTranspose": ({"type": "Conv1DTranspose", "filters": 8, "kernel_size": 3}, (9, 4)),
    "Conv2DTranspose": ({"type": "Conv2DTranspose", "filters": 8, "kernel_size": [3, 2]}, (9, 9, 4)),
    "Conv3DTranspose": ({"type": "Conv3DTranspose", "filters": 8, "kernel_size": 2}, (5, 5, 5, 4)),
    "Embedding": ({"type": "Embedding", "input_dim": 11, "output_dim": 6}, (5,)),
}
"""A layer of each kind of kernel, and the shape of its input."""


@pytest.mark.parametrize("name", KERNELS)
def test_fans_are_those_that_keras_computes_for_its_own_layer(name: str, on: Callable[[str], Worker]) -> None:
    step, shape = KERNELS[name]
    found = on("keras").call(initial_keras.fans_of_weights, step, shape)
    dtype = "int32" if name == "Embedding" else "float32"
    layer = ADAPTERS[step["type"]].validate_python({**step, **_formatted(step["type"])})
    weights = {each.name: each.shape for each in layer.weights([modelspec.graph.TensorType(shape, dtype)])}
    kernels = {each: kernel for each, kernel in weights.items() if each != "bias"}
    assert kernels
    assert {each: (kernel, fans(kernel)) for each, kernel in kernels.items()} == {each: found[each] for each in kernels}


def _formatted(kind: str) -> dict[str, str]:
    return {"data_format": "channels_last"} if "data_format" in layers.LAYERS[kind].model_fields else {}


ADAPTERS = {step["type"]: TypeAdapter(layers.LAYERS[step["type"]]) for step, _ in KERNELS.values()}

LARGE = (3, 3, 64, 96)
DRAWN = tuple(value for value, _ in GOLDEN.values() if "identity" not in str(value).lower() and "rthogonal" not in str(value))


@pytest.mark.parametrize("value", DRAWN, ids=lambda value: str(value)[:60])
def test_statistics_are_those_of_keras(value: Any, on: Callable[[str], Worker]) -> None:
    """Mean, deviation, bounds, and the largest distance between the two distributions (Kolmogorov and Smirnov)."""
    initializer = ADAPTER.validate_python(value)
    ours = drawn(value, LARGE).astype(np.float64).ravel()
    keras = on("keras").call(initial_keras.draw, initializer.model_dump(), LARGE).astype(np.float64).ravel()
    spread = keras.std()
    if spread == 0:
        np.testing.assert_array_equal(ours, keras)
        return
    size = ours.size
    assert ours.mean() == pytest.approx(keras.mean(), abs=6 * spread * sqrt(2 / size))
    assert ours.std() == pytest.approx(spread, rel=0.015)
    bounded = initializer.type in {"RandomUniform", "TruncatedNormal"} or "untruncated" not in str(initializer)
    if bounded and initializer.type != "RandomNormal":
        assert ours.min() == pytest.approx(keras.min(), abs=0.01 * spread)
        assert ours.max() == pytest.approx(keras.max(), abs=0.01 * spread)
    both = np.sort(np.concatenate([ours, keras]))
    shares = [np.searchsorted(np.sort(each), both, side="right") / size for each in (ours, keras)]
    assert np.abs(shares[0] - shares[1]).max() < 2.2 * sqrt(2 / size)


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (3, 3, 2, 5), (1, 1, 5, 5)], ids=str)
def test_orthogonal_in_the_sense_of_keras(shape: tuple[int, ...], on: Callable[[str], Worker]) -> None:
    """The same products of rows, or of columns, are 0 and 1: those of the shorter side of the flattened kernel."""
    value = {"type": "Orthogonal", "gain": 1.5}
    ours = drawn(value, shape).astype(np.float64).reshape(-1, shape[-1])
    keras = on("keras").call(initial_keras.draw, {**value, "seed": 3}, shape).astype(np.float64).reshape(-1, shape[-1])
    if ours.shape[0] < ours.shape[1]:
        ours, keras = ours.T, keras.T
    np.testing.assert_allclose(ours.T @ ours, keras.T @ keras, atol=1e-5)
