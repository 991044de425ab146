"""What ``run``, ``bench`` and ``verify`` take of a provider's tuning: it reaches the session, or is refused."""

from __future__ import annotations

import argparse
import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modelspec
from modelspec import cli, foreign
from modelspec.backend import PLAIN, Tuning
from modelspec.bench import contestants
from modelspec.bench.jobs import bound
from modelspec.cli.arguments import add_tuning, tuning
from modelspec_onnx import backend, providers

NET: dict[str, Any] = {
    "format_version": 1,
    "name": "net",
    "inputs": {"x": {"shape": [3]}},
    "layers": [{"type": "Dense", "name": "y", "units": 2}],
}
FLAGS: dict[str, list[str]] = {
    "device_id": ["--device", "1"],
    "fp16": ["--fp16"],
    "tf32": ["--tf32"],
    "prefer_nhwc": ["--nhwc"],
    "cuda_graph": ["--cuda-graph"],
    "arena_mib": ["--arena", "64"],
    "fallback": ["--fallback"],
}
VERBS: dict[str, list[str]] = {
    "run": ["run", "net.onnx", "--input", "x.npy"],
    "run of a spec": ["run", "net.json", "--input", "x.npy"],
    "bench": ["bench", "net.onnx", "--rounds", "1", "--runs", "1", "--warm-ups", "1"],
    "bench of a spec": ["bench", "net.json", "--rounds", "1", "--runs", "1", "--warm-ups", "1"],
    "verify": ["verify", "net.onnx", "--against", "same.onnx"],
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("net.json").write_text(json.dumps(NET))
    for name in ("net", "same"):
        modelspec.compile(NET, "onnx").save(f"{name}.onnx")
    np.save("x.npy", np.ones((1, 3), np.float32))
    return tmp_path


def parsed(*arguments: str) -> Tuning:
    parser = argparse.ArgumentParser()
    add_tuning(parser, cuda_graph=True)
    return tuning(parser.parse_args(arguments))


def test_each_flag_is_a_field_of_a_tuning() -> None:
    assert FLAGS.keys() == {it.name for it in fields(Tuning)} - {"threads", "inter_threads"}
    assert parsed() == PLAIN
    for name, flag in FLAGS.items():
        value = {"device_id": 1, "arena_mib": 64}.get(name, True)
        assert parsed(*flag) == replace(PLAIN, **{name: value})


LACKING = sorted(FLAGS.keys() - providers.PROVIDERS["cpu"].takes - {"cuda_graph"})


@pytest.mark.parametrize(
    ("verb", "field"),
    [*(("run", field) for field in LACKING), *((verb, "tf32") for verb in VERBS if verb != "run"), ("bench", "cuda_graph")],
)
def test_what_the_cpu_lacks_is_refused_by_every_verb(verb: str, field: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*VERBS[verb], *FLAGS[field]]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"MS704 {field} is asked for, which the provider cpu does not have" in err


@pytest.mark.parametrize("verb", VERBS)
def test_what_the_cpu_has_is_taken(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*VERBS[verb], *FLAGS["arena_mib"]]) == 0
    assert "MS" not in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["run", "bench", "verify"])
def test_every_provider_may_be_named(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*VERBS[verb], "--provider", "cuba"]) == 1
    assert 'MS804 there is no provider "cuba"' in capsys.readouterr().err
    assert cli.main([*VERBS[verb], "--provider", "directml", "--nhwc"]) == 1
    assert "MS704 prefer_nhwc is asked for, which the provider directml does not have" in capsys.readouterr().err


def test_run_has_no_graph_to_replay(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*VERBS["run"], "--cuda-graph"]) == 2
    assert "unrecognized arguments: --cuda-graph" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["--fp16"], ["--provider", "openvino"], ["--provider", "cuda", "--device", "1"]], ids=str)
def test_a_spec_is_verified_in_tiers_and_takes_no_tuning(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "net.json", *more]) == 1
    assert "MS704 a spec is compared on cpu, and with --provider cuda there" in capsys.readouterr().err


def test_reports_say_how_files_ran() -> None:
    assert cli.main([*VERBS["verify"], "--arena", "64", "--report", "r.json"]) == 0
    assert json.loads(Path("r.json").read_text())["environment"]["tuning"] == "arena_mib 64"
    assert cli.main([*VERBS["verify"], "--report", "r.json"]) == 0
    assert "tuning" not in json.loads(Path("r.json").read_text())["environment"]


def test_a_tuning_goes_for_all_that_run_on_its_provider() -> None:
    how = Tuning(tf32=True)
    words = ["onnx-O1", "other.onnx", "cpu", "tensorrt"]
    assert [it.tuning for it in contestants("net", "cuda", words, how)] == [how, how, how, PLAIN, PLAIN]


def test_threads_that_a_provider_lacks_are_refused_but_for_decoding(capsys: pytest.CaptureFixture[str]) -> None:
    Path("photos").mkdir()
    Path("photos/a.png").touch()
    more = ["--provider", "directml", "--threads", "2"]
    assert cli.main([*VERBS["run"], *more]) == 1
    assert "MS704 threads is asked for" in capsys.readouterr().err
    assert cli.main(["run", "net.onnx", "--input", "photos", "-o", "out.csv", *more]) == 1
    assert "MS704" not in capsys.readouterr().err


def test_bound_runs_are_bound_once_for_each_shape() -> None:
    session, shapes = foreign.opened("net.onnx", "cpu"), list[Any]()
    true = session.bound
    session.bound = lambda given: (shapes.append(given), true(given))[1]
    run = bound(session)
    for count in (1, 2, 1, 2):
        inputs = {"x": np.full((count, 3), count, np.float32)}
        made: Any = run(inputs)
        np.testing.assert_array_equal(made["y"], session.run(None, inputs)[0])
    assert shapes == [{"x": (1, 3)}, {"x": (2, 3)}]


def test_the_backend_says_what_each_provider_takes() -> None:
    assert {name: set(it) for name, it in backend.providers.items()} == {
        name: set(it.takes) for name, it in providers.PROVIDERS.items()
    }
