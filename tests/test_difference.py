"""What ``modelspec diff`` says of two specs: changes of meaning, each once, and the weights that still fit."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from gates import document

import modelspec
from modelspec import cli
from modelspec.difference import Difference, compare

NET: dict[str, Any] = {
    "format_version": 1,
    "name": "net",
    "parameters": {"classes": {"type": "integer", "default": 3, "description": "how many"}},
    "inputs": {"x": {"shape": [8, 8, 3]}},
    "blocks": {"conv": {"layers": [{"type": "Conv2D", "filters": 4, "kernel_size": 3}, {"type": "ReLU"}]}},
    "layers": [
        {"block": "conv", "name": "first"},
        {"for": "i", "in": [1, 2], "layers": [{"block": "conv"}]},
        {"type": "Flatten"},
        {"type": "Dense", "name": "scores", "units": "${classes}"},
    ],
}


def difference(old: dict[str, Any], new: dict[str, Any]) -> Difference:
    specs = [modelspec.load(old), modelspec.load(new)]
    sides = [(spec, modelspec.elaborate(spec)) for spec in specs]
    return compare(sides[0], sides[1])


def changed(*path: Any, to: Any) -> dict[str, Any]:
    made = copy.deepcopy(NET)
    inside: Any = made
    for part in path[:-1]:
        inside = inside[part]
    inside[path[-1]] = to
    return made


def kinds(found: Difference) -> list[tuple[str, str]]:
    return [(it.kind, (it.new or it.old).name) for it in found.layers if it.new or it.old]


def test_words_change_nothing() -> None:
    made = changed("parameters", "classes", "description", to="the number of classes")
    made["description"] = "A net."
    made["layers"][2]["lint"] = {"ignore": ["MS931"]}
    assert not difference(NET, made).any
    assert not difference(NET, copy.deepcopy(NET)).any


def test_another_default_changes_the_last_layer_and_its_weights() -> None:
    found = difference(NET, changed("parameters", "classes", "default", to=5))
    assert [it.name for it in found.parameters] == ["classes"]
    assert kinds(found) == [("changed", "scores")]
    assert [(it.name, it.old, it.new) for it in found.layers[0].fields] == [("units", 3, 5)]
    assert [(it.name, it.old, it.new) for it in found.outputs] == [("scores", "[3] float32", "[5] float32")]
    assert {it.name: (it.old, it.new) for it in found.weights.reshaped} == {
        "scores/kernel": ([16, 3], [16, 5]),
        "scores/bias": ([3], [5]),
    }
    assert len(found.weights.fit) == 6


def test_an_inserted_layer_is_added_and_those_behind_it_are_not_rewired() -> None:
    made = changed("layers", to=[*NET["layers"][:2], {"type": "Dropout", "rate": 0.5}, *NET["layers"][2:]])
    found = difference(NET, made)
    assert kinds(found) == [("added", "dropout")]
    assert found.weights.same
    assert kinds(difference(made, NET)) == [("removed", "dropout")]


def test_a_layer_put_before_others_of_its_kind_renames_them() -> None:
    layers = [{"type": "Dense", "units": units} for units in (4, 5)]
    old = {**NET, "parameters": {}, "layers": layers}
    new = {**NET, "parameters": {}, "layers": [{"type": "Dense", "units": 3}, *layers]}
    found = difference(old, new)
    assert kinds(found) == [("added", "dense"), ("renamed", "dense_2"), ("renamed", "dense_3")]
    assert found.weights.renamed["dense_3/kernel"] == "dense_2/kernel"
    assert found.weights.renamed["dense_2/bias"] == "dense/bias"
    assert not found.weights.reshaped
    assert found.weights.added == ("dense/kernel", "dense/bias")


def test_another_input_size_reshapes_layers() -> None:
    found = difference(NET, changed("inputs", "x", "shape", to=[10, 10, 3]))
    assert [it.name for it in found.inputs] == ["x"]
    assert {kind for kind, _ in kinds(found)} == {"reshaped"}
    assert [it.name for it in found.weights.reshaped] == ["scores/kernel"]


def test_another_way_through_the_graph_is_a_change_of_inputs() -> None:
    steps = [
        {"type": "Conv2D", "name": "a", "filters": 3, "kernel_size": 1},
        {"type": "Conv2D", "name": "b", "filters": 3, "kernel_size": 1},
        {"type": "Add", "name": "sum", "inputs": ["a", "b"]},
    ]
    old = {**NET, "parameters": {}, "layers": steps}
    new = {**old, "layers": [*steps[:2], {**steps[2], "inputs": ["x", "b"]}]}
    found = difference(old, new)
    assert kinds(found) == [("changed", "sum")]
    assert [(it.name, it.old, it.new) for it in found.layers[0].fields] == [("inputs", ["a", "b"], ["x", "b"])]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    made = changed("blocks", "conv", "layers", 0, "filters", to=5)
    for name, value in (("old", NET), ("new", {**made, "name": "net_2"})):
        (tmp_path / f"{name}.json").write_text(json.dumps(value))
    return str(tmp_path / "old.json"), str(tmp_path / "new.json")


def test_a_block_that_is_called_often_changes_once_in_the_text(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["diff", *files]) == 0
    out = capsys.readouterr().out
    assert out.startswith("net -> net_2\n")
    assert out.count("filters 4 -> 5") == 1
    assert "first/conv2d and 2 more like it" in out
    assert "parameters: 459 -> 663 (+44.4%)" in out
    assert "weights of net: 1 fit, 7 have another shape" in out


def test_the_difference_as_markdown_stays_in_its_table(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = changed("parameters", "classes", to={"type": "string", "default": "a|b`\n::error::x"})
    hostile["layers"] = NET["layers"][:3]
    (tmp_path / "new.json").write_text(json.dumps(hostile))
    assert cli.main(["diff", *files, "--format", "markdown"]) == 0
    out = capsys.readouterr().out
    rows = [line for line in out.splitlines() if line.startswith("| parameters")]
    assert len(rows) == 2
    assert all(row.replace("\\|", "").count("|") == 5 for row in rows[:1])
    assert not any(line.startswith("::") for line in out.splitlines())


def test_the_difference_as_json(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diff", *files, "--format", "json", "--exit-code"]) == 1
    made = json.loads(capsys.readouterr().out)
    assert (made["format_version"], made["old"], made["new"], made["changed"]) == (1, "net", "net_2", True)
    assert made["weights"]["fit"] == ["scores/bias"]
    assert {it["change"] for it in made["layers"]} == {"changed", "reshaped"}


def test_shipped_specs_with_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diff", "xception", "xception", "--param", "num_classes=2", "--exit-code"]) == 0
    assert capsys.readouterr().out == "xception -> xception: nothing changed in meaning\n"
    assert cli.main(["diff", "vgg16", "xception", "--param", "nope=2"]) == 1
    assert "MS305" in capsys.readouterr().err


def test_long_networks_are_compared_in_reasonable_time() -> None:
    layers = [{"type": "Dense", "units": 1 + number % 7} for number in range(5_000)]
    long = {**NET, "parameters": {}, "inputs": {"x": {"shape": [3]}}, "layers": layers}
    found = difference(long, {**long, "layers": [{"type": "ReLU"}, *layers[:2_500], *layers[2_501:]]})
    assert any(it.kind == "added" and it.new and it.new.layer.kind == "ReLU" for it in found.layers)


def test_the_shipped_variants_differ_as_they_are_known_to() -> None:
    spec = modelspec.load(document("resnet50"))
    sides = [(spec, modelspec.elaborate(spec, {"depths": depths})) for depths in ([3, 4, 6, 3], [3, 4, 23, 3])]
    found = compare(sides[0], sides[1])
    assert not found.parameters
    rewired = [it for it in found.layers if it.kind != "added"]
    assert [[field.name for field in it.fields] for it in rewired] == [["inputs"]] * 2, (
        "what follows the new ones reads the last"
    )
    assert len(found.weights.fit) == len(sides[0][1].weights)
