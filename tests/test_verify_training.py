"""Training in two frameworks, compared: what is equal, what is found where a rule is wrong, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from workers import BACKENDS

import modelspec
from modelspec import plugins
from modelspec.backend import Step
from modelspec.cli import main
from modelspec.graph import Graph
from modelspec.verify import Verifier
from modelspec.verify.jobs import Taught, pace
from modelspec.verify.probes import EXAMPLES, lesson, probes
from modelspec.verify.results import Verification
from modelspec.verify.training import Course, compared
from modelspec.verify.workers import Worker, WorkerError
from modelspec.weights import initialize, read

PENALTY = {"type": "L2", "l2": 0.01}
COLUMNS = {"type": "OrthogonalRegularizer", "factor": 0.1, "mode": "columns"}
NETWORK: dict[str, Any] = {
    "format_version": 1,
    "name": "small",
    "inputs": {"image": {"shape": ["height", 7, 3]}, "words": {"shape": [5], "dtype": "int32"}},
    "layers": [
        {"type": "Rescaling", "scale": "${1 / 255}", "inputs": "image"},
        {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3, "strides": 2, "padding": "same"},
        {"type": "BatchNormalization", "name": "norm"},
        {"type": "ReLU"},
        {"type": "SeparableConv2D", "name": "separable", "filters": 5, "kernel_size": 2, "depthwise_regularizer": PENALTY},
        {"type": "MaxPooling2D", "pool_size": 2, "padding": "same"},
        {"type": "GaussianNoise", "stddev": 0.5},
        {"type": "GlobalAveragePooling2D", "name": "seen"},
        {"type": "Embedding", "name": "table", "input_dim": 6, "output_dim": 4, "inputs": "words"},
        {"type": "LSTM", "name": "lstm", "units": 5, "dropout": 0.5, "recurrent_dropout": 0.3},
        {"type": "Add", "inputs": ["seen", "lstm"]},
        {"type": "Dropout", "rate": 0.5},
        {"type": "Dense", "name": "kept", "units": 4, "kernel_constraint": "unit_norm", "activity_regularizer": "l1"},
        {"type": "Dense", "name": "mixed", "units": 4, "kernel_regularizer": "orthogonal_regularizer"},
        {"type": "Dense", "name": "scores", "units": 3, "activation": "softmax", "kernel_regularizer": COLUMNS},
    ],
    "outputs": ["scores", "seen"],
}  # fmt: skip
STEPS = 3


def graph_of(document: Any = NETWORK) -> Graph:
    return modelspec.elaborate(document)


@pytest.fixture(scope="module")
def verifier() -> Iterator[Verifier]:
    with Verifier(("keras", "torch")) as made:
        yield made


@pytest.fixture(scope="module")
def equal(verifier: Verifier) -> Verification:
    return verifier.verify(graph_of(), train=STEPS, tiers=["semantics"])


def test_two_frameworks_train_alike(equal: Verification) -> None:
    assert equal.is_equal
    assert equal.steps == STEPS
    assert all(it.bound == 1e-9 for it in equal.training), "nothing had to be explained"
    names = [it.name for it in equal.training if it.kind == "loss"]
    assert names == [f"step {step}" for step in range(1, STEPS + 1)]
    weights = graph_of().weights
    trained = [key for key, bound in weights.items() if bound.trainable]
    assert [it.name for it in equal.training if it.kind == "gradient"] == trained[::-1]
    after = [f"{key} after step {step}" for step in (1, STEPS) for key in weights]
    assert [it.name for it in equal.training if it.kind == "weight"] == after
    assert "norm/moving_variance after step 1" in after
    assert {(it.backend, it.reference) for it in equal.training} == {("torch", "keras")}
    assert all(it.layer == it.name.split("/")[0] for it in equal.training if it.kind != "loss")


def test_training_is_what_is_asked_for(verifier: Verifier, equal: Verification) -> None:
    assert not replace(equal, training=()).is_equal
    assert replace(equal, training=(), steps=0).is_equal
    worse = replace(equal.training[-1], error=1.0)
    assert not replace(equal, training=(*equal.training[:-1], worse)).is_equal


def test_everything_moves_and_examples_differ() -> None:
    graph = graph_of().without_chance()
    batch = lesson(graph, 0)
    images, words = batch.inputs["image"], batch.inputs["words"]
    assert len(images) == len(words) == EXAMPLES
    assert len(np.unique(images)) > 0.99 * images.size, "no ties, where subgradients differ"
    assert images.min() > 0
    assert images.max() < 255
    assert set(np.unique(words)) == set(range(6))
    assert {name: array.shape for name, array in batch.targets.items()} == {"scores": (EXAMPLES, 3), "seen": (EXAMPLES, 5)}
    assert not np.array_equal(batch.inputs["image"], lesson(graph, 1).inputs["image"])


def unbiased_variance(_: str) -> None:
    """The running variance of PyTorch's own batch normalization, which is over the count less 1."""
    from modelspec_torch.lower.normalization import BatchNorm

    right = BatchNorm._train

    def wrong(self: Any, x: Any) -> Any:
        kept, count = self.momentum * self.running_var, x.numel() // self.size
        result = right(self, x)
        self.running_var.sub_(kept).mul_(count / (count - 1)).add_(kept)
        return result

    BatchNorm._train = wrong


def inverted_momentum(_: str) -> None:
    """A momentum that is the share of what is new, as PyTorch's is."""
    from modelspec_torch.lower.normalization import BatchNorm

    right = BatchNorm.__init__

    def wrong(self: Any, size: int, axis: int, momentum: float, eps: float, *, frozen: bool) -> None:
        right(self, size, axis, 1 - momentum, eps, frozen=frozen)

    BatchNorm.__init__ = wrong


def half_a_gradient(_: str) -> None:
    """A convolution of three channels through whose kernel half of the gradient comes."""
    import torch

    right = torch.nn.Conv2d._conv_forward

    def wrong(self: Any, x: Any, weight: Any, bias: Any) -> Any:
        halved = (weight + weight.detach()) / 2 if weight.shape[1] == 3 else weight
        return right(self, x, halved, bias)

    torch.nn.Conv2d._conv_forward = wrong


def forgotten_penalties(_: str) -> None:
    """A loop that leaves out what regularizers add."""
    import torch

    import modelspec_torch.training as module

    module.penalty = lambda _: torch.zeros((), dtype=torch.float64)


def forgotten_constraints(_: str) -> None:
    """A loop that leaves out the projection."""
    import modelspec_torch.training as module

    module.constrain = lambda _: None


def frozen_bias(_: str) -> None:
    """A weight that one framework does not train."""
    import modelspec_torch.model as module

    right = module.build

    def wrong(*arguments: Any) -> Any:
        made = right(*arguments)
        made.scores.bias.requires_grad_(False)
        return made

    module.build = wrong


def no_gradients(_: str) -> None:
    """A framework that fails in training."""
    import modelspec_torch.training as module

    module.trained = lambda _: 1 / 0


WRONG: dict[str, tuple[Callable[[str], object], str, str]] = {
    "unbiased variance": (unbiased_variance, "weight", "norm/moving_variance after step 1"),
    "momentum": (inverted_momentum, "weight", "norm/moving_mean after step 1"),
    "penalty": (forgotten_penalties, "loss", "step 1"),
    "constraint": (forgotten_constraints, "weight", "kept/kernel after step 1"),
    "gradient": (half_a_gradient, "gradient", "conv/kernel"),
    "frozen": (frozen_bias, "gradient", "scores/bias"),
}


@contextmanager
def wrong_torch(verifier: Verifier, setup: Callable[[str], object]) -> Iterator[None]:
    """Let a verifier have a process of PyTorch that is set up wrongly."""
    right, wrong = verifier.workers["torch"], Worker("torch", setup=setup)
    verifier.workers["torch"] = wrong
    try:
        yield
    finally:
        verifier.workers["torch"] = right
        wrong.close()


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_found_in_the_right_weight(name: str, verifier: Verifier) -> None:
    setup, kind, where = WRONG[name]
    with wrong_torch(verifier, setup):
        found = verifier.verify(graph_of(), train=2, tiers=["semantics"], inputs=probes(graph_of(), 0)[1:2])
    assert all(it.passes for it in found.layers), "inference is right"
    assert not found.is_equal
    first = next(it for it in found.training if not it.passes)
    assert (first.kind, first.name) == (kind, where)
    assert first.error > 1e-6


def test_a_backend_that_fails_in_training_has_failed(verifier: Verifier) -> None:
    with wrong_torch(verifier, no_gradients):
        found = verifier.verify(graph_of(), train=1, tiers=["semantics"], inputs=probes(graph_of(), 0)[1:2])
    assert [it.status for it in found.backends] == ["compared", "failed"]
    assert "ZeroDivisionError" in found.backends[1].reason
    assert len(found.layers) == len(graph_of().nodes), "what it made before is still compared"
    assert (found.training, found.steps, found.is_equal) == ((), 1, False)


def dense(**fields: Any) -> dict[str, Any]:
    layers = [{"type": "Dense", "name": "dense", "units": 3, **fields}]
    return {"format_version": 1, "name": "t", "inputs": {"x": {"shape": [4]}}, "layers": layers}


def test_one_that_does_not_train_is_no_part_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.json"
    spec.write_text(json.dumps(dense()))
    report = tmp_path / "report.json"
    assert main(["verify", str(spec), "--train", "1", "--report", str(report)]) == 0
    assert "t: equal: keras = torch = onnx" in capsys.readouterr().out
    training = json.loads(report.read_text())["training"]
    assert [it["name"] for it in training] == [
        "step 1", "dense/bias", "dense/kernel", "dense/kernel after step 1", "dense/bias after step 1"
    ]  # fmt: skip
    assert {it["backend"] for it in training} == {"torch"}
    assert training[1]["place"].startswith(f"{spec}:1:")


def test_nothing_is_equal_where_only_one_trains(verifier: Verifier) -> None:
    """Keras cannot lower the layer, and is allowed to be missing."""
    layers = [{"type": "Conv2DTranspose", "filters": 2, "kernel_size": 3, "dilation_rate": 2}]
    document = {"format_version": 1, "name": "t", "inputs": {"x": {"shape": [5, 4, 2]}}, "layers": layers}
    with Verifier(BACKENDS) as three:
        found = three.verify(graph_of(document), train=1, allowed=["keras"], tiers=["semantics"])
    assert found.compared == ("torch", "onnx")
    assert found.missing == ()
    assert all(it.passes for it in found.layers)
    assert not found.is_equal


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--backends", "torch,onnx", "--train"], "MS704 training is compared between two backends that can train; of torch"),
        (["--backends", "onnx", "--train", "2"], "MS704 training is compared between two backends that can train; onnx cannot"),
        (["--train", "0"], '"0" is no number of steps from 1 to 100'),
        (["--train", "many"], '"many" is no number of steps from 1 to 100; the spec stands before --train'),
    ],
)
def test_refusals(arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.json"
    spec.write_text(json.dumps(dense()))
    try:
        code: Any = main(["verify", str(spec), *arguments])
    except SystemExit as error:
        code = error.code
    assert code in {1, 2}
    shown = capsys.readouterr()
    assert said in shown.err
    assert not shown.out


def test_the_backends_that_train() -> None:
    assert [name for name in BACKENDS if plugins.trainer(name)] == ["keras", "torch"]


def test_a_step_does_not_leave_the_slope() -> None:
    steep = {"a": np.full((2, 2), 30.0), "b": np.array([80.0])}
    assert pace(Step(2.0, steep)) == 2.0**-15, "0.25 * 2 / 10000 is 2 ** -14.3"
    assert pace(Step(2.0, {"a": np.ones(2)})) == pace(Step(2.0, {"a": np.zeros(2)})) == 2.0**-7
    assert pace(Step(np.nan, steep)) == 2.0**-7


class Rounded:
    """A worker that has trained with weights which were rounded."""

    def __init__(self, made: Taught | Exception) -> None:
        self.backend, self.made = "keras", made
        self.weights: dict[str, Any] = {}

    def submit(self, _: Any, graph: Graph, backend: str, weights: str, *others: Any) -> None:
        self.weights = read(weights)

    def result(self, _: None) -> Taught:
        if isinstance(self.made, Exception):
            raise self.made
        return self.made


def taught(second: float) -> Taught:
    """Training in which the loss before the second step is this."""
    arrays = {"dense/kernel": np.ones((4, 3)), "dense/bias": np.ones(3)}
    return Taught((2.0, second), arrays, {1: arrays, 2: arrays}, 0.0, 0.0)


EXPLAINED: dict[str, tuple[float, float, Taught | Exception, float]] = {
    "as much": (1.0, 1.0 + 1e-8, taught(1.0 + 1e-8), 1e-9 + 3e-8),
    "not as much": (1.0, 1.0 + 1e-8, taught(1.0 + 1e-10), 1e-9 + 3e-10),
    "nothing": (1.0, 1.0 + 1e-8, taught(1.0), 1e-9),
    "it fails": (1.0, 1.0 + 1e-8, WorkerError("keras", "Died", (), ""), 1e-9),
    "no number": (np.nan, np.nan, taught(np.nan), 1e-9),
    "infinite": (np.inf, np.inf, taught(np.inf), 1e-9),
}


@pytest.mark.parametrize("name", EXPLAINED)
def test_what_rounding_explains_is_allowed_and_no_more(name: str, tmp_path: Path) -> None:
    one, other, rounded, bound = EXPLAINED[name]
    graph = graph_of(dense())
    weights = initialize(graph)
    course = Course(("keras", "torch"), graph, weights, "", lesson(graph, 0), 2, str(tmp_path))
    worker = Rounded(rounded)
    found = list(compared(course, {"keras": taught(one), "torch": taught(other)}, {"keras": worker}))
    (loss,) = [it for it in found if it.name == "step 2"]
    assert loss.bound == pytest.approx(bound, rel=1e-3)
    assert loss.passes == (name == "as much")
    assert all(it.passes and it.bound == 1e-9 for it in found if it is not loss)
    kernel, start = worker.weights["dense/kernel"], weights["dense/kernel"]
    assert 0 < np.abs(kernel / start - 1).max() < 2.0**-51


def test_a_count_is_drawn_whole_as_keras_holds_it(verifier: Verifier) -> None:
    layers = [{"type": "Normalization", "name": "norm"}, {"type": "Dense", "units": 2}]
    document = {"format_version": 1, "name": "counted", "inputs": {"x": {"shape": [3]}}, "layers": layers}
    found = verifier.verify(graph_of(document), train=1)
    assert found.is_equal
    assert "norm/count after step 1" in {it.name for it in found.training}
