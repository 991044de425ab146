"""Layers that hold another layer: training, saved files, sizes known only at run time, and parts that have parts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import oracle
import penalizing
import pytest
from case import Case, case
from workers import Array, Worker

import modelspec
from modelspec import passes
from modelspec.diagnostics import SpecError
from modelspec.graph import Graph, Node
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer, Part
from modelspec.layers.core import Dense
from modelspec.layers.depthwise import SeparableConv2D
from modelspec.layers.wrappers import TimeDistributed
from modelspec.passes.target import Target
from modelspec.tensors import TensorType

On = Callable[[str], Worker]
STEPS = 3
RATE = 2.0**-5
"""Exact in float32, in which Keras's optimizers keep it."""

CONV: dict[str, Any] = {"type": "Conv2D", "filters": 4, "kernel_size": 2}
DENSE: dict[str, Any] = {"type": "Dense", "units": 5}
SPECTRAL: tuple[Case, ...] = tuple(
    case("SpectralNormalization", f"trained-{name}", shape, layer=layer, power_iterations=iterations, spec=own)
    for name, shape, layer, iterations, own in (
        ("dense", (3,), DENSE, 1, {}),
        ("dense-thrice", (4, 3), {**DENSE, "activation": {"type": "elu", "alpha": 0.5}}, 3, {}),
        ("frozen", (3,), {**DENSE, "trainable": False}, 2, {}),
        ("conv", (5, 6, 3), {**CONV, "padding": "same", "activation": "relu"}, 1, {}),
        ("conv-first", (3, 5, 6), {**CONV, "data_format": "channels_first", "groups": 1}, 2, {}),
        ("conv3d", (3, 4, 3, 2), {**CONV, "type": "Conv3D"}, 1, {}),
        ("transposed", (4, 5, 3), {**CONV, "type": "Conv2DTranspose", "strides": 2}, 1, {}),
        ("depthwise", (5, 6, 3), {"type": "DepthwiseConv2D", "kernel_size": 3, "depth_multiplier": 2}, 2, {}),
        ("embedding", (4,), {"type": "Embedding", "input_dim": 24, "output_dim": 3}, 1, {"shift": 12.0}),
        (
            "penalized",
            (3,),
            {**DENSE, "kernel_regularizer": "l2", "activity_regularizer": "l1", "bias_regularizer": "l1"},
            1,
            {},
        ),
        ("constrained", (3,), {**DENSE, "kernel_constraint": {"type": "MaxNorm", "max_value": 0.4}}, 1, {}),
    )
)
BIDIRECTIONAL: tuple[Case, ...] = tuple(
    case("Bidirectional", f"penalized-{layer['type']}-{sequences}", (4, 3), layer={**layer, "return_sequences": sequences})
    for layer in (
        {"type": "LSTM", "units": 2, "activity_regularizer": "l1", "kernel_regularizer": "l2"},
        {"type": "GRU", "units": 2, "activity_regularizer": "l2", "recurrent_constraint": "unit_norm"},
    )
    for sequences in (True, False)
)


def keras_training(
    document: Mapping[str, Any], weights: Mapping[str, Array], inputs: Array
) -> tuple[list[float], dict[str, Array]]:
    """Run in the keras worker: the losses of some steps in training mode, and the weights after them."""
    import keras
    import tensorflow as tf

    model = modelspec.compile(document, "keras", weights=weights, dtype="float64")
    native, optimizer = model.native, keras.optimizers.SGD(RATE)
    losses: list[float] = []
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(native(inputs, training=True))) + sum(native.losses)
        if native.trainable_variables:
            optimizer.apply(tape.gradient(loss, native.trainable_variables), native.trainable_variables)
        losses.append(float(loss))
    return losses, {key: np.asarray(array) for key, array in model.weights().items()}


def torch_training(
    document: Mapping[str, Any], weights: Mapping[str, Array], inputs: Array
) -> tuple[list[float], dict[str, Array]]:
    """Run in the torch worker: the losses of some steps in training mode, and the weights after them."""
    import torch

    import modelspec_torch

    model = modelspec.compile(document, "torch", weights=weights, dtype="float64")
    native = model.native.train()
    trained = [parameter for parameter in native.parameters() if parameter.requires_grad]
    losses: list[float] = []
    for _ in range(STEPS):
        loss = native(torch.from_numpy(inputs)).square().mean() + modelspec_torch.penalty(native)
        if trained:
            optimizer = torch.optim.SGD(trained, RATE)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            modelspec_torch.constrain(native)
        losses.append(loss.item())
    return losses, {key: np.asarray(array) for key, array in model.weights().items()}


def compare_training(on: On, each: Case, weights: Mapping[str, Array]) -> dict[str, Array]:
    """Assert that losses and trained weights agree, and return the weights."""
    inputs = each.inputs()["x0"].astype(np.float64)
    keras, keras_weights = on("keras").call(keras_training, each.document, weights, inputs)
    torch, torch_weights = on("torch").call(torch_training, each.document, weights, inputs)
    np.testing.assert_allclose(torch, keras, rtol=1e-10)
    assert keras_weights.keys() == torch_weights.keys() == weights.keys()
    for key, wanted in keras_weights.items():
        np.testing.assert_allclose(torch_weights[key], wanted, rtol=0, atol=1e-10 * max(1.0, np.abs(wanted).max()), err_msg=key)
    return keras_weights


@pytest.mark.parametrize("each", SPECTRAL, ids=lambda each: each.id)
def test_spectral_normalization_in_training(each: Case, on: On) -> None:
    weights = each.weights(each.graph)
    trained = compare_training(on, each, weights)
    assert all(not np.allclose(trained[key], weights[key]) for key in ("layer/vector_u", _kernel(each)))


def test_a_kernel_of_zeros_is_left_alone(on: On) -> None:
    each = SPECTRAL[0]
    start = each.weights(each.graph)
    zeros = {**start, "layer/kernel": np.zeros_like(start["layer/kernel"]), "layer/bias": np.zeros_like(start["layer/bias"])}
    trained = compare_training(on, each, zeros)
    np.testing.assert_array_equal(trained["layer/vector_u"], start["layer/vector_u"])
    assert not trained["layer/kernel"].any()


def test_a_kernel_settles_at_norm_one(on: On) -> None:
    each = SPECTRAL[2]
    trained = compare_training(on, each, each.weights(each.graph))
    assert np.linalg.norm(trained["layer/kernel"], 2) == pytest.approx(1, abs=0.05)


def _kernel(each: Case) -> str:
    return "layer/embeddings" if each.layers[0]["layer"]["type"] == "Embedding" else "layer/kernel"


@pytest.mark.parametrize("each", BIDIRECTIONAL, ids=lambda each: each.id)
def test_penalties_and_constraints_in_both_directions(each: Case, on: On) -> None:
    weights, inputs = each.weights(each.graph), {"x0": each.inputs()["x0"].astype(np.float64)}
    arguments = (each.document, weights, inputs, "float64", STEPS, RATE)
    keras, keras_weights = on("keras").call(penalizing.keras_steps, *arguments)
    torch, torch_weights = on("torch").call(penalizing.torch_steps, *arguments)
    assert keras[0] > 0
    np.testing.assert_allclose(torch, keras, rtol=1e-10)
    for key, wanted in keras_weights.items():
        np.testing.assert_allclose(torch_weights[key], wanted, rtol=0, atol=1e-10, err_msg=key)


def save(backend: str, document: Mapping[str, Any], weights: Mapping[str, Array], path: str) -> dict[str, Array]:
    """Run in a worker: save a model, and return what is taken from the file."""
    from modelspec import plugins
    from modelspec.backend import Options
    from modelspec.compiler import prepare

    modelspec.compile(document, backend, weights=weights).save(path)
    engine = plugins.load(backend)
    return dict(engine.take_weights(prepare(modelspec.elaborate(document), engine, Options()), path))


@pytest.mark.parametrize(("backend", "suffix"), [("keras", ".keras"), ("torch", ".pt2")])
@pytest.mark.parametrize("number", [0, 3, 7, 8])
def test_weights_inside_come_back_from_a_file(backend: str, suffix: str, number: int, on: On, tmp_path: Path) -> None:
    each = SPECTRAL[number]
    weights = each.weights(each.graph)
    taken = on(backend).call(save, backend, each.document, weights, str(tmp_path / f"m{suffix}"))
    assert taken.keys() == weights.keys()
    for key, array in weights.items():
        np.testing.assert_array_equal(taken[key], array, err_msg=key)


def exported(document: Mapping[str, Any], weights: Mapping[str, Array], inputs: Sequence[Array], path: str) -> list[Array]:
    """Run in the torch worker: what the program in a saved file makes of each input."""
    import torch

    modelspec.compile(document, "torch", weights=weights).save(path)
    program = torch.export.load(path).module()
    return [program(torch.from_numpy(array)).numpy(force=True) for array in inputs]


@pytest.mark.parametrize("inner", [DENSE, CONV, {**CONV, "type": "SeparableConv2D"}, {"type": "GlobalAveragePooling2D"}])
@pytest.mark.parametrize("sides", [(4, 3), ("height", "width")])
def test_an_exported_program_takes_any_number_of_time_steps(inner: Any, sides: tuple[Any, Any], on: On, tmp_path: Path) -> None:
    each = case("TimeDistributed", "exported", ("time", *sides, 2), layer=inner)
    weights = each.weights(each.graph)
    shapes = [(2, 5, 4, 3, 2), (1, 1, 4, 3, 2), (3, 2, *((4, 3) if sides == (4, 3) else (6, 5)), 2)]
    inputs = [np.random.default_rng(0).normal(size=shape).astype(np.float32) for shape in shapes]
    for given, made in zip(
        inputs, on("torch").call(exported, each.document, weights, inputs, str(tmp_path / "m.pt2")), strict=True
    ):
        np.testing.assert_allclose(made, oracle.outputs(each.graph, {"x0": given}, weights)["layer"], rtol=1e-4, atol=1e-5)


class Endless(Dense):
    """A plug-in's layer that is a part of itself."""

    type: Literal["Endless"] = "Endless"

    def decompose(self, inputs: Sequence[TensorType]) -> tuple[Part, ...]:
        return (Part("again", self, {"kernel": "kernel", "bias": "bias"}),)


def one(layer: Layer, shape: tuple[int, ...]) -> Graph:
    """Return the graph of one layer."""
    node = Node.of("layer", layer, ("x",), (TensorType(shape, "float32"),))
    return Graph("one", {"x": node.input_types[0]}, (node,), {"y": "layer"})


def test_a_network_of_normalized_convolutions_has_no_transpose_between_them() -> None:
    inner = {**CONV, "padding": "same"}
    document = case("SpectralNormalization", "first", (6, 6, 3), layer=inner).document
    document["layers"].append({"type": "SpectralNormalization", "layer": {**inner, "type": "Conv2DTranspose"}})
    graph = passes.run(modelspec.elaborate(document), Target("none", tuple(LAYERS.values()), "channels_first"))
    kinds = [node.layer.kind for node in graph.nodes]
    assert kinds == ["Permute", "SpectralNormalization", "SpectralNormalization", "Permute"]


def lacking(*kinds: type[Layer]) -> Target:
    return Target("none", tuple(set(LAYERS.values()) - {*kinds}), "channels_last")


def test_parts_are_decomposed_too() -> None:
    inner = SeparableConv2D(filters=4, kernel_size=(2, 2), data_format="channels_last")
    graph = passes.run(one(TimeDistributed(layer=inner), (3, 4, 5, 2)), lacking(TimeDistributed, SeparableConv2D))
    assert [(node.name, node.value, node.inputs) for node in graph.nodes] == [
        ("layer/fold", "layer/fold", ("x",)),
        ("layer/layer/depthwise", "layer/layer/depthwise", ("layer/fold",)),
        ("layer/layer/pointwise", "layer/layer", ("layer/layer/depthwise",)),
        ("layer/unfold", "layer", ("layer/layer",)),
    ]
    assert list(graph.weights) == ["layer/depthwise_kernel", "layer/pointwise_kernel", "layer/bias"]


def test_a_layer_that_is_a_part_of_itself_ends() -> None:
    graph = passes.run(one(Endless(units=2), (3,)), lacking())
    assert [node.layer.kind for node in graph.nodes] == ["Endless"]
    assert graph.nodes[0].name.count("again") < 10


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ({"type": "LSTM", "units": 2, "activation": "gelu"}, "ONNX's recurrent operators have"),
        ({"type": "AdaptiveAveragePooling1D", "output_size": 2}, "no adaptive pooling"),
    ],
)
def test_a_limit_inside_stands_at_the_place_of_the_wrapper(inner: dict[str, Any], words: str) -> None:
    document = case("TimeDistributed", "limited", ("time", "other", 3), layer=inner).document
    with pytest.raises(SpecError, match=words) as caught:
        modelspec.compile(document, "onnx")
    assert [(finding.code, finding.pointer) for finding in caught.value.diagnostics] == [("MS703", "/layers/0")]


@pytest.mark.parametrize(
    ("layer", "shape", "dtype", "code", "words"),
    [
        ({"type": "SpectralNormalization", "layer": DENSE}, [3], "uint8", "MS503", "SpectralNormalization takes floating"),
        ({"type": "SpectralNormalization", "layer": {**DENSE, "units": 0}}, [3], "float32", "MS203", "units is 0"),
        ({"type": "SpectralNormalization", "layer": {"type": "ReLU"}}, [3], "float32", "MS203", 'type is "ReLU"'),
        ({"type": "SpectralNormalization", "layer": DENSE, "power_iterations": 0}, [3], "float32", "MS203", "power_iterations"),
        (
            {"type": "TimeDistributed", "layer": {"type": "SpectralNormalization", "layer": DENSE}},
            [4, 3],
            "float32",
            "MS203",
            "does not take a SpectralNormalization",
        ),
        (
            {"type": "TimeDistributed", "layer": {**DENSE, "activity_regularizer": "l2"}},
            [4, 3],
            "float32",
            "MS203",
            "a penalty on the output of Dense",
        ),
    ],
)
def test_refusals(layer: dict[str, Any], shape: list[int], dtype: str, code: str, words: str) -> None:
    inputs = {"x": {"shape": shape, "dtype": dtype}}
    with pytest.raises(SpecError, match=words) as caught:
        modelspec.elaborate({"format_version": 1, "name": "m", "inputs": inputs, "layers": [layer]})
    assert [finding.code for finding in caught.value.diagnostics] == [code]


def test_a_misspelt_field_imports_no_family_that_it_is_not_about() -> None:
    code = (
        "import sys; from modelspec.layer_fields import field_problems; from modelspec.layers import LAYERS;"
        "problems = field_problems(LAYERS['Dense'], {'units': 2, 'unit': 3, 'activation': {'type': 'elu', 'alpa': 1.0}});"
        "others = {f'modelspec.layers.{family}' for family in ('convolution', 'recurrent', 'wrappers')} & sys.modules.keys();"
        "sys.exit(f'{others} {problems}' if others or len(problems) != 2 else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("kind", "inner", "shape"),
    [
        ("SpectralNormalization", {**CONV, "type": "Conv2DTranspose", "dilation_rate": 2}, (4, 5, 3)),
        ("TimeDistributed", {**CONV, "type": "SeparableConv3D"}, (2, 4, 5, 4, 3)),
    ],
)
def test_what_keras_refuses_it_refuses_inside(kind: str, inner: dict[str, Any], shape: tuple[int, ...]) -> None:
    with pytest.raises(SpecError, match="one that Keras refuses by itself"):
        modelspec.compile(case(kind, "refused", shape, layer=inner).document, "keras")
