"""The layout pass: channels stand where the backend wants them, and nothing is transposed that need not be."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import modelspec
from modelspec import passes
from modelspec.graph import Graph
from modelspec.layers import LAYERS
from modelspec.layers.depthwise import SeparableConv2D
from modelspec.passes.target import IoLayout, Target
from modelspec.tensors import DataFormat


def lowered(
    layers: list[dict[str, Any]], to: DataFormat = "channels_first", io_layout: IoLayout = "spec", **spec: Any
) -> Graph:
    document = {
        "format_version": 1,
        "name": "net",
        "inputs": {"x": {"shape": [8, 9, 3]}},
        "layers": layers,
        **spec,
    }
    return passes.run(modelspec.elaborate(document), Target("none", tuple(LAYERS.values()), to, io_layout))


def kinds(graph: Graph) -> list[str]:
    return [node.layer.kind for node in graph.nodes]


CONV = {"type": "Conv2D", "filters": 4, "kernel_size": 3}


@pytest.mark.parametrize("name", ["xception", "xception_imagenet"])
def test_the_only_transpose_of_a_network_stands_at_its_input(name: str) -> None:
    layers = [layer for layer in LAYERS.values() if layer is not SeparableConv2D]
    graph = passes.run(modelspec.elaborate(name), Target("none", layers, "channels_first"))
    assert [node.layer.kind for node in graph.nodes].index("Permute") == 0
    assert Counter(kinds(graph))["Permute"] == 1
    moved = passes.run(modelspec.elaborate(name), Target("none", layers, "channels_first", "channels_first"))
    assert "Permute" not in kinds(moved)
    assert next(iter(moved.inputs.values())).shape[0] == 3


def test_a_move_goes_before_layers_that_do_not_care() -> None:
    graph = lowered([{"type": "Rescaling", "scale": [1.0, 2.0, 3.0]}, {"type": "BatchNormalization"}, CONV])
    assert kinds(graph) == ["Permute", "Rescaling", "BatchNormalization", "Conv2D", "Permute"]
    rescaling, normalization = graph.nodes[1].layer, graph.nodes[2].layer
    assert rescaling.scale == (((1.0,),), ((2.0,),), ((3.0,),))
    assert normalization.axis == 1


def test_a_network_without_windows_is_left_as_it_is() -> None:
    assert kinds(lowered([{"type": "BatchNormalization"}, {"type": "Flatten"}, {"type": "Dense", "units": 2}])) == [
        "BatchNormalization",
        "Flatten",
        "Dense",
    ]


def test_the_same_format_needs_no_move() -> None:
    assert kinds(lowered([CONV], to="channels_last")) == ["Conv2D"]


def test_flatten_follows_a_moved_input_by_its_data_format() -> None:
    graph = lowered([CONV, {"type": "Flatten"}])
    assert kinds(graph) == ["Permute", "Conv2D", "Flatten"]
    assert graph.nodes[-1].layer.data_format == "channels_first"


def test_dense_on_an_image_gets_the_specs_order_back() -> None:
    graph = lowered([CONV, {"type": "Dense", "units": 5}])
    assert kinds(graph) == ["Permute", "Conv2D", "Permute", "Dense"]
    assert graph.nodes[-1].output.shape == (6, 7, 5)


def test_softmax_over_the_channels_moves_with_them() -> None:
    fused = lowered([{**CONV, "activation": "softmax"}])
    assert fused.nodes[1].layer.activation.axis == 1
    alone = lowered([CONV, {"type": "Activation", "activation": "softmax"}])
    assert kinds(alone) == ["Permute", "Conv2D", "Activation", "Permute"]
    assert alone.nodes[2].layer.activation.axis == 1


def test_a_value_that_is_read_both_ways_is_moved_once() -> None:
    branches = [
        {**CONV, "name": "a", "kernel_size": 1},
        {"type": "Dense", "name": "b", "inputs": "x", "units": 4},
        {"type": "Add", "inputs": ["a", "b"]},
    ]
    graph = lowered(branches)
    assert kinds(graph) == ["Permute", "Conv2D", "Dense", "Permute", "Add", "Permute"]


def test_a_layer_of_another_format_than_the_spec_reads_the_same_numbers_otherwise() -> None:
    graph = lowered([CONV, {**CONV, "data_format": "channels_first"}])
    assert kinds(graph) == ["Permute", "Conv2D", "Permute", "Conv2D"]
    assert graph.nodes[-1].input_types[0].shape == (6, 7, 4)


@pytest.mark.parametrize("to", ["channels_first", "channels_last"])
@pytest.mark.parametrize("io_layout", ["channels_first", "channels_last"])
@pytest.mark.parametrize("spec", ["channels_first", "channels_last"])
def test_inputs_and_outputs_stand_as_asked(to: DataFormat, io_layout: IoLayout, spec: DataFormat) -> None:
    shape = [8, 9, 3] if spec == "channels_last" else [3, 8, 9]
    graph = lowered([CONV], to, io_layout, data_format=spec, inputs={"x": {"shape": shape}})
    first = io_layout == "channels_first"
    assert graph.inputs["x"].shape == ((3, 8, 9) if first else (8, 9, 3))
    (output,) = graph.output_types.values()
    assert output.shape == ((4, 6, 7) if first else (6, 7, 4))
    assert Counter(kinds(graph))["Permute"] == (0 if to == io_layout else 2)


def test_weights_keep_their_canonical_keys() -> None:
    document = modelspec.load("xception")
    graph = modelspec.elaborate(document)
    layers = [layer for layer in LAYERS.values() if layer is not SeparableConv2D]
    moved = passes.run(graph, Target("none", layers, "channels_first"))
    assert set(moved.weights) == set(graph.weights)
    assert {key: it.weight.shape for key, it in moved.weights.items()} == {
        key: it.weight.shape for key, it in graph.weights.items()
    }
