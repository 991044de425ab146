"""Names of layers: readable, unique, and the same for ever: weights are found by them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nets import RELU, Json, built, dense, findings, net

import modelspec
from modelspec import library
from modelspec.layers import LAYERS
from modelspec.naming import Siblings, snake_case

GOLDEN = Path(__file__).parent / "fixtures" / "golden" / "v1_xception_names.json"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Conv2D", "conv2d"),
        ("SeparableConv2D", "separable_conv2d"),
        ("DepthwiseConv2D", "depthwise_conv2d"),
        ("GlobalAveragePooling2D", "global_average_pooling2d"),
        ("MaxPooling2D", "max_pooling2d"),
        ("BatchNormalization", "batch_normalization"),
        ("ZeroPadding2D", "zero_padding2d"),
        ("ReLU", "re_lu"),
        ("Dense", "dense"),
        ("LSTM", "lstm"),
        ("MultiHeadAttention", "multi_head_attention"),
    ],
)
def test_types_are_spelt_as_keras_spells_its_layers(kind: str, name: str) -> None:
    assert snake_case(kind) == name


def test_no_two_types_share_a_name() -> None:
    assert len({snake_case(kind) for kind in LAYERS}) == len(LAYERS)


def loop(*steps: Json, count: int = 2, **fields: Any) -> Json:
    return {"for": "i", "in": {"range": count}, "layers": list(steps), **fields}


BLOCKS: Json = {"b": {"layers": [RELU, RELU]}, "c": {"layers": [{"block": "b"}, {**RELU, "name": "last"}, {"block": "b"}]}}
B, C = {"block": "b"}, {"block": "c"}

NAMES: list[tuple[str, list[Json], list[str]]] = [
    ("siblings", [RELU, dense(2), RELU, dense(2), RELU], ["re_lu", "dense", "re_lu_2", "dense_2", "re_lu_3"]),
    ("given", [{**RELU, "name": "a"}, RELU, {**RELU, "name": "re_lu_2"}, RELU], ["a", "re_lu", "re_lu_2", "re_lu_3"]),
    ("given_later", [RELU, RELU, {**RELU, "name": "re_lu"}], ["re_lu_2", "re_lu_3", "re_lu"]),
    ("inputs_are_taken", [{**RELU, "inputs": "x"}, {"block": "x"}], ["re_lu", "x_2/re_lu"]),
    ("calls", [B, C, {**B, "name": "mine"}],
     ["b/re_lu", "b/re_lu_2", "c/b/re_lu", "c/b/re_lu_2", "c/last", "c/b_2/re_lu", "c/b_2/re_lu_2", "mine/re_lu",
      "mine/re_lu_2"]),
    ("loop_of_a_layer", [loop(RELU)], ["re_lu_1", "re_lu_2"]),
    ("loop_of_a_named_layer", [loop({**RELU, "name": "a"})], ["a_1", "a_2"]),
    ("named_loop_of_a_layer", [loop(RELU, name="a")], ["a_1", "a_2"]),
    ("loop_of_a_call", [loop(B)], ["b_1/re_lu", "b_1/re_lu_2", "b_2/re_lu", "b_2/re_lu_2"]),
    ("loop_of_several", [loop(RELU, dense(2))], ["i_1/re_lu", "i_1/dense", "i_2/re_lu", "i_2/dense"]),
    ("named_loop_of_several", [loop(RELU, RELU, name="stage", count=1)], ["stage_1/re_lu", "stage_1/re_lu_2"]),
    ("loop_of_a_loop", [loop(loop(RELU, count=1))], ["i_1/re_lu_1", "i_2/re_lu_1"]),
    ("loop_of_a_condition", [loop({"if": True, "then": [RELU]})], ["i_1/re_lu", "i_2/re_lu"]),
    ("computed", [loop({**RELU, "name": "r${2 * i}"}), {**RELU, "name": "a${'_'}b"}], ["r0", "r2", "a_b"]),
    ("two_loops", [loop(RELU), loop(RELU), loop(RELU, count=1)], ["re_lu_1", "re_lu_2", "re_lu_2_1", "re_lu_2_2", "re_lu_3_1"]),
    ("after_a_loop", [loop(RELU), RELU, RELU, RELU], ["re_lu_1", "re_lu_2", "re_lu", "re_lu__2", "re_lu__3"]),
    ("before_a_loop", [RELU, loop(RELU), RELU], ["re_lu", "re_lu_2_1", "re_lu_2_2", "re_lu_2"]),
    ("loop_over_a_given_name", [{**RELU, "name": "re_lu_2"}, loop(RELU)], ["re_lu_2", "re_lu_3_1", "re_lu_3_2"]),
    ("conditions_add_nothing", [RELU, {"if": True, "then": [RELU, {"if": False, "then": [], "else": [RELU]}]}, RELU],
     ["re_lu", "re_lu_2", "re_lu_3", "re_lu_4"]),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "wanted"), [pytest.param(steps, names, id=case) for case, steps, names in NAMES])
def test_names(steps: list[Json], wanted: list[str]) -> None:
    graph = built(net(*steps, blocks={**BLOCKS, "x": {"layers": [RELU]}}))
    assert [node.name for node in graph.nodes] == wanted
    assert [node.value for node in graph.nodes] == wanted


@pytest.mark.parametrize(
    "steps",
    [
        [loop(RELU, name="a"), {**RELU, "name": "a"}],
        [loop(RELU, name="a"), {**RELU, "name": "a_7"}],
        [{**RELU, "name": "a_2"}, loop(RELU, name="a")],
        [{**RELU, "name": "a"}, {**B, "name": "a"}],
        [{**RELU, "name": "x"}],
    ],
    ids=str,
)
def test_a_name_that_is_taken_is_refused(steps: list[Json]) -> None:
    assert set(findings(net(*steps, blocks=BLOCKS))) == {"MS302"}


_BASES = st.sampled_from(["a", "a_", "a_1", "a_2", "a__2", "b"])
_ADDED = st.lists(st.tuples(_BASES, st.none() | st.integers(0, 3)), max_size=14)


def _made(siblings: Siblings, added: list[tuple[str, int | None]]) -> list[str]:
    names: list[str] = []
    for base, count in added:
        name = siblings.made(base, count)
        names += [name] if count is None else [f"{name}_{number + 1}" for number in range(count)]
    return names


@given(_ADDED, st.sets(_BASES, max_size=3), st.sets(_BASES, max_size=3))
def test_made_names_are_unique_and_a_step_at_the_end_renames_nothing(
    added: list[tuple[str, int | None]], reserved: set[str], planned: set[str]
) -> None:
    names = _made(Siblings(reserved, planned), added)
    assert len(set(names)) == len(names)
    assert not set(names) & reserved
    for end in range(len(added)):
        begun = _made(Siblings(reserved, planned), added[:end])
        assert names[: len(begun)] == begun


@given(st.lists(_BASES, max_size=6), st.lists(_BASES, max_size=8), st.integers(1, 9))
def test_names_after_loops_do_not_depend_on_how_often_they_repeat(loops: list[str], steps: list[str], count: int) -> None:
    few, many = Siblings(), Siblings()
    once, often = _made(few, [(base, 1) for base in loops]), _made(many, [(base, count) for base in loops])
    assert once == often[::count]
    assert _made(few, [(base, None) for base in steps]) == _made(many, [(base, None) for base in steps])


def test_the_names_of_a_spec_do_not_depend_on_its_parameters() -> None:
    few, many = (modelspec.elaborate("xception", {"num_classes": classes, "input_shape": ["h", "w", 1]}) for classes in (2, 99))
    assert [node.name for node in few.nodes] == [node.name for node in many.nodes]
    assert list(few.weights) == list(many.weights)


def named(name: str) -> Json:
    """What must never change in a shipped spec: the layers, what they make, and their weights."""
    graph = modelspec.elaborate(name)
    return {
        "inputs": {key: str(kind) for key, kind in graph.inputs.items()},
        "layers": {node.name: f"{node.layer.kind} {node.output}" for node in graph.nodes},
        "weights": {key: "x".join(map(str, bound.weight.shape)) for key, bound in graph.weights.items()},
        "outputs": dict(graph.outputs),
    }


@pytest.mark.parametrize("name", ["xception", "xception_imagenet"])
def test_the_names_of_format_version_1_never_change(name: str) -> None:
    golden = json.loads(GOLDEN.read_text())[name]
    found = named(name)
    for part, wanted in golden.items():
        assert list(found[part].items()) == list(wanted.items()), part


def test_every_shipped_spec_has_names_of_its_own() -> None:
    for name in library.names():
        graph = modelspec.elaborate(name)
        assert len({node.name for node in graph.nodes}) == len(graph.nodes)
        assert len(graph.weights) == sum(len(node.weights) for node in graph.nodes)
