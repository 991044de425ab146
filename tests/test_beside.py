"""Models with their weights in a file beside them, as ``compile`` writes large ones: that one file is read, and no other."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import ModelProto, TensorProto, helper
from test_untrusted import EXTERNAL, SECRET, added, external, model

import modelspec
from modelspec import cli, foreign
from modelspec.diagnostics import SpecError
from modelspec_onnx import untrusted
from modelspec_onnx.messages import ELEMENT_TYPE

NET: dict[str, Any] = {
    "format_version": 1,
    "name": "net",
    "inputs": {"image": {"shape": [8, 8, 3]}},
    "layers": [
        {"type": "Conv2D", "filters": 16, "kernel_size": 3},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "name": "scores", "units": 40},
    ],
}
FILE = "m.onnx.data"
IMAGE = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype(np.float32)
BYTES = np.arange(3, dtype=np.float32).tobytes()


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.zeros((1, 3), np.float32))
    return tmp_path


def written(precision: str = "fp32", path: str = "m.onnx") -> modelspec.Model:
    """Write a model as large ones are written, and return it."""
    made = modelspec.compile(NET, "onnx", precision=precision)
    content, data = made._lowered.beside(f"{Path(path).name}.data")
    Path(path).write_bytes(content)
    Path(f"{path}.data").write_bytes(b"".join(data))
    return made


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_it_runs_as_the_model_in_one_file_does(precision: str) -> None:
    (wanted,) = written(precision)({"image": IMAGE}).values()
    session = foreign.opened("m.onnx", "cpu")
    Path(FILE).unlink()
    (found,) = session.run(None, {"image": IMAGE})
    np.testing.assert_array_equal(found, wanted)


def test_onnx_runtime_sees_no_name_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    true, seen = onnxruntime.InferenceSession, list[bytes]()
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda source, *a, **k: (seen.append(source), true(source, *a, **k))[1]
    )
    written()
    foreign.opened("m.onnx", "cpu")
    assert seen
    assert all(isinstance(it, bytes) and FILE.encode() not in it for it in seen)


def test_every_verb_takes_it(capsys: pytest.CaptureFixture[str]) -> None:
    Path("there").mkdir()
    made = written(path="there/m.onnx")
    made.save("one.onnx")
    np.save("image.npy", IMAGE)
    assert cli.main(["run", "there/m.onnx", "--input", "image.npy"]) == 0
    assert cli.main(["verify", "one.onnx", "--against", "there/m.onnx"]) == 0
    assert cli.main(["bench", "there/m.onnx", "--rounds", "1", "--runs", "1", "--warm-ups", "1"]) == 0
    assert "MS807" not in capsys.readouterr().err


@pytest.mark.parametrize("dtype", ELEMENT_TYPE)
@pytest.mark.parametrize("offset", [0, 3], ids=["aligned", "unaligned"])
def test_every_type_that_compile_writes_is_read(dtype: str, offset: int) -> None:
    number = ELEMENT_TYPE[dtype]
    values = np.array([0, 1, 1], ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    Path(FILE).write_bytes(bytes(offset) + values.tobytes())
    tensor = external("v", location=FILE, offset=str(offset), length=str(values.nbytes))
    tensor.data_type = number
    cast = helper.make_node("Cast", ["v"], ["w"], to=TensorProto.FLOAT)
    Path("m.onnx").write_bytes(model(added(cast, initializer=[tensor])).SerializeToString())
    (found,) = foreign.opened("m.onnx", "cpu").run(None, {"x": np.zeros((1, 3), np.float32)})
    np.testing.assert_array_equal(found, [[0, 1, 1]])


def alone(**entries: str) -> ModelProto:
    return model(added(initializer=[external(**entries)]))


def two(first: TensorProto, second: TensorProto) -> ModelProto:
    return model(added(initializer=[first, second]))


def shaped(**changed: Any) -> ModelProto:
    tensor = external(location=FILE)
    for name, value in changed.items():
        if name == "dims":
            del tensor.dims[:]
            tensor.dims.extend(value)
        else:
            setattr(tensor, name, value)
    return model(added(initializer=[tensor]))


def repeated() -> ModelProto:
    tensor = external(location=FILE)
    tensor.external_data.add(key="location", value=SECRET)
    return model(added(initializer=[tensor]))


REFUSED: Mapping[str, tuple[Callable[[], ModelProto], str]] = {
    "another name": (lambda: alone(location="n.onnx.data"), "lies in another file"),
    "the model itself": (lambda: alone(location="m.onnx"), "lies in another file"),
    "this folder": (lambda: alone(location=f"./{FILE}"), "lies in another file"),
    "a path that climbs": (lambda: alone(location=f"../{FILE}"), "lies in another file"),
    "a path that climbs and comes back": (lambda: alone(location=f"sub/../{FILE}"), "lies in another file"),
    "an absolute path": (lambda: alone(location=str(Path.cwd() / FILE)), "lies in another file"),
    "capitals": (lambda: alone(location=FILE.upper()), "lies in another file"),
    "another tensor": (lambda: two(external(location=FILE), external("v")), "lies in another file"),
    "an offset beyond the end": (lambda: alone(location=FILE, offset="4"), 'it has 12 bytes from "4" on, and the file 12'),
    "an offset far beyond it": (lambda: alone(location=FILE, offset=str(2**63)), "the file 12"),
    "a negative offset": (lambda: alone(location=FILE, offset="-4"), 'from "-4" on'),
    "an offset that is no number": (lambda: alone(location=FILE, offset="x"), 'from "x" on'),
    "an endless offset": (lambda: alone(location=FILE, offset="9" * 10_000), "the file 12"),
    "a short length": (lambda: alone(location=FILE, length="8"), 'its length is "8", and its shape and type make 12 bytes'),
    "a long length": (lambda: alone(location=FILE, length="16"), 'its length is "16"'),
    "a length that is no number": (lambda: alone(location=FILE, length="twelve"), 'its length is "twelve"'),
    "a place said twice": (repeated, "said twice"),
    "a word that is not known": (lambda: alone(location=FILE, checksum="0"), "words that are not known"),
    "a larger shape": (lambda: shaped(dims=[2**40, 2**22]), "the file 12"),
    "a negative shape": (lambda: shaped(dims=[-3, -1]), "a type or a shape"),
    "a type without a size": (lambda: shaped(data_type=TensorProto.STRING), "a type or a shape"),
    "a type that compile does not write": (lambda: shaped(data_type=TensorProto.INT4), "a type or a shape"),
}


def finding(capfd: pytest.CaptureFixture[str]) -> str:
    """Return the one finding for which the model is refused; nothing of ONNX Runtime's own is said."""
    assert cli.main(["run", "m.onnx", "--input", "x.npy"]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 2, err
    assert err.startswith("MS807 ")
    return err


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_lie_in_it_is_refused(case: str, capfd: pytest.CaptureFixture[str]) -> None:
    made, words = REFUSED[case]
    Path(FILE).write_bytes(BYTES)
    Path("m.onnx").write_bytes(made().SerializeToString())
    assert words in finding(capfd)


@pytest.mark.parametrize("where", EXTERNAL)
def test_only_the_graph_itself_keeps_tensors_in_it(where: str, capfd: pytest.CaptureFixture[str]) -> None:
    Path(FILE).write_bytes(BYTES)
    os.utime(FILE, (0, 0))
    whole = EXTERNAL[where]()
    for tensor in untrusted._tensors(whole):
        for entry in tensor.external_data:
            if entry.value == SECRET:
                entry.value = FILE
    Path("m.onnx").write_bytes(whole.SerializeToString())
    if where == "an initializer":
        assert cli.main(["run", "m.onnx", "--input", "x.npy"]) == 0
        assert "[1, 3]" in capfd.readouterr().out
    else:
        assert "lies in another file" in finding(capfd)
        assert Path(FILE).stat().st_atime == 0


def bound_socket() -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(FILE)


def link(target: str) -> Callable[[], object]:
    def made() -> None:
        Path("true.data").write_bytes(BYTES)
        Path(FILE).symlink_to(target)

    return made


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (link("true.data"), "cannot be opened: it is a link"),
        (link("/dev/zero"), "cannot be opened: it is a link"),
        (link(FILE), "cannot be opened: it is a link"),
        (lambda: os.mkfifo(FILE), "is not a regular file"),
        (lambda: Path(FILE).mkdir(), "is not a regular file"),
        (bound_socket, "cannot be opened: "),
        (lambda: None, "cannot be opened: No such file or directory"),
        (lambda: Path(FILE).touch(), "and the file 0"),
    ],
    ids=["a link", "a link to a device", "a link in a circle", "a pipe", "a folder", "a socket", "nothing", "an empty file"],
)
def test_what_is_no_file_is_refused(make: Callable[[], object], words: str, capfd: pytest.CaptureFixture[str]) -> None:
    make()
    Path("m.onnx").write_bytes(alone(location=FILE).SerializeToString())
    assert words in finding(capfd)


def test_a_tensor_of_nothing_takes_no_byte() -> None:
    Path(FILE).touch()
    tensor = external("v", location=FILE)
    tensor.dims[:] = [0, 3]
    both = helper.make_node("Concat", ["x", "v"], ["y"], axis=0)
    graph = helper.make_graph([both], "g", list(added().input), list(added().output), [tensor])
    Path("m.onnx").write_bytes(model(graph).SerializeToString())
    (found,) = foreign.opened("m.onnx", "cpu").run(None, {"x": np.ones((1, 3), np.float32)})
    np.testing.assert_array_equal(found, np.ones((1, 3)))


def test_two_tensors_of_one_name_are_one_finding(capfd: pytest.CaptureFixture[str]) -> None:
    Path(FILE).write_bytes(BYTES)
    Path("m.onnx").write_bytes(two(external(location=FILE), external(location=FILE)).SerializeToString())
    assert 'two of its tensors are called "w"' in finding(capfd)


def test_bytes_alone_have_no_file_beside_them() -> None:
    written()
    with pytest.raises(SpecError, match=re.escape(f'lies in another file, "{FILE}"')):
        untrusted.checked(Path("m.onnx").read_bytes(), "m.onnx")


def test_the_official_library_reads_the_same_numbers() -> None:
    written()
    theirs = {it.name: onnx.numpy_helper.to_array(it) for it in onnx.load("m.onnx").graph.initializer}
    _, mine = untrusted.checked(Path("m.onnx").read_bytes(), "m.onnx", foreign.beside("m.onnx"))
    assert len(mine) == 2
    for name, array in mine.items():
        np.testing.assert_array_equal(array, theirs[name])
