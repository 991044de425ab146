"""The shipped networks are those of ``keras.applications``: their layers, parameters and results, in every backend."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import applications
import numpy as np
import pytest
from applications import Application, Outline
from gates import document, images, rounds_like, same
from test_naming import named
from workers import BACKENDS, Array, Worker

import modelspec
from modelspec.graph import Graph, Node
from modelspec.layers.normalization import BatchNormalization
from modelspec.layers.regularization import Dropout

On = Callable[[str], Worker]


@dataclass(frozen=True)
class Network:
    """A shipped spec, the network that it is the equal of, and a size, odd and even, that the two are run at."""

    spec: str
    application: str
    size: tuple[int, int]
    scaled: bool = True
    """Whether it reads numbers about 0, and not pixels."""
    gain: float = 2
    """The variance of the kernels times their inputs, at which images are still told apart at the end, and no class is sure."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of an image."""
        return (*self.size, 3)

    @property
    def inputs(self) -> Array:
        """Two images."""
        pixels = images((2, *self.shape), seed=5)
        return pixels / np.float32(127.5) - 1 if self.scaled else pixels


NETWORKS = (
    Network("vgg16", "VGG16", (64, 33)),
    Network("resnet50", "ResNet50", (33, 64), gain=1),
    Network("mobilenet_v2", "MobileNetV2", (64, 49)),
    Network("densenet121", "DenseNet121", (33, 64)),
    Network("inception_v3", "InceptionV3", (75, 88)),
    Network("efficientnet", "EfficientNetB0", (64, 49), scaled=False, gain=2.2),
)
CLASSES = 7
PARAMETERS = {
    "vgg16": (138_357_544, 138_357_544),
    "resnet50": (25_636_712, 25_583_592),
    "mobilenet_v2": (3_538_984, 3_504_872),
    "densenet121": (8_062_504, 7_978_856),
    "inception_v3": (23_851_784, 23_817_352),
    "efficientnet": (5_330_571, 5_288_548),
}
"""All parameters at the default size for 1,000 classes, and those that are trained, as ``keras.applications`` counts them."""
GOLDEN = Path(__file__).parent / "fixtures" / "golden" / "v1_network_names.json"


@dataclass(frozen=True)
class Reference:
    """A network with its spec's graph, Keras's model of it that ends in logits, and what stands for what in the two."""

    network: Network
    graph: Graph
    keras: Application
    pairs: Mapping[str, str] = field(repr=False)
    """The name of Keras's layer by ours, for all that have weights or several inputs."""

    @property
    def weights(self) -> dict[str, Array]:
        """Keras's weights as canonical arrays."""
        return {
            bound.key: self.keras.arrays[self.pairs[node.value]][bound.weight.name]
            for node in self.graph.nodes
            for bound in node.weights
        }

    def run(self, on: On, backend: str, dtype: str, what: Any, **parameters: Any) -> dict[str, Array]:
        """Compile the spec with Keras's weights, and run it on the images."""
        return on(backend).run(
            document(self.network.spec),
            parameters={"input_shape": list(self.network.shape), "num_classes": CLASSES, **parameters},
            weights=self.weights,
            inputs={"image": self.network.inputs.astype(dtype)},
            dtype=dtype,
            what=what,
        )


@pytest.fixture(scope="module", params=NETWORKS, ids=lambda network: network.spec)
def reference(on: On, request: pytest.FixtureRequest) -> Reference:
    """Each network, taken apart once for all tests of it."""
    network: Network = request.param
    shape = {"input_shape": list(network.shape), "num_classes": CLASSES, "classifier_activation": "linear"}
    graph = modelspec.elaborate(network.spec, shape)
    application = on("keras").call(
        applications.computed,
        network.application,
        network.inputs.astype(np.float64),
        network.gain,
        input_shape=network.shape,
        classes=CLASSES,
        classifier_activation=None,
    )
    return Reference(network, graph, application, matched(graph, application.outline))


def matched(graph: Graph, outline: Outline) -> dict[str, str]:
    """Return Keras's layer for each of our values that has weights or several inputs.

    Walks both from the output to the input, input by input in order. What has one input and no weights is passed over on
    either side: only results tell what it is (a convolution with ``same`` is Keras's padding and convolution). Everything
    else must be of the same kind, with the same weights; nothing may be left over.
    """
    nodes = {node.value: node for node in graph.nodes}
    ops = outline.ops

    def mine(value: str) -> str:
        while value in nodes and not nodes[value].weights and len(nodes[value].inputs) == 1:
            (value,) = nodes[value].inputs
        return value

    def theirs(name: str) -> str:
        while not ops[name].weights and len(ops[name].reads) == 1:
            (name,) = ops[name].reads
        return name

    (output,) = graph.outputs.values()
    open_, pairs = [(mine(output), theirs(outline.output))], dict[str, str]()
    while open_:
        value, name = open_.pop()
        if value in graph.inputs:
            assert ops[name].kind == "InputLayer"
        elif value in pairs:
            assert pairs[value] == name
        else:
            node, op = nodes[value], ops[name]
            assert (node.layer.kind, shapes(node)) == (op.kind, op.weights), f"{value} is not {name}"
            pairs[value] = name
            reads = zip(node.inputs, op.reads, strict=True)
            open_ += [(mine(ours), theirs(keras)) for ours, keras in reads]
    assert len(set(pairs.values())) == len(pairs)
    assert pairs.keys() == {node.value for node in graph.nodes if node.weights or len(node.inputs) > 1}
    assert set(pairs.values()) == {name for name, op in ops.items() if op.weights or len(op.reads) > 1}
    return pairs


def shapes(node: Node) -> dict[str, tuple[int, ...]]:
    return {bound.weight.name: bound.weight.shape for bound in node.weights}


def test_the_parameters_are_as_many(reference: Reference) -> None:
    assert (reference.graph.parameters, reference.graph.trainable_parameters) == reference.keras.outline.counts


def test_what_shows_in_training_is_the_same(reference: Reference) -> None:
    same_training(reference.graph, reference.keras.outline, reference.pairs)


def same_training(graph: Graph, outline: Outline, pairs: Mapping[str, str]) -> None:
    """Assert that momenta, initializers and the rates of dropouts are Keras's."""
    for node in graph.nodes:
        if node.value in pairs:
            assert training(node) == outline.ops[pairs[node.value]].training, node.value
    rates = [node.layer.rate for node in graph.nodes if isinstance(node.layer, Dropout)]
    theirs = [op.training["rate"] for op in outline.ops.values() if op.kind == "Dropout"]
    assert sorted(rate for rate in rates if rate) == sorted(theirs)


def training(node: Node) -> dict[str, Any]:
    """Return what ``applications.Op.training`` says of Keras's layers."""
    found: dict[str, Any] = {"momentum": node.layer.momentum} if isinstance(node.layer, BatchNormalization) else {}
    for key in ("kernel_initializer", "depthwise_initializer"):
        if start := getattr(node.layer, key, None):
            found["start"] = (start.scale, start.mode, start.distribution)
    return found


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_layer_makes_the_same_in_float64(on: On, reference: Reference, backend: str) -> None:
    found = reference.run(on, backend, "float64", "intermediates", classifier_activation="linear")
    for ours, theirs in reference.pairs.items():
        same(found[ours], reference.keras.values[theirs])


def test_images_are_told_apart(reference: Reference) -> None:
    """The comparisons mean something: two images give different features and different logits."""
    for ours, theirs in reference.pairs.items():
        first, second = reference.keras.values[theirs]
        assert np.abs(first - second).max() > 0.01 * np.abs(first).max(), ours


def test_the_classes_are_the_same_in_float32(on: On, reference: Reference) -> None:
    """Height and width are names here where the network allows it: at run time they are odd and even."""
    logits = reference.keras.values[reference.keras.outline.output]
    exact = np.exp(logits - logits.max(axis=1, keepdims=True))
    exact /= exact.sum(axis=1, keepdims=True)
    network = reference.network
    native = on("keras").call(
        applications.run,
        network.application,
        reference.keras.arrays,
        network.inputs,
        input_shape=network.shape,
        classes=CLASSES,
    )
    shape = list(network.shape) if network.spec == "vgg16" else ["height", "width", 3]
    found = {
        backend: reference.run(on, backend, "float32", "outputs", input_shape=shape)["predictions"] for backend in BACKENDS
    }
    assert exact.max() < 0.999
    rounds_like(found, native, exact)


EFFICIENTNETS = (
    (1, 1, 224, 0.2), (1, 1.1, 240, 0.2), (1.1, 1.2, 260, 0.3), (1.2, 1.4, 300, 0.3),
    (1.4, 1.8, 380, 0.4), (1.6, 2.2, 456, 0.4), (1.8, 2.6, 528, 0.5), (2, 3.1, 600, 0.5),
)  # fmt: skip
VARIANTS: tuple[tuple[str, dict[str, Any], str, dict[str, Any]], ...] = (
    ("vgg16", {"depths": [2, 2, 4, 4, 4]}, "VGG19", {}),
    ("resnet50", {"depths": [3, 4, 23, 3]}, "ResNet101", {}),
    ("resnet50", {"depths": [3, 8, 36, 3]}, "ResNet152", {}),
    ("densenet121", {"blocks": [6, 12, 32, 32]}, "DenseNet169", {}),
    ("densenet121", {"blocks": [6, 12, 48, 32]}, "DenseNet201", {}),
    *(("mobilenet_v2", {"alpha": alpha}, "MobileNetV2", {"alpha": alpha}) for alpha in (0.09, 0.35, 1.3, 1.4)),
    *(
        (
            "efficientnet",
            {"width": width, "depth": depth, "input_shape": [size, size, 3], "dropout": rate},
            f"EfficientNetB{number}",
            {},
        )
        for number, (width, depth, size, rate) in enumerate(EFFICIENTNETS)
    ),
)


@pytest.mark.parametrize(
    ("spec", "parameters", "application", "keywords"),
    [pytest.param(*variant, id="-".join([variant[2], *map(str, variant[3].values())])) for variant in VARIANTS],
)
def test_the_larger_and_smaller_ones_have_the_same_layers(
    on: On, spec: str, parameters: dict[str, Any], application: str, keywords: dict[str, Any]
) -> None:
    graph = modelspec.elaborate(spec, parameters)
    wanted = on("keras").call(applications.outline, application, **keywords)
    assert (graph.parameters, graph.trainable_parameters) == wanted.counts
    same_training(graph, wanted, matched(graph, wanted))


@pytest.mark.parametrize("spec", PARAMETERS)
def test_the_parameters_at_the_default_size(spec: str) -> None:
    graph = modelspec.elaborate(spec)
    assert (graph.parameters, graph.trainable_parameters) == PARAMETERS[spec]


@pytest.mark.parametrize("spec", PARAMETERS)
def test_the_names_of_weights_never_change(spec: str) -> None:
    golden = json.loads(GOLDEN.read_text())[spec]
    found = named(spec)
    for part, wanted in golden.items():
        assert list(found[part].items()) == list(wanted.items()), part
