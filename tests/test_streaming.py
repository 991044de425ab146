"""ONNX files are written a tensor at a time, without the import of onnx, and are what onnx itself would write."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from cases import CASES

import modelspec
from modelspec import files, library
from modelspec.cli import main
from modelspec.diagnostics import SpecError
from modelspec_onnx.messages import ELEMENT_TYPE, attribute
from modelspec_onnx.targets import NEEDS_IR
from modelspec_onnx.wire import varint

COMPILE = """
import sys
from modelspec.cli import main
assert main(["compile", sys.argv[1], "--backend", "onnx", "-o", *sys.argv[2:]]) == 0
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
print(*[name for name in ("onnx", "onnxruntime", "google.protobuf") if name in sys.modules])
"""


def compiled(spec: str, path: Path, *more: str) -> tuple[int, str]:
    """Return the most KiB that a process held which compiled a spec, and what it imported of ONNX's packages."""
    done = subprocess.run([sys.executable, "-c", COMPILE, spec, str(path), *more], capture_output=True, text=True, check=True)
    held, imported = done.stdout.splitlines()[-2:]
    return int(held), imported


def rewritten(data: bytes) -> bytes:
    return onnx.ModelProto.FromString(data).SerializeToString(deterministic=True)


@pytest.mark.parametrize("name", library.names())
def test_the_official_library_writes_the_same_bytes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    assert main(["compile", name, "--backend", "onnx", "-o", str(path)]) == 0
    data = path.read_bytes()
    assert rewritten(data) == data


def test_so_it_does_for_every_case_of_every_layer() -> None:
    written, odd = 0, []
    for case in CASES:
        try:
            model = modelspec.compile(case.document, "onnx")
        except modelspec.SpecError:
            continue
        written += 1
        data = b"".join(model._lowered.chunks())
        if rewritten(data) != data:
            odd.append(case.id)
    assert not odd
    assert written > 1000


def test_element_types_and_versions_are_those_of_onnx() -> None:
    names = {"float32": "FLOAT", "float64": "DOUBLE"}
    assert {name: getattr(onnx.TensorProto, names.get(name, name.upper())) for name in ELEMENT_TYPE} == ELEMENT_TYPE
    for opset, version in NEEDS_IR.items():
        assert version == onnx.helper.find_min_ir_version_for([onnx.helper.make_opsetid("", opset)])


@pytest.mark.parametrize(
    "value", [0, 1, -1, 127, 128, 2**31, 2**63 - 1, -(2**63), 0.1, "text", "ü", [0, 300], [0.5, 1], ["a", ""]]
)
def test_attributes_are_those_of_onnx(value: object) -> None:
    assert attribute("name", value) == onnx.helper.make_attribute("name", value).SerializeToString(deterministic=True)


def test_an_attribute_without_values_has_no_type() -> None:
    with pytest.raises(ValueError, match="pads is empty"):
        attribute("pads", [])


def test_a_negative_integer_takes_ten_bytes() -> None:
    assert varint(-1) == b"\xff" * 9 + b"\x01"


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell what a process held")
@pytest.mark.parametrize("source", ["drawn", "of a file"])
def test_the_weights_are_never_all_in_memory(source: str, tmp_path: Path) -> None:
    large, weights, more = tmp_path / "large.onnx", str(tmp_path / "w.safetensors"), list[str]()
    if source != "drawn":
        assert main(["weights", "make", "xception_imagenet", "-o", weights]) == 0
        more = ["--weights", weights]
    (least, _), (most, _) = compiled("kernels/identity", tmp_path / "small.onnx"), compiled("xception_imagenet", large, *more)
    assert (most - least) * 1024 < large.stat().st_size / 2


def test_compiling_imports_no_onnx(tmp_path: Path) -> None:
    _, imported = compiled("xception", tmp_path / "model.onnx")
    assert imported == ""


def test_compiling_imports_the_families_of_the_spec_alone(tmp_path: Path) -> None:
    families = ("modelspec.layers.pooling", "modelspec.layers.recurrent")
    code = COMPILE.replace('("onnx", "onnxruntime", "google.protobuf")', str(families))
    command = [sys.executable, "-c", code, "xception", str(tmp_path / "model.onnx")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1] == families[0]


MIB = 2**20


def _chunks(count: int, wait: Callable[[], object] = lambda: None) -> Iterator[bytes]:
    """Yield chunks of a mebibyte, and wait for something before the last."""
    yield from (bytes([number]) * MIB for number in range(count - 1))
    wait()
    yield bytes(MIB)


def test_the_disk_gets_chunks_while_others_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, began = list[int](), threading.Event()

    def fsync(handle: int) -> None:
        sizes.append(os.fstat(handle).st_size)
        began.set()

    monkeypatch.setattr(os, "fsync", fsync)
    path = files.write(tmp_path / "chunks", _chunks(20, lambda: began.wait(60)))
    assert path.read_bytes() == b"".join(_chunks(20))
    assert 0 < sizes[0] < 20 * MIB
    assert 20 * MIB in sizes, "and all of them before the file gets its name"


def _no_more() -> None:
    raise RuntimeError("no more")


def test_nothing_is_left_where_a_chunk_cannot_be_made(tmp_path: Path) -> None:
    threads = threading.active_count()
    with pytest.raises(RuntimeError, match="no more"):
        files.write(tmp_path / "chunks", _chunks(20, _no_more))
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == threads


@pytest.mark.parametrize("when", ["meanwhile", "at the end"])
def test_nothing_is_left_where_the_disk_fails(when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chunks").write_bytes(b"as it was")
    began = threading.Event()

    def fsync(handle: int) -> None:
        began.set()
        if (threading.current_thread() is threading.main_thread()) == (when == "at the end"):
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(SpecError, match=r"MS805 .*chunks cannot be written: Input/output error"):
        files.write(tmp_path / "chunks", _chunks(20, lambda: began.wait(60)))
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("chunks", b"as it was")]


def test_what_is_done_to_the_native_model_counts(tmp_path: Path) -> None:
    model = modelspec.compile("kernels/identity", "onnx")
    image = np.random.default_rng(0).uniform(0, 255, (1, 5, 6, 3)).astype(np.float32)
    before = next(iter(model(image).values()))
    model = modelspec.compile("kernels/identity", "onnx")
    model.native.producer_name = "edited"
    for tensor in model.native.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            tensor.raw_data = (2 * onnx.numpy_helper.to_array(tensor)).tobytes()
    np.testing.assert_array_equal(next(iter(model(image).values())), 2 * before, "twice a number rounds as the number does")
    (path,) = model.save(tmp_path / "edited.onnx")
    assert onnx.load(path).producer_name == "edited"


def test_a_model_of_more_than_2_gib_has_its_weights_beside_it(tmp_path: Path) -> None:
    """Ten matrices that change nothing, of 7,400 rows and columns, and biases of one."""
    dense = {"type": "Dense", "units": "${n}", "kernel_initializer": {"type": "Identity"}, "bias_initializer": "ones"}
    spec = {
        "format_version": 1,
        "name": "wide",
        "parameters": {"n": {"type": "integer", "default": 7400}},
        "inputs": {"x": {"shape": ["${n}"]}},
        "layers": [{"for": "i", "in": "${[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}", "layers": [dense]}],
    }
    model = modelspec.compile(spec, "onnx")
    written = model.save(tmp_path / "wide.onnx")
    try:
        assert written == [tmp_path / "wide.onnx", tmp_path / "wide.onnx.data"]
        assert written[1].stat().st_size > 2**31
        assert written[0].stat().st_size < 10_000
        onnx.checker.check_model(written[0])
        tensors = onnx.load(written[0], load_external_data=False).graph.initializer
        places = [{item.key: item.value for item in tensor.external_data} for tensor in tensors]
        assert {place["location"] for place in places} == {"wide.onnx.data"}
        assert all(int(place["offset"]) % 4096 == 0 for place in places)
    finally:
        for path in written:
            path.unlink()
    x = np.random.default_rng(0).uniform(-1, 1, (1, 7400)).astype(np.float32)
    wanted = x
    for _ in range(10):
        wanted = wanted + np.float32(1)
    np.testing.assert_array_equal(next(iter(model(x).values())), wanted, "all other products are 0, and round nothing")
    with pytest.raises(modelspec.SpecError, match="MS703 the weights pass the 2 GiB that one ONNX message holds"):
        _ = model.native
