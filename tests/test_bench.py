"""``modelspec bench``: who takes part, what is told of it, and what is refused. No test times anything."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

import modelspec
from modelspec import cli
from modelspec.bench import Bench, Contestant, Latency, Standing, contestants, report
from modelspec.bench import plot as plots

NET: dict[str, Any] = {
    "format_version": 1,
    "name": "net",
    "parameters": {"size": {"type": "integer", "default": 8}},
    "inputs": {"image": {"shape": ["${size}", 8, 3]}},
    "layers": [
        {"type": "Conv2D", "filters": 4, "kernel_size": 3},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "name": "scores", "units": 3},
    ],
}
SCHEMA = Path(__file__).parent.parent / "schemas" / "modelspec-bench.schema.json"
QUICK = ["--rounds", "2", "--runs", "2", "--warm-ups", "1"]


def run(*arguments: str) -> int:
    return cli.main(["bench", *arguments])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("net.json").write_text(json.dumps(NET))
    return tmp_path


def test_a_spec_is_held_against_a_level_and_every_run_is_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["net.json", "--against", "onnx-O1", "--batch", "1,2", "--threads", "1", "-o", "b.json", "--plot", "b.html"]
    assert run(*given, *QUICK, "--param", "size=9") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert [line.split()[0] for line in out.splitlines() if line.startswith("  onnx")] == ["onnx", "onnx-O1"] * 3
    found = json.loads(Path("b.json").read_text())
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(found)
    assert found["format_version"] == 1
    assert (found["name"], found["threads"], found["parameters"]) == ("net", 1, {"size": 9})
    first, other = found["contestants"]
    assert first["label"] == "onnx"
    assert first["seconds"].keys() == {"import", "compile", "session", "first run"}
    assert "onnxruntime" in first["versions"]
    assert first["peak_mib"] > 20
    assert [it["batch"] for it in other["latencies"]] == [1, 2]
    assert [len(round_) for round_ in other["latencies"][0]["rounds_ms"]] == [2, 2]
    assert first["latencies"][0]["time_over_first"] == 1
    assert "load before" in found["environment"]
    assert "<svg" in Path("b.html").read_text()


def test_files_are_held_against_one_another(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for level in (0, 1):
        modelspec.compile(NET, "onnx", optimize=level).save(f"o{level}.onnx")
    assert run("o0.onnx", "--against", "o1.onnx", *QUICK) == 0
    out = capsys.readouterr().out
    assert "o1.onnx" in out
    assert "compile s" not in out, "a file was compiled before"
    assert run("o0.onnx", "--against", "onnx-O1", *QUICK) == 1
    assert 'MS704 "onnx-O1" is made from a spec, and o0.onnx is compiled' in capsys.readouterr().err


@pytest.mark.parametrize("backend", ["keras", "onnx", "torch"])
def test_the_ways_of_a_framework_give_what_its_model_gives(on: Any, backend: str) -> None:
    on(backend).call(same_all_ways, backend, NET)


def same_all_ways(backend: str, document: dict[str, Any]) -> None:
    """Run in a worker."""
    import numpy as np

    from modelspec import plugins
    from modelspec.backend import Repeater

    engine = plugins.load(backend)
    assert isinstance(engine, Repeater)
    model = modelspec.compile(document, backend)
    inputs = {"image": np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype(np.float32)}
    wanted = model(inputs)["scores"]
    for way in ("", *engine.ways):
        if way.startswith("cuda"):  # tests/test_gpu.py has them
            continue
        if way == "openvino" and find_spec(way) is None:  # which the tests do not install
            with pytest.raises(modelspec.SpecError, match="MS702 OpenVINO is not installed here"):
                engine.repeated(model, way)
            continue
        made: Any = engine.repeated(model, way)(inputs)
        (found,) = made.values() if isinstance(made, dict) else made if isinstance(made, list) else [made]
        # The scores reach 0.16. torch.compile adds in another order: 7e-8 off at most on three draws; all other ways are not.
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-6, err_msg=way)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--against", "kears"], "MS701", 'did you mean "keras"'),
        (["--against", "torch-complie"], "MS701", 'did you mean "torch-compile"'),
        (["--against", "onnx-openvion"], "MS701", 'did you mean "onnx-openvino"'),
        (["--against", "onnx-compile"], "MS701", 'the onnx backend has no way "compile"'),
        (["--against", "onnx"], "MS704", '"onnx" takes part twice'),
        (["--against", "directml", *QUICK], "MS804", "pip install onnxruntime-directml"),
        (["--provider", "cuba", *QUICK], "MS804", 'there is no provider "cuba"'),
        (["--against", "keras-O1", *QUICK], "MS704", "only the onnx backend optimises"),
        (["--param", 'size="height"'], "MS307", "size"),
        (["--plot", "b.png"], "MS704", "does not end in .html or .svg"),
        (["--plot", "gone/b.svg"], "MS805", "there is no folder gone"),
    ],
    ids=str,
)
def test_what_cannot_be_timed_is_a_finding(
    here: Path, arguments: list[str], code: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("net.json", *arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert code in err
    assert words in err


def test_a_compiler_must_be_there_for_what_is_compiled(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(here))
    monkeypatch.setenv("CXX", "gone")
    assert run("net.json", "--against", "torch-compile") == 1
    assert "MS702 torch.compile needs a C++ compiler, and there is none" in capsys.readouterr().err


def test_a_gpu_must_be_there_for_what_runs_on_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert contestants("net.json", "cpu", ["torch-cuda-fp16"])[1].provider == "cuda", "the GPU is not hidden from it"
    code = run("net.json", "--against", "torch-cuda-fp16", *QUICK)
    out, err = capsys.readouterr()
    assert (code, "torch-cuda-fp16" in out) == (0, True) or (code, "MS804 this PyTorch" in err) == (1, True)


def test_a_free_size_must_be_given(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("free.json").write_text(json.dumps({**NET, "inputs": {"image": {"shape": ["height", 8, 3]}}}))
    assert run("free.json") == 1
    assert 'MS803 the input "image" has no size: height may be any' in capsys.readouterr().err


def test_contestants_are_told_by_a_word_each() -> None:
    assert contestants("m.onnx", "cpu", ["other.onnx"]) == (
        Contestant("m.onnx", "onnx", file="m.onnx"),
        Contestant("other.onnx", "onnx", file="other.onnx"),
    )
    assert contestants("net", "cpu", ["openvino", "onnx-O1"])[1:] == (
        Contestant("onnx on openvino", "onnx", "openvino"),
        Contestant("onnx-O1", "onnx", optimize=1),
    )
    (first,) = contestants("net", "cuda", [])
    assert (first.label, first.provider) == ("onnx on cuda", "cuda")


def found() -> Bench:
    rounds = ((0.001, 0.002, 0.003), (0.010, 0.011, 0.012))
    slower = tuple(tuple(run * 3 for run in round_) for round_ in rounds)
    standings = (
        Standing("a<b", {}, {"import": 0.5}, 10.0, (Latency(2, rounds),)),
        Standing("other", {}, {"import": 0.5, "compile": 1.0}, 20.0, (Latency(2, slower),)),
    )
    return Bench("net", {}, None, 1, standings, {"cores": "2"})


def test_the_committed_schema_is_what_the_dataclasses_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema", "--bench"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert json.loads(SCHEMA.read_text()) == printed == report.json_schema(), (
        f"modelspec schema --bench -o schemas/{SCHEMA.name}"
    )
    for name, definition in {"": printed, **printed["definitions"]}.items():
        assert definition["description"], name
        assert all(it.get("description") for it in definition.get("properties", {}).values()), name


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format_version",), 2),
        (("threads",), "2"),
        (("contestants", 0, "tuning"), {"tf32": "yes"}),
        (("contestants", 0, "seconds"), {"import": None}),
        (("contestants", 0, "latencies", 0, "p50_ms"), "fast"),
        (("contestants", 0, "latencies", 0, "rounds_ms"), [1.0]),
    ],
    ids=str,
)
def test_the_schema_refuses_what_no_bench_writes(path: tuple[Any, ...], value: Any) -> None:
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()))
    data = json.loads(report.render(found()))
    validator.validate(data)
    inside = data
    for part in path[:-1]:
        inside = inside[part]
    assert path[-1] in inside
    inside[path[-1]] = value
    assert not validator.is_valid(data)
    del inside[path[-1]]
    assert not validator.is_valid(data)


def test_numbers_follow_from_the_runs() -> None:
    one, other = (it.latencies[0] for it in found().standings)
    assert one.milliseconds(50) == pytest.approx(6.5)
    assert one.milliseconds(100) == pytest.approx(12)
    assert one.per_second == pytest.approx(2 * 6 / 0.039)
    assert other.over(one) == pytest.approx(3), "by round, whatever the rounds have in common"


def test_drawings_are_whole_and_hold_what_was_found() -> None:
    drawing = ElementTree.fromstring(plots.svg(found()))
    bars = [it for it in drawing.iter() if it.get("class") == "bar"]
    assert len(bars) == 2
    assert float(bars[1].get("width", 0)) == pytest.approx(3 * float(bars[0].get("width", 0)), rel=1e-2)
    page = plots.page(found())
    assert "a&lt;b" in page
    assert "default-src 'none'" in page
