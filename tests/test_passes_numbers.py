"""-O1 computes what -O0 does: in float64 to 1e-10, in float32 within the gate of rounding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from case import Case, random_weights
from cases import CASES
from gates import images

import modelspec
from modelspec import SpecError, passes, plugins
from modelspec.backend import Options, target
from modelspec.compiler import prepare
from modelspec.graph import Graph
from modelspec.layers.normalization import BatchNormalization
from modelspec.passes.text import lines
from modelspec.verify.gates import ROUNDING_CAP, SEMANTICS, distances, errors
from modelspec.verify.probes import revealing_weights
from modelspec.weights import Array, Arrays

NETWORKS: dict[str, dict[str, Any]] = {
    "densenet121": {"blocks": [2, 2, 1, 1]},
    "efficientnet": {"width": 0.5},
    "inception_v3": {"input_shape": [75, 75, 3]},
    "mobilenet_v2": {"alpha": 0.5},
    "resnet50": {"depths": [1, 2, 1, 1]},
    "xception": {},
}
"""The shipped networks, small: ONNX's reference evaluator is slow."""
TAKE_UP = (
    "BatchNormalization", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "Dense",
    "DepthwiseConv1D", "DepthwiseConv2D", "DepthwiseConv3D", "LayerScale", "Normalization", "Rescaling", "SeparableConv1D",
    "SeparableConv2D", "SeparableConv3D",
)  # fmt: skip
"""Layers that take up a batch normalization before or after them, or that one before or after takes up."""


def lowered(graph: Graph, optimize: int) -> Graph:
    return passes.run(graph, target(plugins.describe("onnx"), Options(optimize=optimize)))


def computed(graph: Graph, weights: Arrays, inputs: Mapping[str, Array], dtype: Any, optimize: int) -> dict[str, Array]:
    given = {name: array.astype(dtype) if array.dtype.kind == "f" else array for name, array in inputs.items()}
    return modelspec.compile(graph, "onnx", weights=weights, dtype=dtype, optimize=optimize)(given)


def same(graph: Graph, weights: Arrays, inputs: Mapping[str, Array]) -> None:
    """Assert that -O1 is -O0 in float64, and in float32 no further from it than -O0's own rounding allows."""
    exact = computed(graph, weights, inputs, "float64", 0)
    found = computed(graph, weights, inputs, "float64", 1)
    plain = computed(graph, weights, inputs, "float32", 0)
    rounded = computed(graph, weights, inputs, "float32", 1)
    assert list(found) == list(exact) == list(graph.outputs)
    reads = max(float(np.abs(array.astype(np.float64)).max()) for array in inputs.values())
    for name, wanted in exact.items():
        assert errors(found[name], wanted, reads).max() <= SEMANTICS, name
        allowed = min(3 * distances(plain[name], wanted, reads).max() + 1e-6, ROUNDING_CAP["float32"])
        assert distances(rounded[name], wanted, reads).max() <= allowed, name


def surrounded(case: Case) -> Graph | None:
    """Return a layer between two batch normalizations; None where the case is not of one layer that takes one up."""
    (layer, *others), (shape, *further) = case.layers, case.shapes
    if others or further or case.dtype != "float32" or layer["type"] not in TAKE_UP or len(shape) < 1:
        return None
    norm = {"type": "BatchNormalization", "epsilon": 0.01}
    steps = [{**norm, "name": "before"}, {**layer, "name": "layer"}, {**norm, "name": "after"}]
    try:
        return modelspec.elaborate({**case.document, "layers": steps})
    except SpecError:  # the size along the axis is unknown until run time
        return None


def changed() -> Iterator[Any]:
    """Yield the cases that -O1 changes, as they are and between batch normalizations."""
    for case in CASES:
        for name, graph in ((case.id, case.graph), (f"{case.id}-surrounded", surrounded(case))):
            if graph is None:
                continue
            try:
                prepare(graph, plugins.describe("onnx"), Options())
            except SpecError:
                continue
            if lines(lowered(graph, 0)) != lines(lowered(graph, 1)):
                yield pytest.param(case, graph, id=name)


@pytest.mark.parametrize(("case", "graph"), list(changed()))
def test_every_case_that_o1_changes_is_the_same(case: Case, graph: Graph) -> None:
    weights = case.weights(graph) if len(graph.nodes) == len(case.layers) else random_weights(graph, case.id)
    spread = {key: abs(array) + 0.1 if key.endswith("variance") else array for key, array in weights.items()}
    same(graph, spread, case.inputs())


@pytest.mark.parametrize("name", NETWORKS)
def test_the_networks_are_the_same_with_fewer_layers(name: str) -> None:
    graph = modelspec.elaborate(name, {"input_shape": [33, 36, 3], "num_classes": 5, **NETWORKS[name]})
    ((image, kind),) = graph.inputs.items()
    pixels = images((1, *(int(str(size)) for size in kind.shape)), 0) / np.float32(255)
    same(graph, revealing_weights(graph, 0), {image: pixels})


@pytest.mark.parametrize("name", NETWORKS)
def test_no_transpose_is_left_but_that_of_the_input(name: str) -> None:
    graph, engine = modelspec.elaborate(name), plugins.describe("onnx")
    as_spec = passes.run(graph, target(engine, Options(optimize=1)))
    assert [node.layer.kind for node in as_spec.nodes].count("Permute") == 1
    moved = passes.run(graph, target(engine, Options("channels_first", optimize=1)))
    assert "Permute" not in [node.layer.kind for node in moved.nodes]


def test_a_wrong_epsilon_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate has something to see: PyTorch's epsilon in the folded weights."""
    graph = modelspec.elaborate("mobilenet_v2", {"input_shape": [32, 32, 3], "num_classes": 5, "alpha": 0.5})
    right = BatchNormalization.affine
    monkeypatch.setattr(
        BatchNormalization, "affine", lambda self, inputs: right(self.model_copy(update={"epsilon": 1e-5}), inputs)
    )
    with pytest.raises(AssertionError):
        same(graph, revealing_weights(graph, 0), {next(iter(graph.inputs)): images((2, 32, 32, 3), 0) / np.float32(255)})


def test_weights_stay_canonical_and_are_derived_at_each_access() -> None:
    graph = modelspec.elaborate("mobilenet_v2", {"input_shape": [32, 32, 3], "num_classes": 5})
    weights = revealing_weights(graph, 0)
    model = modelspec.compile(graph, "onnx", weights=weights, optimize=1)
    returned = model.weights()
    assert returned.keys() == weights.keys()
    assert all((returned[key] == weights[key]).all() for key in weights)
    assert model.graph.derived.keys() <= set(model.graph.weights)
    assert not model.graph.derived.keys() & weights.keys()
