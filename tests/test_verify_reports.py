"""Reports of a verification: they say what was found, and what a stranger wrote in a spec does nothing in them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import verifications as made
from conftest import require
from reported import ACTS, ALONE, CASES, EQUAL, NOT_TRAINED, UNTRAINED, Page

from modelspec import cli
from modelspec.verify import Verifier
from modelspec.verify.reports import FORMATS, render, text
from modelspec.verify.reports.json import json_schema
from modelspec.verify.results import Verification

SCHEMA = Path(__file__).parent.parent / "schemas" / "modelspec-verification.schema.json"


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[str, Verification]:
    return request.param, CASES[request.param]()


def test_the_cases_are_what_they_are_called(case: tuple[str, Verification]) -> None:
    name, found = case
    assert found.is_equal == (name in EQUAL)


@pytest.mark.parametrize("suffix", [*FORMATS, ".txt"])
def test_what_a_stranger_writes_does_nothing(case: tuple[str, Verification], suffix: str) -> None:
    shown = text(case[1]) if suffix == ".txt" else render(case[1], suffix)
    shown.encode()  # no half of a surrogate pair
    assert shown.endswith("\n")
    assert not ACTS.search(shown)
    assert "##[" not in shown
    assert not [line for line in shown.splitlines() if line.lstrip().startswith("::")]


# Text


def test_the_table_is_read_at_a_glance() -> None:
    found = made.trained()
    assert text(replace(found, layers=found.layers[:3])) == (
        "backend     s  MiB  tier                     worst error  at most  verdict  where\n"
        "keras     6.7  655  float64 against float64            0    1e-10  ok       block0_conv2d, random\n"
        "                    float32 against float64      1.4e-07  1.5e-06  ok       block0_batchnormalization, smooth\n"
        "torch     4.3  251  float64 against float64      6.3e-16    1e-10  ok       block0_relu, random\n"
        "                    float32 against float64      2.2e-07  1.5e-06  ok       block0_relu, smooth\n"
        "onnx      0.9  106  float64 against float64      9.8e-16    1e-10  ok       block0_conv2d, random\n"
        "                    float32 against float64      2.5e-07  1.5e-06  ok       block0_conv2d, smooth\n"
        "training            loss                           4e-15    1e-09  ok       step 3\n"
        "                    gradient                       3e-14    1e-09  ok       block0_conv2d/kernel\n"
        "                    weight                         5e-15    1e-09  ok       block0_conv2d/kernel after step 3\n"
        "net: equal: keras = torch = onnx: 3 layers, 5 examples, 8.8 s\n"
    )


def test_the_table_says_what_fails_and_why() -> None:
    lines = text(made.diverging()).splitlines()
    torch = next(line for line in lines if line.startswith("torch"))
    assert " ".join(torch.split()[3:]) == "float64 against float64 0.0053 1e-10 FAILS block2_batchnormalization, random"
    assert lines[7:] == [
        "specs/net.json:10:5: SeparableConv2D block0_separableconv2d is the first layer that differs: torch from keras",
        "  0.00325 where 1e-10 is allowed; input: random (all kinds)",
        "  alone, on the same inputs: keras 0, torch 0.0024",
        "  as if epsilon is 1e-5, PyTorch's and ONNX's default (then 3e-16 off)",
        "  reproducer: reproducer",
        "net: NOT equal: 12 layers, 5 examples, 8.8 s",
    ]


def test_the_first_difference_in_training_is_named() -> None:
    *_, note, verdict = text(made.trained(error=1e-3)).splitlines()
    gradient = "specs/net.json:7:5: the gradient of block0_conv2d/kernel is the first that differs in training"
    assert note == f"{gradient}: torch from keras, 0.001 where 1e-09 is allowed"
    assert verdict.startswith("net: NOT equal")
    assert note in Page(render(made.trained(error=1e-3), ".html")).texts["body"]
    assert NOT_TRAINED in text(UNTRAINED)
    assert NOT_TRAINED in Page(render(UNTRAINED, ".html")).texts["body"]


def test_the_worst_is_what_is_no_number() -> None:
    shown = text(made.not_finite())
    assert "not a number  1.6e-06  FAILS    block1_batchnormalization, smooth" in shown
    assert "infinite    1e-10  FAILS    block1_conv2d, random" in shown
    assert "keras    6.7    -  float64" in shown


def test_files_are_shown_with_their_outputs() -> None:
    assert text(made.files(error=0.02)) == (
        "file             s  MiB  tier                            worst error  at most  verdict  where\n"
        "net.int8.onnx  0.9  106  outputs against the other file         0.02   0.0001  FAILS    scores, smooth\n"
        "net.onnx       0.9  106\n"
        "output scores (probabilities in the other), float32 (batch, 53, 53, 32): FAILS\n"
        "  relative L2 0.02 where 0.0001 is allowed; input: smooth (all kinds)\n"
        "  largest difference 0.003; the highest class is the same in 4 of 5 examples\n"
        "output mask, bool (batch, 53, 53, 32)\n"
        "  relative L2 0 where 0 is allowed; input: random (all kinds)\n"
        "  largest difference 0\n"
        'the output "scores" is "probabilities" in net.onnx: matched by position\n'
        "net.int8: NOT equal: 2 outputs, 5 examples, 8.8 s\n"
    )
    assert text(made.files()).endswith("net.int8: equal: net.int8.onnx = net.onnx: 2 outputs, 5 examples, 8.8 s\n")


def test_colours_are_all_that_a_terminal_gets_more() -> None:
    found = made.diverging()
    coloured = text(found, coloured=True)
    assert "\x1b[1;31mFAILS\x1b[0m" in coloured
    assert "\x1b[32mok\x1b[0m" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == text(found)


# JSON


@cache
def validator() -> jsonschema.Draft7Validator:
    """The committed schema, in which objects have no more than what it lists."""
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    for definition in (schema, *schema["definitions"].values()):
        if "properties" in definition:
            definition["additionalProperties"] = False
    return jsonschema.Draft7Validator(schema)


def strict(written: str) -> Any:
    return json.loads(written, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_json_is_what_its_schema_says(case: tuple[str, Verification]) -> None:
    written = render(case[1], ".json")
    assert [error.message for error in validator().iter_errors(strict(written))] == []
    assert written == render(CASES[case[0]](), ".json")
    assert written.isascii()


def test_json_has_all_that_was_found() -> None:
    data = strict(render(made.not_finite(), ".json"))
    assert data["format_version"] == 1
    assert list(data)[:4] == ["format_version", "modelspec", "name", "file"]
    assert data["is_equal"] is False
    assert data["compared"] == ["keras", "torch", "onnx"]
    assert data["layers"][5]["deviations"]["semantics"]["onnx"]["error"] == "Infinity"
    assert data["layers"][6]["deviations"]["rounding"]["torch"]["error"] == "NaN"
    assert data["layers"][6]["passes"] is False
    assert data["backends"][0]["peak_mib"] == "NaN"
    exact = made.not_finite().layers[2].deviations["rounding"]["onnx"].error
    assert data["layers"][2]["deviations"]["rounding"]["onnx"]["error"] == exact


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("format_version",), 2),
        (("is_equal",), None),
        (("layers", 0, "deviations", "semantics", "keras", "error"), "nan"),
        (("layers", 0, "deviations", "semantics", "keras", "error"), None),
        (("backends", 0, "status"), "unknown"),
        (("divergence", "alone"), []),
        (("histograms", 0, "counts", 0), 1.5),
        (("more",), 1),
    ],
    ids=str,
)
def test_the_schema_refuses_what_no_report_has(path: tuple[Any, ...], value: Any) -> None:
    data = strict(render(made.diverging(), ".json"))
    inside = data
    for part in path[:-1]:
        inside = inside[part]
    inside[path[-1]] = value
    assert not validator().is_valid(data)


def test_the_schema_wants_every_field() -> None:
    data = strict(render(made.diverging(), ".json"))
    for name in data:
        assert not validator().is_valid({key: value for key, value in data.items() if key != name}), name


def test_the_committed_schema_is_what_the_dataclasses_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema", "--verification"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json_schema()
    assert json.loads(SCHEMA.read_text()) == printed, f"modelspec schema --verification -o schemas/{SCHEMA.name}"


def test_every_field_of_the_schema_is_described() -> None:
    schema = json_schema()
    kinds = {"": schema, **schema["definitions"]}
    bare = [
        f"{kind}.{name}"
        for kind, definition in kinds.items()
        for name, it in definition.get("properties", {}).items()
        if not it.get("description")
    ]
    assert bare == []
    assert all(it.get("description") for it in kinds.values())


# JUnit


def junit(found: Verification) -> ElementTree.Element:
    return ElementTree.fromstring(render(found, ".xml"))[0]


def failures(suite: ElementTree.Element) -> dict[str, str]:
    return {
        f"{it.attrib['classname'].removeprefix('modelspec.verify.')} {it.attrib['name']}": failure.attrib["message"]
        for it in suite
        if (failure := it.find("failure")) is not None
    }


def test_junit_fails_where_a_verification_is_not_equal(case: tuple[str, Verification]) -> None:
    name, found = case
    suite = junit(found)
    assert bool(failures(suite)) == (name not in EQUAL)
    assert suite.attrib["tests"] == str(len(suite))
    assert suite.attrib["failures"] == str(len(suite.findall("testcase/failure")))
    assert suite.attrib["skipped"] == str(len(suite.findall("testcase/skipped")))


def test_junit_has_a_test_for_each_layer_in_each_backend() -> None:
    found = made.diverging()
    suite = junit(found)
    layers = [it for it in suite if it.attrib["classname"].startswith("modelspec.verify.layers.")]
    assert len(layers) == len(found.layers) * len(found.backends)
    failed = [it for it in layers if it.find("failure") is not None]
    assert [it.attrib["name"] for it in failed] == [it.name for it in found.layers[3:]]
    assert {it.attrib["classname"] for it in failed} == {"modelspec.verify.layers.torch"}
    assert (failed[0].attrib["file"], failed[0].attrib["line"]) == ("specs/net.json", "10")
    (failure,) = failed[0]
    message = "float64 against float64: 0.0033 where 1e-10 is allowed; input: random (all kinds)"
    assert failure.attrib == {"message": message, "type": "semantics"}
    assert failure.text == f"specs/net.json:10:5: block0_separableconv2d\n{message}"


def test_junit_of_backends_that_are_skipped() -> None:
    assert failures(junit(made.skipped())) == {"backends onnx": "MS702 onnx needs onnx, not installed here"}
    (skipped,) = junit(made.skipped(allowed=["onnx"])).findall("testcase[@name='onnx']/skipped")
    assert skipped.attrib["message"] == "MS702 onnx needs onnx, not installed here"
    assert failures(junit(made.without_a_tier())) == {"backends onnx, bfloat16 against float64": "MS703 no bfloat16"}
    assert len(junit(made.without_a_tier(allowed=["onnx:bfloat16"])).findall("testcase/skipped")) == 1
    assert failures(junit(ALONE)) == {"backends two at least are compared": "keras compared, no layers"}


def test_junit_of_files_has_a_test_for_each_output() -> None:
    suite = junit(made.files(error=0.02))
    message = "outputs against the other file: 0.02 where 0.0001 is allowed; input: smooth (all kinds)"
    assert failures(suite) == {"outputs.net.int8.onnx scores": message}
    assert len(suite) == 1 + 2 + 2


def test_junit_of_training() -> None:
    suite = junit(made.trained(error=1e-3))
    said = "torch from keras: 0.001 where 1e-09 is allowed"
    assert failures(suite) == {"training.gradient.torch block0_conv2d/kernel": said}
    (failed,) = suite.findall("testcase[failure]")
    assert (failed.attrib["file"], failed.attrib["line"]) == ("specs/net.json", "7")
    assert failures(junit(UNTRAINED)) == {"training two backends at least train": NOT_TRAINED}


# The command


NET = {
    "format_version": 1,
    "name": "net",
    "inputs": {"image": {"shape": [6, 6, 2]}},
    "layers": [
        {"type": "Conv2D", "filters": 3, "kernel_size": 3, "padding": "same", "activation": "relu"},
        {"type": "BatchNormalization"},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "units": 4},
    ],
}


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        ("report.pdf", "MS704", "does not end in .html, .json or .xml"),
        ("report", "MS704", "the suffix says how it is written"),
        ("nowhere/report.html", "MS805", "make the folder first"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_work_starts(
    name: str, code: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Verifier, "__init__", lambda *_, **__: pytest.fail("work has started"))
    assert cli.main(["verify", "no_such_spec", "--report", "good.json", "--report", name]) == 1
    error = capsys.readouterr().err
    assert code in error
    assert hint in error
    assert list(tmp_path.iterdir()) == []


def test_reports_of_a_real_verification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for backend in ("torch", "onnx"):
        require(backend)
    monkeypatch.chdir(tmp_path)
    Path("net.json").write_text(json.dumps(NET))
    reports = [part for suffix in FORMATS for part in ("--report", f"report{suffix}")]
    assert cli.main(["verify", "net.json", "--backends", "torch,onnx", *reports]) == 0
    assert "net: equal: torch = onnx: 4 layers" in capsys.readouterr().out
    data = strict(Path("report.json").read_text())
    assert [error.message for error in validator().iter_errors(data)] == []
    assert data["is_equal"] is True
    examples = sum(len(it) for it in data["probes"].values())
    for it in data["histograms"]:
        assert sum(it["counts"]) + it["equal"] + it["odd"] == examples * 4
        assert it["layer"] == "dense"
    assert [it["tier"] for it in data["histograms"]] == ["semantics", "rounding"]
    rounding = data["histograms"][1]
    assert -12 < rounding["edges"][0] < rounding["edges"][-1] <= -5
    assert len(Page(Path("report.html").read_text()).with_class("point")) == 2 * 4 * 2
    suite = ElementTree.parse("report.xml").getroot()[0]
    assert (suite.attrib["failures"], len(suite)) == ("0", 1 + 2 + 4 * 2)
