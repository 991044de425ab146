"""The ONNX file: standard, small, and readable back to the spec."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from gates import document, images, random_weights

import modelspec
from modelspec.source import pointer
from modelspec_onnx.targets import DEFAULT, OPSETS

NAMES = ["xception", "xception_imagenet"]
SMALL = {"input_shape": [71, 64, 3], "num_classes": 5}


@pytest.mark.parametrize("opset", [None, *OPSETS])
@pytest.mark.parametrize("name", NAMES)
def test_every_operator_set_passes_the_full_checker_and_loads(name: str, opset: int | None) -> None:
    model = modelspec.compile(name, "onnx", parameters=SMALL, target=opset and f"opset=={opset}")
    onnx.checker.check_model(model.native, full_check=True)
    (imported,) = model.native.opset_import
    assert (imported.domain, imported.version) == ("", opset or DEFAULT.opset)
    assert model.native.ir_version == max(9, onnx.helper.find_min_ir_version_for([imported]))
    if (opset or DEFAULT.opset) <= 20:
        assert model.native.ir_version == 9, "what ONNX Runtime 1.17 reads"
    session = onnxruntime.InferenceSession(model.native.SerializeToString(), providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {"image": images((3, 71, 64, 3), seed=0)})
    assert output.shape == (3, 5)


@pytest.mark.parametrize("name", NAMES)
def test_operator_sets_agree_to_the_bit(name: str) -> None:
    pixels = images((2, 71, 64, 3), seed=0)
    weights = random_weights(modelspec.elaborate(name, SMALL), seed=0)
    outputs = [
        modelspec.compile(name, "onnx", parameters=SMALL, weights=weights, target=f"opset=={opset}")(pixels)
        for opset in (17, OPSETS[-1])
    ]
    assert np.array_equal(outputs[0]["predictions"], outputs[1]["predictions"])


@pytest.mark.parametrize("name", NAMES)
def test_the_batch_is_free_and_so_are_named_sizes(name: str) -> None:
    model = modelspec.compile(name, "onnx", parameters={"input_shape": ["height", "width", 3], "num_classes": 5})
    dims = [dim.dim_param or dim.dim_value for dim in model.native.graph.input[0].type.tensor_type.shape.dim]
    assert dims == ["batch", "height", "width", 3]
    dims = [dim.dim_param or dim.dim_value for dim in model.native.graph.output[0].type.tensor_type.shape.dim]
    assert dims == ["batch", 5]


@pytest.mark.parametrize("name", NAMES)
def test_no_transpose_between_layers(name: str) -> None:
    nodes = modelspec.compile(name, "onnx", parameters=SMALL).native.graph.node
    assert [node.op_type for node in nodes].index("Transpose") == 0
    assert Counter(node.op_type for node in nodes)["Transpose"] == 1
    nodes = modelspec.compile(name, "onnx", parameters=SMALL, io_layout="channels_first").native.graph.node
    assert Counter(node.op_type for node in nodes)["Transpose"] == 0


@pytest.mark.parametrize("name", NAMES)
def test_every_node_says_which_layer_of_the_spec_it_is(name: str) -> None:
    graph = modelspec.elaborate(name, SMALL)
    written = {node.name: node.origin.pointer for node in graph.nodes}
    model = modelspec.compile(name, "onnx", parameters=SMALL)
    spec = modelspec.load(name)
    pointers = {pointer(path) for path in spec.source.spans}
    seen: set[str] = set()
    for node in model.native.graph.node[1:]:
        metadata = {item.key: item.value for item in node.metadata_props}
        layer = next(
            layer for layer in (metadata["modelspec.layer"], metadata["modelspec.layer"].rpartition("/")[0]) if layer in written
        )
        assert metadata["modelspec.pointer"] == written[layer]
        assert metadata["modelspec.pointer"] in pointers
        assert node.name.startswith(layer)
        seen.add(layer)
    assert seen == written.keys(), "every layer is there"


@pytest.mark.parametrize("name", NAMES)
def test_tensors_and_weights_have_the_names_of_the_spec(name: str) -> None:
    graph = modelspec.elaborate(name, SMALL)
    native = modelspec.compile(name, "onnx", parameters=SMALL).native
    assert {node.value for node in graph.nodes} <= {output for node in native.graph.node for output in node.output}
    assert set(graph.weights) <= {tensor.name for tensor in native.graph.initializer}


def test_the_same_bytes_in_every_process_and_folder(tmp_path: Path) -> None:
    files: set[bytes] = set()
    for number, seed in enumerate(("0", "1", "random")):
        folder = tmp_path / f"folder{number}"
        folder.mkdir()
        command = [sys.executable, "-m", "modelspec", "compile", "xception", "--backend", "onnx", "-o", "out.onnx"]
        subprocess.run(command, cwd=folder, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True)
        files.add((folder / "out.onnx").read_bytes())
    assert len(files) == 1
    (data,) = files
    assert str(tmp_path).encode() not in data


def test_an_output_may_have_a_name_of_its_own() -> None:
    spec = document("xception")
    spec["outputs"] = {"rescaling": "predictions", "scores": "predictions"}
    model = modelspec.compile(spec, "onnx", parameters=SMALL)
    onnx.checker.check_model(model.native, full_check=True)
    found = model(images((1, 71, 64, 3), seed=0))
    assert list(found) == ["rescaling", "scores"]
    assert np.array_equal(found["rescaling"], found["scores"])
    assert model.intermediates(images((1, 71, 64, 3), seed=0))["rescaling"].shape == (1, 71, 64, 3)
