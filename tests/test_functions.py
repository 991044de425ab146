"""``--functions``: repeated blocks as ONNX functions, which compute what the inlined layers do, to the bit."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray

import modelspec
from modelspec import weights
from modelspec.cli import main
from modelspec.diagnostics import SpecError
from modelspec_onnx import untrusted
from modelspec_onnx.lowering import Lowered

NET: dict[str, Any] = {
    "format_version": 1,
    "name": "net",
    "inputs": {"image": {"shape": ["height", "width", 3]}},
    "blocks": {
        "conv_bn": {
            "parameters": {"filters": {"type": "integer"}, "strides": {"type": "integer", "default": 1}},
            "layers": [
                {"type": "Conv2D", "filters": "${filters}", "kernel_size": 3, "padding": "same", "strides": "${strides}"},
                {"type": "BatchNormalization"},
                {"type": "ReLU"},
            ],
        },
        "residual": {
            "parameters": {"filters": {"type": "integer"}},
            "layers": [
                {"block": "conv_bn", "name": "first", "with": {"filters": "${filters}"}},
                {"block": "conv_bn", "name": "second", "with": {"filters": "${filters}"}},
                {"type": "Add", "inputs": ["second", "input"]},
            ],
        },
        "gated": {
            "inputs": ["value", "gate"],
            "layers": [
                {"type": "Activation", "activation": "sigmoid", "inputs": "gate", "name": "open"},
                {"type": "Multiply", "inputs": ["value", "open"]},
            ],
        },
        "split": {
            "outputs": ["bent", "straight"],
            "layers": [
                {"type": "Conv2D", "filters": 4, "kernel_size": 1, "name": "straight"},
                {"type": "Activation", "activation": "softplus", "name": "bent"},
            ],
        },
        "once": {"layers": [{"type": "Conv2D", "filters": 2, "kernel_size": 1}]},
    },
    "layers": [
        {"block": "conv_bn", "name": "stem", "with": {"filters": 4, "strides": 2}},
        {"for": "i", "in": {"range": 3}, "layers": [{"block": "residual", "with": {"filters": 4}}], "name": "deep"},
        {"block": "split", "name": "left"},
        {"block": "split", "name": "right", "inputs": "deep"},
        {"block": "gated", "name": "both", "inputs": ["left.bent", "right.straight"]},
        {"block": "gated", "name": "again", "inputs": ["both", "right.bent"]},
        {"type": "ReLU", "name": "seen"},
        {"block": "once", "name": "end"},
        {"type": "GlobalAveragePooling2D", "name": "pooled"},
        {"type": "Dense", "units": 3, "name": "scores"},
    ],
    "outputs": ["scores", "seen"],
}
"""A loop, blocks in a block, a block with two inputs, one with two outputs, one that is called once, and a free size."""
NETWORKS = {
    "densenet121": ([64, 64, 3], 1),
    "efficientnet": ([64, 64, 3], 0),
    "inception_v3": ([75, 75, 3], 1),
    "mobilenet_v2": ([64, 64, 3], 0),
    "resnet50": ([64, 64, 3], 1),
    "xception": ([71, 64, 3], 0),
    "xception_imagenet": ([71, 71, 3], 1),
}
"""The shipped networks that repeat blocks, with a size that is quickly run, and a level of optimisation."""
IMAGE = np.random.default_rng(0).uniform(0, 1, (2, 9, 8, 3)).astype(np.float32)


def run(model: bytes | str, inputs: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, inputs)


def calls(native: onnx.ModelProto) -> dict[str, str]:
    """Return the function of each call."""
    return {node.name: node.op_type for node in native.graph.node if node.domain == "modelspec"}


def compiled(**options: Any) -> onnx.ModelProto:
    return modelspec.compile(NET, "onnx", functions=True, **options).native


@pytest.mark.parametrize("name", NETWORKS)
def test_shipped_networks_compute_the_same_to_the_bit(name: str) -> None:
    shape, level = NETWORKS[name]
    graph = modelspec.elaborate(name, {"input_shape": shape})
    arrays = weights.drawn(graph, 0)
    inline, made = (
        modelspec.compile(graph, "onnx", weights=arrays, optimize=level, functions=it).native for it in (False, True)
    )
    onnx.checker.check_model(made, full_check=True)
    used = Counter(calls(made).values())
    assert {it.name for it in made.functions} == used.keys()
    assert max(used.values()) > 2, "a body is shared"
    assert len(made.graph.node) < len(inline.graph.node) / 2
    pixels = {"image": np.random.default_rng(0).uniform(0, 255, (1, *shape)).astype(np.float32)}
    for wanted, array in zip(*(run(it.SerializeToString(), pixels) for it in (inline, made)), strict=True):
        assert np.array_equal(wanted, array)


def test_each_body_is_a_function_and_each_call_a_node() -> None:
    native = compiled()
    onnx.checker.check_model(native, full_check=True)
    assert calls(native) == {
        "stem": "conv_bn",
        "deep_1": "residual",
        "deep_2": "residual",
        "deep_3": "residual",
        "left": "split",
        "right": "split",
        "both": "gated",
        "again": "gated",
    }
    assert [it.name for it in native.functions] == ["conv_bn", "residual", "split", "gated"]
    assert "end/conv2d" in {node.name for node in native.graph.node}, "a block that is called once stays inline"
    assert [(it.domain, it.version) for it in native.opset_import] == [("", 17), ("modelspec", 1)]


def test_a_function_has_what_its_calls_have_in_common() -> None:
    (function,) = (it for it in compiled().functions if it.name == "split")
    assert function.domain == "modelspec"
    assert [(it.domain, it.version) for it in function.opset_import] == [("", 17)]
    assert list(function.input) == ["input", "straight/kernel", "straight/bias"]
    assert list(function.output) == ["straight", "bent"], "what any of the calls is asked for"
    assert [node.op_type for node in function.node] == ["Conv", "Softplus"]
    assert [node.name for node in function.node] == ["straight", "bent"]
    metadata = {it.key: it.value for it in function.node[1].metadata_props}
    assert metadata == {
        "modelspec.layer": "bent",
        "modelspec.type": "Activation",
        "modelspec.pointer": "/blocks/split/layers/1",
    }
    assert not function.attribute


def test_a_call_says_where_it_is_written_and_reads_its_weights() -> None:
    (call,) = (node for node in compiled().graph.node if node.name == "right")
    assert list(call.input)[1:] == ["right/straight/kernel", "right/straight/bias"]
    assert {it.key: it.value for it in call.metadata_props} == {
        "modelspec.block": "split",
        "modelspec.pointer": "/layers/3",
    }


def test_what_calls_of_one_body_differ_in_is_an_attribute() -> None:
    step = {"block": "conv", "with": {"strides": "${s}"}}
    spec = {
        "format_version": 1,
        "name": "net",
        "inputs": NET["inputs"],
        "blocks": {
            "conv": {
                "parameters": {"strides": {"type": "integer"}},
                "layers": [
                    {"type": "Conv2D", "filters": 4, "kernel_size": 1, "strides": "${strides}", "name": "conv"},
                    {"type": "LeakyReLU", "negative_slope": "${strides / 10}", "name": "leaky"},
                ],
            }
        },
        "layers": [{"for": "s", "in": [1, 2, 1], "layers": [step], "name": "deep"}, {"type": "GlobalAveragePooling2D"}],
    }
    plain, model = (modelspec.compile(spec, "onnx", functions=it) for it in (False, True))
    (function,) = model.native.functions
    assert list(function.attribute) == ["conv/strides", "leaky/alpha"]
    given = {
        node.name: {it.name: onnx.helper.get_attribute_value(it) for it in node.attribute} for node in model.native.graph.node
    }
    assert [given[name]["conv/strides"] for name in ("deep_1", "deep_2", "deep_3")] == [[1, 1], [2, 2], [1, 1]]
    assert [round(given[name]["leaky/alpha"], 6) for name in ("deep_1", "deep_2", "deep_3")] == [0.1, 0.2, 0.1]
    onnx.checker.check_model(model.native, full_check=True)
    for name, array in plain(IMAGE).items():
        assert np.array_equal(array, model(IMAGE)[name])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"optimize": 1},
        {"precision": "fp16"},
        {"precision": "fp16", "optimize": 1},
        {"target": "opset==23"},
        {"target": "ort==1.13"},
        {"io_layout": "channels_first"},
        {"dtype": "float64"},
    ],
    ids=str,
)
def test_options_go_with_functions(options: dict[str, Any]) -> None:
    image: NDArray[Any] = IMAGE.transpose(0, 3, 1, 2) if "io_layout" in options else IMAGE
    image = image.astype(np.float64) if "dtype" in options else image
    plain, model = (modelspec.compile(NET, "onnx", functions=it, **options) for it in (False, True))
    onnx.checker.check_model(model.native, full_check=True)
    assert len(model.native.functions) >= 4
    made = model(image)
    for name, array in plain(image).items():
        assert np.array_equal(array, made[name]), name


def test_bfloat16_has_functions_too() -> None:
    onnx.checker.check_model(compiled(precision="bf16"), full_check=True)


def test_the_official_library_writes_the_same_bytes() -> None:
    data = b"".join(modelspec.compile(NET, "onnx", functions=True)._lowered.chunks())
    assert onnx.ModelProto.FromString(data).SerializeToString(deterministic=True) == data


def test_weights_may_stand_beside_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lowered, "is_large", True)
    model = modelspec.compile(NET, "onnx", functions=True)
    path, _ = model.save(tmp_path / "net.onnx")
    onnx.checker.check_model(path, full_check=True)
    made = run(str(path), {"image": IMAGE})
    monkeypatch.undo()
    for wanted, array in zip(modelspec.compile(NET, "onnx")(IMAGE).values(), made, strict=True):
        assert np.array_equal(wanted, array)


def test_without_repeated_blocks_the_file_stays_as_it_is() -> None:
    spec = {**NET, "layers": NET["layers"][-3:], "outputs": ["scores"]}
    plain, model = (b"".join(modelspec.compile(spec, "onnx", functions=it)._lowered.chunks()) for it in (False, True))
    assert plain == model


def test_layers_inside_a_function_cannot_be_asked_for() -> None:
    model = modelspec.compile(NET, "onnx", functions=True)
    visible = model.run({"image": IMAGE}, ["left/straight", "pooled"])
    for wanted, array in zip(
        modelspec.compile(NET, "onnx").run({"image": IMAGE}, ["left/straight", "pooled"]), visible, strict=True
    ):
        assert np.array_equal(wanted, array)
    with pytest.raises(SpecError, match="MS704 layers inside an ONNX function cannot be looked into"):
        model.run({"image": IMAGE}, ["stem/conv2d"])


@pytest.mark.parametrize(
    ("backend", "options", "words"),
    [
        ("onnx", {"optimize": 2}, "-O2 writes what ONNX Runtime makes of a model"),
        ("onnx", {"precision": "int8", "calibration": [{"image": IMAGE}]}, "int8 finds a scale for each layer"),
        ("onnx", {"target": "ort==1.12"}, "1.13 is the first that runs functions with attributes"),
        ("keras", {}, "a Keras model has no functions"),
        ("torch", {}, "a PyTorch model has no functions"),
    ],
)
def test_what_has_no_functions_is_refused(backend: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=f"MS704 .*{words}"):
        modelspec.compile(NET, backend, functions=True, weights="not-there.safetensors", **options)


def test_the_outermost_block_that_has_its_equal_is_the_function() -> None:
    """``outer`` is called twice, never alike; its inner blocks are."""
    dense = {"type": "Dense", "units": 4}
    spec = {
        "format_version": 1,
        "name": "net",
        "inputs": {"x": {"shape": [4]}},
        "blocks": {
            "inner": {"layers": [dense, {"type": "ReLU"}]},
            "outer": {
                "parameters": {"bent": {"type": "boolean"}},
                "layers": [
                    {"block": "inner"},
                    {"if": "${bent}", "then": [{"type": "Activation", "activation": "tanh"}]},
                    {"block": "inner"},
                ],
            },
            "alone": {
                "parameters": {"bent": {"type": "boolean"}},
                "layers": [dense, {"if": "${bent}", "then": [{"type": "Activation", "activation": "tanh"}]}],
            },
        },
        "layers": [
            {"block": "outer", "with": {"bent": True}},
            {"block": "outer", "with": {"bent": False}},
            {"block": "alone", "with": {"bent": True}},
            {"block": "alone", "with": {"bent": False}},
        ],
    }
    assert calls(modelspec.compile(spec, "onnx", functions=True).native) == {
        "outer/inner": "inner",
        "outer/inner_2": "inner",
        "outer_2/inner": "inner",
        "outer_2/inner_2": "inner",
        "alone": "alone",
        "alone_2": "alone_2",
    }


def test_names_in_a_function_do_not_collide() -> None:
    """A tensor from outside is called input, and so is a layer."""
    spec = {
        "format_version": 1,
        "name": "net",
        "inputs": {"x": {"shape": [4]}},
        "blocks": {
            "twice": {
                "inputs": ["a", "b"],
                "layers": [{"type": "ReLU", "inputs": "a", "name": "input"}, {"type": "Add", "inputs": ["input", "b"]}],
            }
        },
        "layers": [
            {"type": "ELU", "name": "start"},
            {"block": "twice", "inputs": ["start", "x"], "name": "one"},
            {"block": "twice", "inputs": ["one", "start"], "name": "two"},
        ],
    }
    model = modelspec.compile(spec, "onnx", functions=True)
    (function,) = model.native.functions
    assert list(function.input) == ["input_2", "input_3"]
    onnx.checker.check_model(model.native, full_check=True)
    x = np.array([[-1, 0, 1, 2]], np.float32)
    for name, array in modelspec.compile(spec, "onnx")(x).items():
        assert np.array_equal(array, model(x)[name])


def test_the_command_writes_files_that_are_run_and_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inline, made = tmp_path / "inline.onnx", tmp_path / "functions.onnx"
    command = ["compile", "xception", "--backend", "onnx", "--param", "input_shape=[71, 64, 3]", "-o"]
    assert main([*command, str(inline)]) == 0
    assert main([*command, str(made), "--functions"]) == 0
    assert not onnx.load(inline).functions
    untrusted.checked(made.read_bytes(), made.name)
    image = tmp_path / "image.npy"
    np.save(image, np.random.default_rng(0).uniform(0, 255, (1, 71, 64, 3)).astype(np.float32))
    assert main(["run", str(made), "--input", str(image)]) == 0
    assert main(["verify", str(inline), "--against", str(made)]) == 0
    assert "equal: inline.onnx = functions.onnx" in capsys.readouterr().out


def test_a_tensor_in_another_file_is_found_in_a_function() -> None:
    native = compiled()
    hidden = onnx.helper.make_tensor("hidden", onnx.TensorProto.FLOAT, [1], [0.0])
    hidden.ClearField("float_data")
    hidden.data_location = onnx.TensorProto.EXTERNAL
    hidden.external_data.add(key="location", value="/etc/passwd")
    native.functions[0].node.append(onnx.helper.make_node("Constant", [], ["c"], value=hidden))
    with pytest.raises(SpecError, match="MS807"):
        untrusted.checked(native.SerializeToString(), "functions.onnx")
