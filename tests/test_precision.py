"""Narrower types and 8-bit integers: what a model computes in, while its inputs and outputs stay as the spec has them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

import modelspec
from modelspec.calibration import ROWS, batches, split
from modelspec.cli import main

SPEC = {
    "format_version": 1,
    "name": "small",
    "inputs": {"image": {"shape": [16, 17, 3]}},
    "layers": [
        {"type": "Rescaling", "scale": "${1 / 255}"},
        {"type": "Conv2D", "filters": 8, "kernel_size": 3, "padding": "same", "name": "first"},
        {"type": "BatchNormalization"},
        {"type": "ReLU", "name": "seen"},
        {"type": "SeparableConv2D", "filters": 8, "kernel_size": 3, "strides": 2, "name": "second"},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "units": 5, "name": "scores"},
    ],
    "outputs": ["scores", "seen"],
}
RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.uniform(0, 255, (80, 16, 17, 3)).astype(np.float32)


def made(**options: object) -> dict[str, np.ndarray]:
    return modelspec.compile(SPEC, "onnx", **options)(IMAGES[:4])  # pyright: ignore[reportArgumentType]


def far(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def test_fp16_computes_in_float16_between_inputs_and_outputs_of_the_spec() -> None:
    model = modelspec.compile(SPEC, "onnx", precision="fp16")
    onnx.checker.check_model(model.native, full_check=True)
    kinds = {it.name: it.type.tensor_type.elem_type for it in [*model.native.graph.input, *model.native.graph.output]}
    assert kinds == dict.fromkeys(("image", "scores", "seen"), onnx.TensorProto.FLOAT)
    weights = [it for it in model.native.graph.initializer if len(it.dims) == 4]
    assert {it.data_type for it in weights} == {onnx.TensorProto.FLOAT16}
    exact = made()
    for name, array in model(IMAGES[:4]).items():
        assert array.dtype == np.float32
        assert 1e-6 < far(array, exact[name]) < 5e-3


def test_a_value_that_is_returned_and_read_stays_narrow_inside() -> None:
    spec = {
        "format_version": 1,
        "name": "dense",
        "inputs": {"x": {"shape": [3]}},
        "layers": [{"type": "Dense", "units": 4, "name": "first"}, {"type": "ReLU", "name": "last"}],
        "outputs": ["first", "last"],
    }
    nodes = modelspec.compile(spec, "onnx", precision="fp16").native.graph.node
    read = {node.name: node.input[0] for node in nodes}
    assert read == {
        "x_float16": "x",
        "first": "x_float16",
        "first_float32": "first_float16",
        "last": "first_float16",
        "last_float32": "last_float16",
    }


def test_bf16_is_written_in_an_operator_set_that_has_it() -> None:
    native = modelspec.compile(SPEC, "onnx", precision="bf16").native
    onnx.checker.check_model(native, full_check=True)
    assert native.opset_import[0].version >= 22
    assert onnx.TensorProto.BFLOAT16 in {it.data_type for it in native.graph.initializer}


def test_integers_in_and_out_are_not_cast() -> None:
    spec = {**SPEC, "inputs": {"image": {"shape": [16, 17, 3], "dtype": "uint8"}}}
    model = modelspec.compile(spec, "onnx", precision="fp16")
    assert model.native.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
    exact = modelspec.compile(spec, "onnx")(IMAGES[:2].astype(np.uint8))
    for name, array in model(IMAGES[:2].astype(np.uint8)).items():
        assert far(array, exact[name]) < 5e-3


def test_int8_runs_convolutions_in_integers_and_stays_near() -> None:
    data = [{"image": IMAGES[start : start + 8]} for start in range(0, 64, 8)]
    model = modelspec.compile(SPEC, "onnx", precision="int8", calibration=data)
    kinds = Counter(it.op_type for it in model.native.graph.node)
    assert kinds["BatchNormalization"] == 0
    assert kinds["QuantizeLinear"]
    kernels = {it.name: it for it in model.native.graph.initializer if len(it.dims) == 4}
    assert {it.data_type for it in kernels.values()} == {onnx.TensorProto.INT8}
    scales = [it for it in model.native.graph.initializer if it.name.endswith("kernel_scale")]
    assert {tuple(it.dims) for it in scales} >= {(8,)}, "one for each channel"
    assert {it.key: it.value for it in model.native.metadata_props} == {"modelspec.precision": "int8"}
    exact = made()
    for name, array in model(IMAGES[:4]).items():
        assert 1e-4 < far(array, exact[name]) < 0.05


def test_8_bit_products_do_not_saturate() -> None:
    """As they would on processors without VNNI; with ONNX Runtime's optimisations off, the same file computes in floats."""
    model = modelspec.compile(SPEC, "onnx", precision="int8", calibration=[{"image": IMAGES}])
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    floats = onnxruntime.InferenceSession(model.native.SerializeToString(), options, providers=["CPUExecutionProvider"])
    wanted = floats.run(["scores", "seen"], {"image": IMAGES[:8]})
    found = model(IMAGES[:8])
    assert far(found["seen"], wanted[1]) < 2e-3
    assert far(found["scores"], wanted[0]) < 5e-3


def test_layers_can_be_kept() -> None:
    data = [{"image": IMAGES[:32]}]
    model = modelspec.compile(SPEC, "onnx", precision="int8", calibration=data, keep=["second", "scores"])
    floats = {it.name for it in model.native.graph.initializer if it.data_type == onnx.TensorProto.FLOAT and len(it.dims) > 1}
    assert {name.partition("/")[0] for name in floats} == {"second", "scores"}
    with pytest.raises(modelspec.SpecError, match=r'MS704 .*no layer "secnd"(?s:.*)did you mean "second"'):
        modelspec.compile(SPEC, "onnx", precision="int8", calibration=data, keep=["secnd"])


@pytest.mark.parametrize(
    ("backend", "options", "message"),
    [
        ("keras", {"precision": "fp16"}, "fp16 is for inference, but a Keras model is trained"),
        ("torch", {"precision": "int8", "calibration": []}, "int8 is for inference, but a PyTorch model is trained"),
        ("onnx", {"precision": "int8"}, "int8 needs inputs to calibrate on"),
        ("onnx", {"precision": "int8", "calibration": [], "optimize": 2}, "int8 goes up to -O1: its quantizer does not know"),
        ("onnx", {"calibration": []}, "calibration goes with int8, and the precision is fp32"),
        ("onnx", {"precision": "fp16", "keep": ["first"]}, "layers to keep in fp32 goes with int8"),
    ],
)
def test_refusals(backend: str, options: dict, message: str) -> None:
    with pytest.raises(modelspec.SpecError, match=f"MS704 {message}"):
        modelspec.compile(SPEC, backend, **options)


def test_the_verb_says_how_far_int8_is_on_what_it_did_not_see(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "small.json").write_text(json.dumps(SPEC))
    np.save(tmp_path / "seen.npy", IMAGES)
    np.save(tmp_path / "unseen.npy", IMAGES[:3])
    command = ["compile", str(tmp_path / "small.json"), "--backend", "onnx", "--precision", "int8", "-o", str(tmp_path / "x")]
    assert main([*command, "--calibrate", str(tmp_path / "seen.npy")]) == 0
    path, *lines = capsys.readouterr().out.splitlines()
    assert path == str(tmp_path / "x.onnx")
    assert [line.partition(" differs")[0] for line in lines] == [
        "int8 against fp32 on 16 held out: scores",
        "int8 against fp32 on 16 held out: seen",
    ]
    assert "the best class the same in" in lines[0]
    assert main([*command, "--calibrate", str(tmp_path / "seen.npy"), "--held-out", str(tmp_path / "unseen.npy")]) == 0
    assert "on 3 held out" in capsys.readouterr().out
    assert main([*command, "--calibrate", str(tmp_path / "unseen.npy")]) == 1
    assert "there is 1 batch to calibrate on, too few to hold one out" in capsys.readouterr().err


def test_folders_photos_and_arrays_are_batches(tmp_path: Path) -> None:
    from PIL import Image

    types = modelspec.elaborate(SPEC).inputs
    (tmp_path / "1").mkdir()
    for number, name in enumerate(("0.png", "1/1.png", "2.png")):
        Image.fromarray(IMAGES[number].astype(np.uint8)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    np.save(tmp_path / "more.npy", IMAGES[: ROWS + 1])
    made = [batch()["image"].shape[0] for batch in batches(types, [str(tmp_path)])]
    assert made == [1, 1, 1, ROWS, 1]
    with pytest.raises(modelspec.SpecError, match=r"MS801 there is no photo or array in"):
        (tmp_path / "empty").mkdir()
        batches(types, [str(tmp_path / "empty")])


def test_one_batch_in_five_is_held_out() -> None:
    every = [dict for _ in range(11)]
    calibration, held = split(every)
    assert (len(calibration), len(held)) == (9, 2)
