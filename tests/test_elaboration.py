"""What a spec expands to, and that any document ends in a graph or in findings, soon."""

from __future__ import annotations

import json
from typing import Any

import pytest
from nets import RELU, Json, built, conv, dense, findings, net

import modelspec
from modelspec import SpecError, compiler
from modelspec.document import NAME
from modelspec.evaluation import MAX_LENGTH
from modelspec.graph import Graph
from modelspec.layers.convolution import Conv2D
from modelspec.layers.core import Dense


def layers(graph: Graph) -> dict[str, str]:
    return {node.name: str(node.output) for node in graph.nodes}


def units(graph: Graph) -> list[int]:
    return [node.layer.units for node in graph.nodes if isinstance(node.layer, Dense)]


def test_parameters_take_their_defaults_or_what_is_given() -> None:
    parameters = {
        "shape": {"type": "shape", "default": ["height", "width", 3]},
        "filters": {"type": "integer", "default": 4, "minimum": 2, "maximum": 64},
        "rate": {"type": "number", "default": 0.5, "minimum": 0, "maximum": 0.9},
        "bias": {"type": "boolean", "default": True},
        "activation": {"type": "string", "default": "relu", "choices": ["relu", "elu"]},
        "head": {"type": "list", "items": "integer", "default": [7, "${2 * filters}"]},
        "classes": {"type": "integer", "choices": [2, 10]},
    }
    spec = net(
        conv("${filters}", use_bias="${bias}", activation="${activation}"),
        {"type": "Dropout", "rate": "${rate}"},
        {"type": "GlobalAveragePooling2D"},
        {"for": "n", "in": "${head + [classes]}", "layers": [dense("${n}")]},
        parameters=parameters,
        inputs={"image": {"shape": "${shape}"}},
    )
    graph = built(spec, classes=10)
    assert [str(node.output) for node in graph.nodes][:2] == ["[height, width, 4] float32"] * 2
    assert units(graph) == [7, 8, 10]
    assert list(graph.weights)[:2] == ["conv2d/kernel", "conv2d/bias"]
    graph = built(spec, classes=2, filters=5, shape=[4, 6, 1], bias=False, head=[1, 2, 3], rate=0, activation="elu")
    assert layers(graph)["conv2d"] == "[4, 6, 5] float32"
    assert units(graph) == [1, 2, 3, 2]
    assert "conv2d/bias" not in graph.weights
    for wrong in (
        {"filters": 1}, {"filters": 65}, {"filters": 4.0}, {"filters": True}, {"filters": None}, {"filters": "4"},
        {"filters": 2**60},
        {"rate": 0.95}, {"rate": "0.5"}, {"rate": float("nan")}, {"bias": 1}, {"activation": "tanh"}, {"classes": 3},
        {"head": [1, 2.5]}, {"head": 3}, {"shape": []}, {"shape": [0, 1, 1]}, {"shape": [4, "a b", 1]}, {"shape": [2.0, 2, 2]},
    ):  # fmt: skip
        assert findings(spec, **{"classes": 2, **wrong}) == ["MS307"], wrong
    assert findings(spec) == ["MS306"]
    assert findings(spec, classes=2, clases=3) == ["MS305"]


def test_limits_hold_for_every_number_of_a_shape_and_of_a_list() -> None:
    limits = {"minimum": 2, "maximum": 5}
    for kind, fits, does_not in (("shape", ["n", 2, 5], ["n", 1]), ("list", ["n", 2.5], [3, 5.5])):
        spec = net(RELU, parameters={"p": {"type": kind, **limits}})
        built(spec, p=fits)
        assert findings(spec, p=does_not) == ["MS307"]
    spec = net(
        RELU, parameters={"p": {"type": "shape", "choices": [["n", 3], [4]]}, "q": {"type": "list", "choices": [[1], [True]]}}
    )
    built(spec, p=["n", 3], q=[True])
    assert findings(spec, p=[3], q=[]) == ["MS307", "MS307"]


BLOCKS: Json = {
    "unit": {
        "parameters": {
            "width": {"type": "integer", "default": "${input.channels * 2}"},
            "rank": {"type": "integer", "default": 3},
        },
        "layers": [conv("${width}", activation="${'relu' if input.rank == rank else 'elu'}"), {"type": "BatchNormalization"}],
    },
    "pair": {
        "inputs": ["left", "right"],
        "layers": [
            {"block": "unit", "name": "l", "inputs": "left"},
            {"block": "unit", "name": "r", "inputs": "right", "with": {"width": "${left.channels + right.shape[-1]}"}},
        ],
        "outputs": ["r", "l"],
    },
}


def test_a_block_reads_the_shape_of_its_inputs_and_calls_blocks() -> None:
    graph = built(
        net(
            conv(5, name="five"),
            {"block": "pair", "name": "p", "inputs": ["five", "x"]},
            {"type": "Concatenate", "inputs": ["p", "p.l", "p.r"]},
            blocks=BLOCKS,
        )
    )
    assert layers(graph) == {
        "five": "[8, 8, 5] float32",
        "p/l/conv2d": "[8, 8, 10] float32",
        "p/l/batch_normalization": "[8, 8, 10] float32",
        "p/r/conv2d": "[8, 8, 8] float32",
        "p/r/batch_normalization": "[8, 8, 8] float32",
        "concatenate": "[8, 8, 26] float32",
    }
    assert graph.nodes[-1].inputs == ("p/r/batch_normalization", "p/l/batch_normalization", "p/r/batch_normalization")
    assert [key for key in graph.weights if key.startswith("p/l")] == [
        "p/l/conv2d/kernel", "p/l/conv2d/bias", "p/l/batch_normalization/gamma", "p/l/batch_normalization/beta",
        "p/l/batch_normalization/moving_mean", "p/l/batch_normalization/moving_variance",
    ]  # fmt: skip
    assert {node.layer.activation.type for node in graph.nodes if isinstance(node.layer, Conv2D)} == {"linear", "relu"}


def test_channels_are_where_the_data_format_says() -> None:
    step = {"block": "b"}
    block = {"b": {"layers": [conv("${input.channels + 1}"), conv(2, data_format="channels_last", name="last")]}}
    graph = built(net(step, blocks=block, data_format="channels_first", inputs={"x": {"shape": [3, 9, 4]}}))
    assert layers(graph) == {"b/conv2d": "[4, 9, 4] float32", "b/last": "[4, 9, 2] float32"}
    assert graph.weights["b/conv2d/kernel"].weight.shape == (1, 1, 3, 4)
    named = {"f": {"type": "string", "default": "channels_last", "choices": ["channels_last", "channels_first"]}}
    spec = net({"type": "BatchNormalization"}, parameters=named, data_format="${f}", inputs={"x": {"shape": [5, 6, 7]}})
    assert [built(spec, f=f).weights["batch_normalization/gamma"].weight.shape for f in named["f"]["choices"]] == [(7,), (5,)]


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([5, 6], [5, 6]),
        (["${2 + 3}", 6], [5, 6]),
        ("${[n, n + 1]}", [3, 4]),
        ({"range": "${n}"}, [0, 1, 2]),
        ({"range": [4, 6]}, [4, 5]),
        ({"range": ["${2 * n}", 0, -2]}, [6, 4, 2]),
        ([], []),
        ({"range": 0}, []),
        ({"range": -3}, []),
    ],
    ids=str,
)
def test_a_repetition_takes_every_value(values: Any, wanted: list[int]) -> None:
    step = {"for": "v", "in": values, "index": "i", "layers": [dense("${100 * (v + 1) + i}")]}
    graph = built(net(step, RELU, parameters={"n": {"type": "integer", "default": 3}}))
    assert units(graph) == [100 * (value + 1) + index for index, value in enumerate(wanted)]
    assert [node.name for node in graph.nodes] == [f"dense_{index + 1}" for index in range(len(wanted))] + ["re_lu"]


def test_repetitions_nest_carry_values_of_any_type_and_keep_their_names_inside() -> None:
    inner = {"for": "k", "in": "${stage[1]}", "layers": [dense("${k + i}", name="d", inputs="${'x' if k == 1 else 'before'}")]}
    spec = net(
        {"type": "ReLU", "name": "before"},
        {
            "for": "stage",
            "in": [["a", [1, 2]], ["b", [3]]],
            "index": "i",
            "name": "stage",
            "layers": [inner, {"type": "ReLU", "name": "${stage[0]}"}],
        },
        {"type": "Add", "inputs": ["stage", "before"]},
    )
    spec["inputs"]["x"]["shape"] = [4]
    graph = built(spec)
    assert [node.name for node in graph.nodes] == ["before", "stage_2/d_1", "stage_2/b", "add"]
    assert units(graph) == [4]
    assert graph.nodes[-1].inputs == ("stage_2/b", "before")


@pytest.mark.parametrize(("n", "wanted"), [(1, ["flatten", "dense"]), (2, ["dense"]), (3, ["re_lu", "dense"])])
def test_a_condition_takes_one_branch_and_adds_no_name(n: int, wanted: list[str]) -> None:
    step = {"if": "${n == 1}", "then": [{"type": "Flatten"}], "else": [{"if": "${n > 2 and not (n == 4)}", "then": [RELU]}]}
    graph = built(net(step, dense("${n}"), parameters={"n": {"type": "integer"}}), n=n)
    assert [node.name for node in graph.nodes] == wanted


def test_branches_may_give_one_name() -> None:
    spec = net(
        {"if": "${big}", "then": [dense(9, name="head")], "else": [dense(1, name="head")]},
        {"type": "ReLU", "inputs": "head"},
        parameters={"big": {"type": "boolean"}},
        outputs="head",
    )
    assert [units(built(spec, big=big)) for big in (True, False)] == [[9], [1]]


def test_several_inputs_and_outputs() -> None:
    inputs = {"a": {"shape": [4]}, "b": {"shape": ["n", 4], "dtype": "float64"}, "c": {"shape": [2], "dtype": "uint8"}}
    steps = [
        dense(3, name="first", inputs="a"),
        dense(5, name="second", inputs="b"),
        {"type": "Rescaling", "name": "third", "scale": 0.5, "inputs": "c"},
        dense(7, name="dropped"),
    ]
    graph = built(net(*steps, inputs=inputs, outputs={"y": "second", "z": "first", "again": "first", "w": "third"}))
    assert {name: str(kind) for name, kind in graph.inputs.items()} == {
        "a": "[4] float32",
        "b": "[n, 4] float64",
        "c": "[2] uint8",
    }
    assert dict(graph.outputs) == {"y": "second", "z": "first", "again": "first", "w": "third"}
    assert [str(kind) for kind in graph.output_types.values()] == [
        "[n, 5] float64",
        "[3] float32",
        "[3] float32",
        "[2] float32",
    ]
    assert [node.name for node in graph.nodes] == ["first", "second", "third"]
    assert dict(built(net(*steps, inputs=inputs, outputs=["third", "second", "first"])).outputs).keys() == {
        "first",
        "second",
        "third",
    }
    assert findings(net(*steps, inputs=inputs, outputs="first")) == ["MS310", "MS310"]


def test_unknown_sizes_go_through_and_branches_meet_again() -> None:
    pool = {"type": "MaxPooling2D", "pool_size": 3, "strides": 2, "padding": "same"}
    spec = net(
        {**pool, "name": "pool"},
        conv(3, strides=2, padding="same", inputs="x", name="side"),
        {"type": "Add", "inputs": ["pool", "side"]},
        pool,
        inputs={"x": {"shape": ["height", 9, 3]}},
    )
    assert list(layers(built(spec)).values()) == [
        *["[(height + 1) // 2, 5, 3] float32"] * 3,
        "[(height + 3) // 4, 3, 3] float32",
    ]
    spec["layers"][1]["strides"] = 1
    assert findings(spec) == ["MS501"]


def test_a_layer_remembers_where_it_comes_from() -> None:
    block = {"parameters": {"n": {"type": "integer"}, "long": {"type": "list"}}, "layers": [dense("${n}")]}
    step = {"block": "b", "with": {"n": "${n}", "long": list(range(9))}}
    text = json.dumps(net({"for": "n", "in": [1, 2], "layers": [step]}, blocks={"b": block}), indent=1)
    node = compiler.elaborate(compiler.loads(text.encode(), "net.json")).nodes[1]
    assert node.origin.pointer == "/blocks/b/layers/0"
    assert str(node.origin.place) == f"net.json:{text[: text.index('Dense')].count(chr(10))}:5"
    assert [frame.text for frame in node.origin.trail] == ["repetition 2 (n = 2)", 'block "b" with n=2, long=a list of 9']


def test_null_is_a_value() -> None:
    assert built(net({"type": "ReLU", "max_value": "${null}"}, conv(1, activation="${null}"))).nodes
    for spec in (
        net({"if": "${null}", "then": []}),
        net({**RELU, "inputs": "${null}"}),
        net({**RELU, "name": "${null}"}),
        net(RELU, data_format="${null}"),
        net(RELU, inputs={"x": {"shape": "${null}"}}),
        net(RELU, parameters={"p": {"type": "list", "default": "${null}"}}),
    ):
        assert len(findings(spec)) == 1


def test_computed_values_are_bounded() -> None:
    assert findings(net({"for": "i", "in": {"range": "${round(n)}"}, "layers": []}), n=1e300) == ["MS402"]
    assert findings(
        net(
            RELU,
            {"for": "i", "in": {"range": "${round(n)}"}, "layers": []},
            parameters={"n": {"type": "number", "default": 1e300}},
        )
    ) == ["MS405"]
    doubled = {f"p{i}": {"type": "list", "default": f"${{[{', '.join([f'p{i - 1}'] * 10)}]}}" if i else [0]} for i in range(12)}
    assert findings(net(RELU, parameters=doubled)) == ["MS405"]
    nested = {f"p{i}": {"type": "list", "default": f"${{[p{i - 1}]}}" if i else [0]} for i in range(100)}
    assert findings(net(RELU, parameters=nested)) == ["MS405"]
    text = {"type": "string", "default": "x" * MAX_LENGTH}
    assert findings(net({**RELU, "name": "${s}${s}"}, parameters={"s": text})) == ["MS405"]


def test_names_are_ascii() -> None:
    assert NAME == r"^[A-Za-z][A-Za-z0-9_]{0,63}$"
    for name in ("ａ", "é", "a\u202e", "a\n", "_a", "1", "a" * 65, "a.b", "a/b"):
        for spec in (
            net({**RELU, "name": name}),
            net({**RELU, "name": f"${{'{name}'}}"}),
            {**net(RELU), "name": name},
            net(RELU, blocks={name: {"layers": []}}),
        ):
            with pytest.raises(SpecError) as caught:
                modelspec.elaborate(spec)
            assert [finding.code for finding in caught.value.diagnostics] in (["MS207"], ["MS401"]), (name, spec)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [[0] * 1001, [[0] * 400] * 3, nested(200)], ids=["long", "long inside", "deep"])
def test_a_list_that_is_too_large_is_refused(value: list[Any]) -> None:
    document = {
        "format_version": 1,
        "name": "net",
        "parameters": {"sizes": {"type": "list", "default": [1]}},
        "inputs": {"x": {"shape": [4]}},
        "layers": [{"type": "ReLU"}],
    }
    with pytest.raises(modelspec.SpecError, match=r"MS307 sizes is .* it must be a list of at most 1,000 items"):
        modelspec.elaborate(document, {"sizes": value})


def test_a_block_may_read_one_number_which_has_no_channels() -> None:
    one = {"inputs": {"x": {"shape": [1]}}}
    scalar = {"type": "Reshape", "target_shape": []}
    blocks = {"b": {"layers": [{"type": "Rescaling", "scale": "${len(input.shape) + 2}"}]}}
    assert [node.output.shape for node in built(net(scalar, {"block": "b"}, blocks=blocks, **one)).nodes] == [(), ()]
    blocks = {"b": {"layers": [{"type": "Dense", "units": "${input.channels}"}]}}
    assert findings(net(scalar, {"block": "b"}, blocks=blocks, **one)) == ["MS403"]
