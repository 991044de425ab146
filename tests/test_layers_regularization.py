"""Layers that draw at random do so in training alone, from the distributions that Keras defines, in Keras and in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from typing import Any

import numpy as np
import pytest
from case import generator
from workers import Array, Worker

import modelspec
from modelspec.diagnostics import SpecError
from modelspec.graph import Graph
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer
from modelspec.layers.regularization import Dropout
from modelspec.layers.wrappers import Bidirectional, TimeDistributed

On = Callable[[str], Worker]
FRAMEWORKS = ("keras", "torch")
SIGMAS = 5
"""How far a mean of many draws may be from what is expected, in standard deviations; the seeds are fixed."""
ALPHA = -1.6732632423543772 * 1.0507009873554805
"""The negative limit of ``selu``."""


def spec(layer: Mapping[str, Any], shape: tuple[int, ...]) -> dict[str, Any]:
    inputs = {"x": {"shape": list(shape), "dtype": "float64"}}
    return {"format_version": 1, "name": "noise", "inputs": inputs, "layers": [dict(layer)]}


def keras_calls(document: Mapping[str, Any] | Graph, x: Array) -> list[Array]:
    """Return two calls in training and one in inference."""
    import keras

    keras.utils.set_random_seed(11)
    native = modelspec.compile(document, "keras").native
    return [keras.ops.convert_to_numpy(native(x, training=training)) for training in (True, True, False)]


def torch_calls(document: Mapping[str, Any] | Graph, x: Array) -> list[Array]:
    """Return two calls in training and one in inference."""
    import torch

    torch.manual_seed(11)
    native = modelspec.compile(document, "torch").native
    return [native.train(training)(torch.from_numpy(x)).numpy(force=True) for training in (True, True, False)]


CALLS = {"keras": keras_calls, "torch": torch_calls}


def near(share: float, rate: float, draws: int) -> None:
    """Assert that a share of independent draws is that of its probability."""
    assert abs(share - rate) <= SIGMAS * sqrt(rate * (1 - rate) / draws)


def dropped(made: Array, x: Array, rate: float, axes: tuple[int, ...]) -> None:
    """Assert a dropout: what is kept is scaled, and each draw holds along ``axes``."""
    kept = made != 0
    np.testing.assert_allclose(made[kept], x[kept] / (1 - rate), rtol=1e-6)
    assert (kept == kept.any(axes, keepdims=True)).all()
    draws = kept.all(axes)
    near(1 - draws.mean(), rate, draws.size)


def alpha_dropped(made: Array, x: Array, rate: float, axes: tuple[int, ...]) -> None:
    """Assert an alpha dropout: what is dropped is at selu's limit, and then everything is scaled and shifted."""
    factor = 1 / sqrt((1 - rate) * (1 + rate * ALPHA**2))
    shift = -factor * ALPHA * rate
    kept = np.abs(made - (factor * ALPHA + shift)) > 1e-6
    np.testing.assert_allclose(made[kept], factor * x[kept] + shift, atol=1e-6)
    draws = kept.all(axes)
    assert (kept == np.expand_dims(draws, axes)).all()
    near(1 - draws.mean(), rate, draws.size)


def noisy(noise: Array, mean: float, stddev: float) -> None:
    """Assert the first four moments of a normal distribution."""
    unit = (noise.ravel() - mean) / stddev
    for power, (expected, variance) in {1: (0, 1), 2: (1, 2), 3: (0, 15), 4: (3, 96)}.items():
        assert abs((unit**power).mean() - expected) <= SIGMAS * sqrt(variance / unit.size)


Check = Callable[[Array, Array], None]
LAST = (1, 2)
TRAINED: dict[str, tuple[dict[str, Any], tuple[int, ...], Check]] = {
    "dropout": ({"type": "Dropout", "rate": 0.3}, (40, 30), lambda y, x: dropped(y, x, 0.3, ())),
    "dropout-seed": ({"type": "Dropout", "rate": 0.3, "seed": 5}, (40, 30), lambda y, x: dropped(y, x, 0.3, ())),
    "dropout-channels": (
        {"type": "Dropout", "rate": 0.3, "noise_shape": [None, 1, 1, None]},
        (3, 4, 60),
        lambda y, x: dropped(y, x, 0.3, LAST),
    ),
    "dropout-all": ({"type": "Dropout", "rate": 1.0}, (9,), lambda y, _: np.testing.assert_array_equal(y, 0)),
    "spatial-1d": ({"type": "SpatialDropout1D", "rate": 0.4}, (5, 60), lambda y, x: dropped(y, x, 0.4, (1,))),
    "spatial-1d-first": (
        {"type": "SpatialDropout1D", "rate": 0.4, "data_format": "channels_first"},
        (60, 5),
        lambda y, x: dropped(y, x, 0.4, (2,)),
    ),
    "spatial-2d": ({"type": "SpatialDropout2D", "rate": 0.4, "seed": 1}, (3, 4, 60), lambda y, x: dropped(y, x, 0.4, LAST)),
    "spatial-2d-first": (
        {"type": "SpatialDropout2D", "rate": 0.4, "data_format": "channels_first"},
        (60, 3, 4),
        lambda y, x: dropped(y, x, 0.4, (2, 3)),
    ),
    "spatial-3d": ({"type": "SpatialDropout3D", "rate": 0.2}, (2, 3, 2, 60), lambda y, x: dropped(y, x, 0.2, (1, 2, 3))),
    "stochastic-depth": ({"type": "StochasticDepth", "rate": 0.3}, (3, 4), lambda y, x: dropped(y, x, 0.3, LAST)),
    "stochastic-depth-seed": ({"type": "StochasticDepth", "rate": 0.3, "seed": 2}, (9,), lambda y, x: dropped(y, x, 0.3, (1,))),
    "alpha": ({"type": "AlphaDropout", "rate": 0.3}, (40, 30), lambda y, x: alpha_dropped(y, x, 0.3, ())),
    "alpha-seed": ({"type": "AlphaDropout", "rate": 0.3, "seed": 5}, (40, 30), lambda y, x: alpha_dropped(y, x, 0.3, ())),
    "alpha-channels": (
        {"type": "AlphaDropout", "rate": 0.3, "noise_shape": [None, 1, 1, None]},
        (3, 4, 60),
        lambda y, x: alpha_dropped(y, x, 0.3, LAST),
    ),
    "gaussian-dropout": (
        {"type": "GaussianDropout", "rate": 0.3},
        (40, 30),
        lambda y, x: noisy(y / x, 1.0, sqrt(0.3 / 0.7)),
    ),
    "gaussian-dropout-seed": (
        {"type": "GaussianDropout", "rate": 0.8, "seed": 5},
        (40, 30),
        lambda y, x: noisy(y / x, 1.0, sqrt(0.8 / 0.2)),
    ),
    "gaussian-noise": ({"type": "GaussianNoise", "stddev": 0.3}, (40, 30), lambda y, x: noisy(y - x, 0.0, 0.3)),
    "gaussian-noise-seed": (
        {"type": "GaussianNoise", "stddev": 1.0, "seed": 5},
        (40, 30),
        lambda y, x: noisy(y - x, 0.0, 1.0),
    ),
}


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", TRAINED)
def test_draws_in_training(name: str, framework: str, on: On) -> None:
    layer, shape, check = TRAINED[name]
    x = generator(name).normal(size=(256, *shape))
    first, second, inference = on(framework).call(CALLS[framework], spec(layer, shape), x)
    check(first, x)
    check(second, x)
    assert layer.get("rate") == 1 or not np.array_equal(first, second)
    np.testing.assert_array_equal(inference, x)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", [name for name in TRAINED if name.endswith("-seed")])
def test_a_seed_repeats_the_draws(name: str, framework: str, on: On) -> None:
    layer, shape, _ = TRAINED[name]
    x = generator(name).normal(size=(8, *shape))
    again = [on(framework).call(CALLS[framework], spec(layer, shape), x) for _ in range(2)]
    np.testing.assert_array_equal(again[0], again[1])
    other = on(framework).call(CALLS[framework], spec({**layer, "seed": 77}, shape), x)
    assert not np.array_equal(again[0][0], other[0])


def test_alpha_dropout_keeps_mean_and_variance(on: On) -> None:
    x = generator("moments").normal(size=(400, 500))
    for framework in FRAMEWORKS:
        made = on(framework).call(CALLS[framework], spec({"type": "AlphaDropout", "rate": 0.4}, (500,)), x)[0]
        assert abs(made.mean()) < 0.02
        assert abs(made.var() - 1) < 0.03


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", TRAINED)
def test_nothing_is_drawn_where_nothing_is_left_to_chance(name: str, framework: str, on: On) -> None:
    layer, shape, _ = TRAINED[name]
    x = generator(name).normal(size=(8, *shape))
    trained, _, _ = on(framework).call(CALLS[framework], without_chance(spec(layer, shape)), x)
    np.testing.assert_array_equal(trained, x)


def without_chance(document: Mapping[str, Any]) -> Graph:
    return modelspec.elaborate(document).without_chance()


@pytest.mark.parametrize("layer", LAYERS.values(), ids=lambda layer: layer.__name__)
def test_a_layer_with_a_seed_says_what_it_leaves_to_chance(layer: type[Layer]) -> None:
    assert bool(layer.chance) == ("seed" in layer.model_fields)
    assert set(layer.chance) <= layer.model_fields.keys()


def test_layers_inside_others_leave_nothing_to_chance_either() -> None:
    lstm = {"type": "LSTM", "units": 2, "dropout": 0.3, "recurrent_dropout": 0.2}
    document = spec({"type": "Bidirectional", "layer": lstm, "backward_layer": {**lstm, "go_backwards": True}}, (4, 3))
    (node,) = without_chance(document).nodes
    assert isinstance(node.layer, Bidirectional)
    assert {(it.dropout, it.recurrent_dropout) for it in node.layer.directions.values()} == {(0.0, 0.0)}
    (node,) = without_chance(spec({"type": "TimeDistributed", "layer": {"type": "Dropout", "rate": 0.5}}, (4, 3))).nodes
    assert isinstance(node.layer, TimeDistributed)
    assert node.layer.layer == Dropout(rate=0.0)


def keras_losses(document: Mapping[str, Any], x: Array) -> float:
    native = modelspec.compile(document, "keras").native
    native(x, training=True)
    return float(sum(native.losses))


def torch_losses(document: Mapping[str, Any], x: Array) -> float:
    import torch

    import modelspec_torch

    native = modelspec.compile(document, "torch").native.train()
    native(torch.from_numpy(x))
    return float(modelspec_torch.penalty(native))


def test_activity_regularization_is_a_loss_per_example(on: On) -> None:
    x = generator("activity").normal(size=(6, 5))
    document = spec({"type": "ActivityRegularization", "l1": 0.3, "l2": 0.7}, (5,))
    wanted = (0.3 * np.abs(x).sum() + 0.7 * (x**2).sum()) / 6
    assert on("keras").call(keras_losses, document, x) == pytest.approx(wanted, rel=1e-6)
    assert on("torch").call(torch_losses, document, x) == pytest.approx(wanted, rel=1e-6)


REFUSED: dict[str, tuple[dict[str, Any], tuple[int, ...], str, str]] = {
    "all-dropped": ({"type": "AlphaDropout", "rate": 1.0}, (9,), "MS203", "rate is 1"),
    "all-noise": ({"type": "GaussianDropout", "rate": 1.0}, (9,), "MS203", "rate is 1"),
    "too-much-noise": ({"type": "GaussianNoise", "stddev": 1.5}, (9,), "MS203", "stddev is 1.5"),
    "rank": ({"type": "SpatialDropout2D", "rate": 0.5}, (5, 3), "MS501", "SpatialDropout2D takes 3 axes"),
    "noise-shape": ({"type": "AlphaDropout", "rate": 0.5, "noise_shape": [None, 2]}, (9,), "MS501", "noise_shape has 2"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name: str) -> None:
    layer, shape, code, words = REFUSED[name]
    with pytest.raises(SpecError) as caught:
        modelspec.elaborate(modelspec.load(spec(layer, shape)))
    (finding,) = caught.value.diagnostics
    assert finding.code == code
    assert words in finding.message
