"""Models from strangers: what would open another file, is damaged or asks for too much is one finding, and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper

import modelspec
from modelspec import cli
from modelspec.diagnostics import SpecError
from modelspec.verify.foreign import FileVerifier
from modelspec.verify.workers import Worker, WorkerError
from modelspec_onnx import backend, untrusted

SECRET = "secret.bin"
NUMBERS = np.array([1234.5, 2345.5, 3456.5], np.float32)
"""What stands in the file that a hostile model wants to see."""


def vector(name: str, dims: tuple[int | str, ...] = ("n", 3)) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, dims)


def external(name: str = "w", **entries: str) -> TensorProto:
    tensor = TensorProto(name=name, dims=[3], data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    for key, value in (entries or {"location": SECRET}).items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def inside() -> TensorProto:
    return helper.make_tensor("w", TensorProto.FLOAT, [3], [0.0, 0.0, 0.0])


def sparse(values: TensorProto, indices: TensorProto | None = None) -> onnx.SparseTensorProto:
    known = helper.make_tensor("indices", TensorProto.INT64, [3], [0, 1, 2])
    return onnx.SparseTensorProto(values=values, indices=indices or known, dims=[3])


def added(*nodes: NodeProto, initializer: list[TensorProto] | None = None, **more: object) -> GraphProto:
    """A graph that adds w, wherever it comes from, to x."""
    body = [*nodes, helper.make_node("Add", ["x", "w"], ["y"])]
    return helper.make_graph(body, "g", [vector("x")], [vector("y")], initializer, **more)


def model(graph: GraphProto, **more: object) -> ModelProto:
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9, **more)


def constant(**attribute: object) -> NodeProto:
    return helper.make_node("Constant", [], ["w"], **attribute)


def branch(node: NodeProto) -> GraphProto:
    return helper.make_graph([node], "branch", [], [helper.make_tensor_value_info("w", TensorProto.FLOAT, [3])])


def conditional() -> ModelProto:
    then, other = branch(constant(value=external())), branch(constant(value_floats=[0.0, 0.0, 0.0]))
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    node = helper.make_node("If", ["yes"], ["w"], then_branch=other, else_branch=then)
    return model(added(node, initializer=[yes]))


def looped() -> ModelProto:
    """A loop in a loop, whose inner body has the tensor."""

    def body(node: NodeProto, name: str) -> GraphProto:
        boolean = [helper.make_tensor_value_info(f"{name}_{it}", TensorProto.BOOL, []) for it in ("in", "out")]
        inputs = [helper.make_tensor_value_info(f"{name}_i", TensorProto.INT64, []), boolean[0]]
        same = helper.make_node("Identity", [f"{name}_in"], [f"{name}_out"])
        return helper.make_graph([node, same], name, inputs, [boolean[1], *branch(node).output])

    inner = helper.make_node("Loop", ["times", ""], ["w"], body=body(constant(value=external()), "inner"))
    outer = helper.make_node("Loop", ["times", ""], ["w"], body=body(inner, "outer"))
    return model(added(outer, initializer=[helper.make_tensor("times", TensorProto.INT64, [], [1])]))


def function() -> ModelProto:
    opsets = [helper.make_opsetid("", 17)]
    made = helper.make_function("own", "Weight", [], ["w"], [constant(value=external())], opsets)
    call = helper.make_node("Weight", [], ["w"], domain="own")
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    return helper.make_model(added(call), opset_imports=opsets, ir_version=9, functions=[made])


def training(where: str) -> ModelProto:
    info = onnx.TrainingInfoProto(**{where: helper.make_graph([], where, [], [], [external("t")])})
    whole = model(added(initializer=[inside()]))
    whole.training_info.append(info)
    return whole


def quiet() -> TensorProto:
    """A tensor that names a file, and does not say that it lies there."""
    tensor = external()
    tensor.data_location = TensorProto.DEFAULT
    return tensor


EXTERNAL: Mapping[str, Callable[[], ModelProto]] = {
    "an initializer": lambda: model(added(initializer=[external()])),
    "a path that climbs": lambda: model(added(initializer=[external(location=f"../{SECRET}")])),
    "an absolute path": lambda: model(added(initializer=[external(location="/etc/hostname")])),
    "ONNX Runtime's mark of an address": lambda: model(
        added(initializer=[external(location="*/_ORT_MEM_ADDR_/*", offset="4096", length="12")])
    ),
    "no location": lambda: model(added(initializer=[external(offset="0")])),
    "a file without the mark": lambda: model(added(initializer=[quiet()])),
    "the values of a sparse initializer": lambda: model(added(sparse_initializer=[sparse(external())])),
    "the indices of a sparse initializer": lambda: model(added(sparse_initializer=[sparse(inside(), external())])),
    "an attribute": lambda: model(added(constant(value=external()))),
    "a sparse attribute": lambda: model(added(constant(sparse_value=sparse(external())))),
    "a list of tensors": lambda: model(added(helper.make_node("Own", [], ["w"], domain="own", them=[external()]))),
    "a list of graphs": lambda: model(
        added(helper.make_node("Own", [], ["w"], domain="own", them=[branch(constant(value=external()))]))
    ),
    "a branch": conditional,
    "a loop in a loop": looped,
    "a function": function,
    "training's start": lambda: training("initialization"),
    "training's step": lambda: training("algorithm"),
    "a default of a function": lambda: _with_default(function()),
}


def _with_default(whole: ModelProto) -> ModelProto:
    del whole.functions[0].node[:]
    whole.functions[0].attribute_proto.append(helper.make_attribute("value", external()))
    return whole


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, in which the secret and an input lie."""
    monkeypatch.chdir(tmp_path)
    Path(SECRET).write_bytes(NUMBERS.tobytes())
    os.utime(SECRET, (0, 0))
    np.save("x.npy", np.zeros((1, 3), np.float32))
    return tmp_path


def accessed() -> float:
    """Return when the secret was last read: it is made older than it was written, so that relatime hides nothing."""
    return Path(SECRET).stat().st_atime


Run = Callable[[str | Path], str]


@pytest.fixture
def refused(capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a model, which must be refused in one finding, and return that."""

    def check(path: str | Path) -> str:
        assert cli.main(["run", str(path), "--input", "x.npy"]) == 1
        out, err = capfd.readouterr()
        assert out == ""
        finding, *hint = err.rstrip("\n").split("\n")
        assert re.match(r"MS80[17] ", finding), err
        assert not hint or (len(hint) == 1 and hint[0].startswith("  hint: ")), "one finding, and nothing of ONNX Runtime's own"
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", err)
        assert "Traceback" not in err
        return finding

    return check


@pytest.mark.parametrize("where", EXTERNAL)
def test_no_other_file_is_opened(where: str, refused: Run) -> None:
    Path("m.onnx").write_bytes(EXTERNAL[where]().SerializeToString())
    finding = refused("m.onnx")
    assert finding.startswith("MS807 the tensor "), finding
    assert "lies in another file" in finding
    assert accessed() == 0


def test_onnx_runtime_never_sees_such_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check stands before the session: what ONNX Runtime itself would refuse is not relied on."""
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, **__: pytest.fail("a session was opened"))
    for made in EXTERNAL.values():
        with pytest.raises(SpecError, match="MS807"):
            backend.open(made().SerializeToString(), "cpu", "m")


def test_every_message_that_holds_tensors_is_looked_into() -> None:
    """What the format of ONNX can hold is what is walked: a place that comes with a new version is looked into as well."""
    kinds, waiting = set[str](), [ModelProto.DESCRIPTOR]
    while waiting:
        kind = waiting.pop()
        if kind.full_name not in kinds:
            kinds.add(kind.full_name)
            waiting += [field.message_type for field in kind.fields if field.message_type is not None]
    assert {"onnx.TensorProto", "onnx.SparseTensorProto", "onnx.TrainingInfoProto", "onnx.FunctionProto"} <= kinds
    holders = [
        f"{kind}.{field.name}"
        for kind in sorted(kinds)
        for field in getattr(onnx, kind.removeprefix("onnx.").partition(".")[0]).DESCRIPTOR.fields
        if field.message_type is not None and field.message_type.full_name == "onnx.TensorProto"
    ]
    assert sorted(set(holders)) == [
        "onnx.AttributeProto.t",
        "onnx.AttributeProto.tensors",
        "onnx.GraphProto.initializer",
        "onnx.SparseTensorProto.indices",
        "onnx.SparseTensorProto.values",
    ]


def whole() -> bytes:
    spec = {"format_version": 1, "name": "v", "inputs": {"x": {"shape": [3]}}, "layers": [{"type": "Dense", "units": 3}]}
    return modelspec.compile(spec, "onnx").native.SerializeToString()


def nested(depth: int) -> bytes:
    """Graphs in attributes of nodes of graphs, in bytes: the library does not make what it would not read."""

    def field(number: int, content: bytes) -> bytes:
        length, size = bytearray(), len(content)
        while size > 127:
            length.append(size & 127 | 128)
            size >>= 7
        return bytes([number << 3 | 2, *length, size]) + content

    graph = field(2, b"g")
    for _ in range(depth):
        graph = field(1, field(5, field(6, graph)))
    return field(7, graph)


def of(*nodes: NodeProto, **changed: int) -> bytes:
    made = model(helper.make_graph(nodes, "g", [vector("x")], [vector("y")]))
    for name, value in changed.items():
        setattr(made, name, value)
    return made.SerializeToString()


def huge(kind: str) -> bytes:
    dims = [2**40, 2**22]
    if kind == "an initializer":
        graph = added(initializer=[TensorProto(name="w", data_type=1, dims=dims, raw_data=b"\0" * 12)])
    elif kind == "negative":
        graph = added(initializer=[TensorProto(name="w", data_type=1, dims=[-3], raw_data=b"\0" * 12)])
    else:
        shape = helper.make_tensor("shape", TensorProto.INT64, [2], dims)
        graph = added(helper.make_node("ConstantOfShape", ["shape"], ["w"]), initializer=[shape])
    return model(graph).SerializeToString()


INJECTION = "x\n::error::pwned\n\x1b[31mred\u202e ##[group]g"

HOSTILE: Mapping[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b'{"format_version": 1}',
    "zeros": lambda: bytes(1000),
    "random": lambda: np.random.default_rng(0).bytes(1000),
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a pickle": lambda: b"cos\nsystem\n(S'true'\ntR.",
    "the format of ONNX Runtime": lambda: b"\x1c\0\0\0ORTM" + bytes(100),
    "a model cut off": lambda: whole()[: len(whole()) // 2],
    "a model with a byte more": lambda: whole() + b"\xff",
    "no graph": lambda: ModelProto(ir_version=9).SerializeToString(),
    "an empty graph": lambda: ModelProto(ir_version=9, graph=GraphProto()).SerializeToString(),
    "a cycle": lambda: of(helper.make_node("Add", ["x", "y"], ["z"]), helper.make_node("Relu", ["z"], ["y"])),
    "a node that reads itself": lambda: of(helper.make_node("Add", ["x", "y"], ["y"])),
    "an output of nothing": of,
    "an unknown operator": lambda: of(helper.make_node("Teleport", ["x"], ["y"])),
    "an unknown domain": lambda: of(helper.make_node("Relu", ["x"], ["y"], domain="org.example")),
    "a name that acts on a terminal": lambda: of(helper.make_node(INJECTION, ["x"], ["y"], name=INJECTION)),
    "a context of another program": lambda: of(
        helper.make_node("EPContext", ["x"], ["y"], domain="com.microsoft", embed_mode=0, ep_cache_context=SECRET)
    ),
    "a version from the future": lambda: of(helper.make_node("Relu", ["x"], ["y"]), ir_version=99),
    "graphs in graphs": lambda: nested(25),
    "graphs in graphs in graphs": lambda: nested(2000),
    "a huge initializer": lambda: huge("an initializer"),
    "a negative size": lambda: huge("negative"),
    "a huge constant": lambda: huge("a constant"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_good_model_is_refused(name: str, refused: Run) -> None:
    Path("m.onnx").write_bytes(HOSTILE[name]())
    assert refused("m.onnx").startswith("MS801 m.onnx is not ")


@pytest.fixture(scope="module")
def verifier() -> Iterator[FileVerifier]:
    with FileVerifier() as made:
        yield made


@pytest.mark.parametrize("name", [*EXTERNAL, *HOSTILE])
def test_verify_refuses_what_run_refuses(name: str, verifier: FileVerifier) -> None:
    Path("m.onnx").write_bytes(EXTERNAL[name]().SerializeToString() if name in EXTERNAL else HOSTILE[name]())
    Path("whole.onnx").write_bytes(whole())
    for files in (("m.onnx", "whole.onnx"), ("whole.onnx", "m.onnx")):
        with pytest.raises(SpecError) as caught:
            verifier.interfaces(*files)
        (finding,) = caught.value.diagnostics
        assert finding.code == ("MS807" if name in EXTERNAL else "MS801")
        assert "m.onnx" in finding.message
        assert len(str(finding).splitlines()) <= 2
    assert accessed() == 0


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("Died", "its process ended (-11):\nFatal", "m.onnx ends the process that runs it: its process ended (-11): Fatal"),
        ("TimeoutError", "no answer after 1800 s", "no answer after 1800 s"),
        ("MemoryError", "Traceback ...", "memory does not suffice"),
    ],
)
def test_a_model_that_ends_its_process_is_a_finding(kind: str, text: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(worker: Worker, _: object) -> None:
        raise WorkerError(worker.backend, kind, (), text)

    monkeypatch.setattr(Worker, "submit", lambda *_: None)
    monkeypatch.setattr(Worker, "result", ended)
    with FileVerifier() as made, pytest.raises(SpecError, match=f"MS801 .*{re.escape(words)}"):
        made.interfaces("m.onnx", "other.onnx")


def test_a_model_cut_anywhere_is_refused_or_runs(capfd: pytest.CaptureFixture[str]) -> None:
    data = whole()
    for end in range(0, len(data), 7):
        Path("m.onnx").write_bytes(data[:end])
        code = cli.main(["run", "m.onnx", "--input", "x.npy"])
        err = capfd.readouterr().err
        assert code == 1, f"a model of {end} of {len(data)} bytes"
        assert re.match("MS80[13] ", err)
        assert len(err.splitlines()) <= 2


def test_a_name_that_acts_on_a_terminal_is_escaped(capfd: pytest.CaptureFixture[str]) -> None:
    tensor = external(INJECTION, location=INJECTION)
    Path("m.onnx").write_bytes(model(added(initializer=[tensor])).SerializeToString())
    assert cli.main(["run", "m.onnx", "--input", "x.npy"]) == 1
    err = capfd.readouterr().err
    assert "\x1b" not in err
    assert "\u202e" not in err
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize("kind", ["a device", "a folder", "a pipe", "a link in a circle", "a link to nothing", "nothing"])
def test_what_is_no_file(kind: str, refused: Run, here: Path) -> None:
    path = here / "m.onnx"
    {
        "a device": lambda: path.symlink_to("/dev/zero"),
        "a folder": path.mkdir,
        "a pipe": lambda: os.mkfifo(path),
        "a link in a circle": lambda: path.symlink_to(path),
        "a link to nothing": lambda: path.symlink_to("gone"),
        "nothing": lambda: None,
    }[kind]()
    assert "cannot be read" in refused(path)


PEAK = (
    "import sys; from modelspec.cli import main; code = main(['run', 'm.onnx', '--input', 'x.npy']);"
    "status = open('/proc/self/status').read(); print(status.split('VmHWM:')[1].split()[0]); sys.exit(code)"
)


def test_of_a_file_that_is_too_large_nothing_is_read(here: Path) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("needs a system that tells a process its peak of memory")
    with Path("m.onnx").open("wb") as file:
        file.truncate(50 * 2**30)
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=False, cwd=here)
    assert done.returncode == 1
    assert done.stderr.startswith("MS801 m.onnx cannot be read: it has 53,687,091,200 bytes"), done.stderr
    assert int(done.stdout) < 500_000, "KiB"


def test_a_whole_model_passes() -> None:
    assert untrusted.checked(whole(), "m") == (whole(), {})
    assert backend.open(whole(), "cpu", "m").outputs == ["dense"]
