"""Files from elsewhere: damaged, hostile, or only unusual. Each gives an answer or a finding, never a traceback."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from gates import images
from onnx import TensorProto, helper
from PIL import Image
from workers import Worker

import modelspec
from modelspec import cli, weights
from modelspec.diagnostics import printable

On = Callable[[str], Worker]
VECTOR = {"format_version": 1, "name": "vector", "inputs": {"x": {"shape": [3]}}, "layers": [{"type": "ReLU"}]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> int:
    return cli.main(list(arguments))


def npy(header: str, body: bytes = b"") -> bytes:
    text = header.encode("latin1")
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + body


HEADERS = {
    "a huge shape": "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000000,), }\n",
    "an impossible shape": "{'descr': '<f4', 'fortran_order': False, 'shape': (100000000000000000000000,), }\n",
    "a boolean shape": "{'descr': '<f4', 'fortran_order': False, 'shape': (True, 3), }\n",
    "an unclosed header": "{'descr'",
    "an unclosed string": "{'''",
    "brackets": "(" * 9000,
    "objects": "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n",
    "a call": "{'descr': __import__('os').getcwd(), 'fortran_order': False, 'shape': (1,), }\n",
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_of_arrays(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    modelspec.compile(VECTOR, "onnx").save("vector.onnx")
    Path("x.npy").write_bytes(npy(HEADERS[name], bytes(12)))
    assert run("run", "vector.onnx", "--input", "x.npy") == 1
    assert "MS80" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("array", "code"),
    [
        (np.full((1, 3), 300, np.uint16), None),
        (np.full((1, 3), 2, np.int64), None),
        (np.full((1, 3), 0.5, np.float16), None),
        (np.full((1, 3), 1e300), "MS802"),
        (np.full((1, 3), 1j), "MS803"),
        (np.full((1, 3), "x"), "MS803"),
        (np.float32(1), "MS803"),
        (np.zeros((1, 3), np.float32, order="F"), None),
    ],
    ids=["uint16", "int64", "float16", "beyond float32", "complex", "strings", "a scalar", "Fortran's order"],
)
def test_arrays_are_converted_where_no_value_is_lost(
    array: Any, code: str | None, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    modelspec.compile(VECTOR, "onnx").save("vector.onnx")
    np.save("x.npy", array)
    assert run("run", "vector.onnx", "--input", "x.npy", "-o", "y") == (1 if code else 0)
    if code:
        assert code in capsys.readouterr().err
    else:
        with np.load("y.npz") as made:
            assert np.array_equal(made["re_lu"], array.astype(np.float32))


def test_bytes_are_never_cut(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = {**VECTOR, "inputs": {"x": {"shape": [3], "dtype": "uint8"}}, "layers": [{"type": "Rescaling", "scale": 1}]}
    modelspec.compile(spec, "onnx").save("bytes.onnx")
    np.save("x.npy", np.full((1, 3), 300, np.uint16))
    assert run("run", "bytes.onnx", "--input", "x.npy") == 1
    assert "is uint16; the model takes uint8" in capsys.readouterr().err


@pytest.mark.parametrize("mode", ["I;16", "F"])
def test_photos_of_more_than_8_bits_are_refused(mode: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pixels = np.full((4, 4), 1000, np.uint16 if mode == "I;16" else np.float32)
    Image.fromarray(pixels).save("photo.tiff")
    assert run("run", "xception", "--input", "photo.tiff") == 1
    assert "more than 8 bits a channel" in capsys.readouterr().err


def test_postscript_is_not_decoded(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("photo.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n")
    assert run("run", "xception", "--input", "photo.eps") == 1
    assert "is neither an image nor an array" in capsys.readouterr().err


def foreign(name: str) -> onnx.ModelProto:
    """Models that other programs may write."""
    kinds: dict[str, tuple[int, list[Any] | None]] = {
        "float16": (TensorProto.FLOAT16, ["n", 3]),
        "bfloat16": (TensorProto.BFLOAT16, ["n", 3]),
        "a string": (TensorProto.STRING, ["n", 3]),
        "a scalar": (TensorProto.FLOAT, []),
        "no rank": (TensorProto.FLOAT, None),
        "a fixed batch": (TensorProto.FLOAT, [1, 3]),
        "a batch of 4": (TensorProto.FLOAT, [4, 3]),
    }
    kind, shape = kinds[name]
    value = helper.make_tensor_value_info("x", kind, shape)
    body = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])], "g", [value], [helper.make_tensor_value_info("y", kind, shape)]
    )
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("float16", None),
        ("bfloat16", "MS801"),
        ("a string", "MS801"),
        ("a scalar", "MS801"),
        ("no rank", "MS801"),
        ("a fixed batch", None),
        ("a batch of 4", "MS803"),
    ],
)
def test_models_of_other_programs(name: str, code: str | None, here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    onnx.save(foreign(name), "foreign.onnx")
    np.save("x.npy", np.ones((1, 3), np.float32))
    assert run("run", "foreign.onnx", "--input", "x.npy") == (1 if code else 0)
    out, err = capfd.readouterr()
    kind = "float16" if name == "float16" else "float32"
    assert (f"{code} " in err and not out) if code else out.startswith(f"y [1, 3] {kind}")
    assert len(err.splitlines()) <= 2, "one finding, and nothing of ONNX Runtime's own"


def test_outputs_of_any_name_are_written(here: Path) -> None:
    spec = {**VECTOR, "layers": [{"type": "ReLU", "name": "a"}], "outputs": {"file": "a", "allow_pickle": "a"}}
    modelspec.compile(spec, "onnx").save("named.onnx")
    np.save("x.npy", np.ones((1, 3), np.float32))
    assert run("run", "named.onnx", "--input", "x.npy", "-o", "y") == 0
    with np.load("y.npz") as made:
        assert sorted(made.files) == ["allow_pickle", "file"]


@pytest.mark.parametrize("backend", ["keras", "onnx", "torch"])
@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ([(1, 2, 2, 3), (1, 2, 2, 3)], 'height is 2, which is too small for the layer "a"'),
        ([(1, 6, 6, 3), (1, 7, 6, 3)], "and height is 6 elsewhere"),
        ([(2, 6, 6, 3), (1, 6, 6, 3)], "and batch is 2 elsewhere"),
        ([(0, 6, 6, 3), (0, 6, 6, 3)], "has the shape [0, 6, 6, 3]"),
    ],
    ids=["too small", "two heights", "two batches", "no batch"],
)
def test_sizes_that_do_not_fit_at_run_time(on: On, backend: str, shapes: list[tuple[int, ...]], words: str) -> None:
    spec = {
        "format_version": 1,
        "name": "free",
        "inputs": {"x": {"shape": ["height", "width", 3]}, "y": {"shape": ["height", "width", 3]}},
        "layers": [
            {"type": "Add", "inputs": ["x", "y"]},
            {"type": "Conv2D", "name": "a", "filters": 2, "kernel_size": 3},
        ],
    }
    inputs = {name: np.ones(shape, np.float32) for name, shape in zip("xy", shapes, strict=True)}
    with pytest.raises(Exception, match="MS803") as caught:
        on(backend).run(spec, inputs=inputs)
    assert words in str(caught.value)


ARCHIVES: dict[str, Callable[[zipfile.ZipFile], None]] = {
    "empty": lambda _: None,
    "a pickle": lambda archive: archive.writestr("archive/data.pkl", b"cos\nsystem\n(S'true'\ntR."),
    "no weights": lambda archive: archive.writestr("archive/archive_format", "pt2"),
    "a table that is not JSON": lambda archive: archive.writestr("a/data/weights/m_weights_config.json", "{"),
    "a path that climbs": lambda archive: archive.writestr("../../evil", b"x"),
}


@pytest.mark.parametrize("suffix", [".pt2", ".keras"])
@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_that_hold_no_weights(on: On, name: str, suffix: str, here: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        ARCHIVES[name](archive)
    path = here / f"model{suffix}"
    path.write_bytes(buffer.getvalue())
    before = sorted(here.parent.rglob("*"))
    worker = on("torch" if suffix == ".pt2" else "keras")
    assert worker.call(cli.main, ["weights", "take", str(path), "--spec", "xception", "-o", str(here / "w.safetensors")]) == 1
    assert sorted(here.parent.rglob("*")) == before


def test_a_device_is_no_weights_file() -> None:
    with pytest.raises(modelspec.SpecError, match=r"MS801 /dev/zero cannot be read: it is not a regular file"):
        weights.read("/dev/zero")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["compile", "xception", "--backend", "onnx", "-o", "."], "it is a folder"),
        (["compile", "xception", "--backend", "onnx", "-o", ".."], "it is a folder"),
        (["summary", "a" * 300], "there is no file"),
        (["summary", "/"], "there is no file"),
        (["run", "xception", "--input", "."], "is a folder, and its rows need a file"),
    ],
)
def test_odd_paths(arguments: list[str], words: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 1
    assert words in capsys.readouterr().err
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("value", ["[" * 60_000, "[1,", '{"a"', "1e999", "99999999999", '"\\ud800"'])
def test_odd_parameters(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("summary", "xception", "--param", f"num_classes={value}") == 2
    assert "argument --param: num_classes: " in capsys.readouterr().err


INJECTION = "x\n::error file=a::pwned\n\x1b[31mred\u202e ##[group]g"


def test_nothing_in_a_spec_acts_on_a_terminal_or_a_log(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("described.json").write_text(json.dumps({**VECTOR, "description": INJECTION}))
    Path("broken.json").write_text(json.dumps({**VECTOR, INJECTION: 1}))
    weights.write("w.safetensors", {INJECTION: np.zeros(1, np.float32)}, "m")
    Path("::error::x.json").write_text("{")
    for arguments in (
        ["summary", "described.json"],
        ["validate", "broken.json", "::error::x.json"],
        ["weights", "show", "w.safetensors"],
        ["compile", "described.json", "--backend", "onnx", "-o", "n\n::error::x.onnx"],
    ):
        run(*arguments)
        out, err = capsys.readouterr()
        text = out + err
        assert "pwned" in text or "error" in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "##[" not in text
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())


def test_printable_leaves_ordinary_text_alone() -> None:
    text = '  in block "a" (x.json:3:1): größer × 2 :: not at the start #[x]'
    assert printable(text) == text


def test_a_pooling_that_onnx_cannot_pad_is_refused() -> None:
    spec = {
        "format_version": 1,
        "name": "pool",
        "inputs": {"x": {"shape": ["h", "w", 3]}},
        "layers": [{"type": "MaxPooling2D", "pool_size": [1, 2], "strides": 2, "padding": "same"}],
    }
    with pytest.raises(modelspec.SpecError, match=r"MS703 onnx cannot do this: .*smaller than the stride"):
        modelspec.compile(spec, "onnx")
    fixed = {**spec, "inputs": {"x": {"shape": [8, 7, 3]}}}
    (made,) = modelspec.compile(fixed, "onnx")(images((1, 8, 7, 3), seed=0)).values()
    assert made.shape == (1, 4, 4, 3)
