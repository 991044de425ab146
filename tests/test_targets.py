"""``--target``: what a file is written for, and what is said where a target cannot express a model."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import modelspec
from modelspec.cli import main
from modelspec.diagnostics import Diagnostic, SpecError
from modelspec_onnx.targets import DEFAULT, FLAWS, IRS, NEEDS_IR, OPSETS, RELEASES, Versions, numbers, parse

SPEC: dict[str, Any] = {
    "format_version": 1,
    "name": "net",
    "inputs": {"image": {"shape": [8, 8, 3]}},
    "layers": [
        {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "same"},
        {"type": "GroupNormalization", "groups": 2, "name": "norm"},
        {"type": "Activation", "activation": "gelu"},
        {"type": "ReLU"},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "units": 2, "activation": "softmax"},
    ],
}
TWO = {
    **SPEC,
    "inputs": {"a": {"shape": [4]}, "b": {"shape": [4]}},
    "layers": [
        {"type": "Dense", "units": 4, "inputs": "a", "name": "first"},
        {"type": "ReLU", "name": "second"},
        {"type": "Dense", "units": 4, "inputs": "b", "name": "third"},
        {"type": "Add", "inputs": ["second", "third"]},
    ],
}


def written(target: str | None, **options: Any) -> Versions:
    native = modelspec.compile(SPEC, "onnx", target=target, **options).native
    onnx.checker.check_model(native, full_check=True)
    (imported,) = native.opset_import
    return Versions(imported.version, native.ir_version)


def refused(spec: Any = SPEC, **options: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        modelspec.compile(spec, "onnx", weights="not-there.safetensors", **options)
    return caught.value.diagnostics


@pytest.mark.parametrize("release", [*RELEASES, "1.13", "1.17.3", "1.31.1", "1.99", "2.0"])
def test_a_release_gets_what_it_reads_and_the_most_portable_of_that(release: str) -> None:
    most = RELEASES[max((it for it in RELEASES if numbers(it) <= numbers(release)), key=numbers)]
    assert written(f"ort=={release}") == Versions(17, min(9, most.ir))


@pytest.mark.parametrize("release", [it for it in RELEASES if RELEASES[it].opset in OPSETS])
def test_the_newest_that_a_release_reads_can_be_asked_for(release: str) -> None:
    opset, ir = RELEASES[release]
    assert written(f"ort=={release},opset=={opset},ir=={ir}") == (opset, ir)


@pytest.mark.parametrize("opset", OPSETS)
def test_a_version_of_the_format_is_raised_as_far_as_the_operator_set_needs(opset: int) -> None:
    assert written(f"opset=={opset}") == (opset, max(9, NEEDS_IR[opset]))
    assert written(f"opset=={opset},ir=={IRS[-1]}") == (opset, IRS[-1])
    assert written(f"ir=={NEEDS_IR[opset]}, opset=={opset}") == (opset, NEEDS_IR[opset])


def test_without_a_target_the_first_operator_set_is_written_that_has_everything() -> None:
    assert written(None) == DEFAULT == (17, 9)
    assert written(None, precision="bf16") == (22, 10)
    assert written("ort==1.21", precision="bf16") == (22, 10)


def test_files_for_the_oldest_compute_the_same() -> None:
    image = np.random.default_rng(0).uniform(0, 1, (2, 8, 8, 3)).astype(np.float32)
    (wanted,), (made,) = (modelspec.compile(SPEC, "onnx", target=it)(image).values() for it in (None, "ort==1.12"))
    assert np.array_equal(wanted, made)


def test_the_table_goes_up_and_each_row_tells_something() -> None:
    rows = list(RELEASES.items())
    for (older, before), (newer, after) in pairwise(rows):
        assert numbers(older) < numbers(newer)
        assert before != after
        assert before.opset <= after.opset
        assert before.ir <= after.ir
    assert rows[0][1].opset == OPSETS[0], "an older release would be of no use"


def test_the_page_shows_the_table() -> None:
    page = (Path(__file__).parent.parent / "docs" / "runtime.md").read_text()
    rows = re.findall(r"^\| ([0-9.]+) \| ([0-9]+) \| ([0-9]+) \|$", page, re.M)
    assert {release: Versions(int(opset), int(ir)) for release, opset, ir in rows} == RELEASES


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("ort=1.17", '"ort=1.17" is no target: ort==VERSION, opset==NUMBER and ir==NUMBER are targets'),
        ("ort=1.17", 'did you mean "ort==1.17"?'),
        ("opse==17", 'did you mean "opset==17"?'),
        ("17", '"17" is no target'),
        ("", '"" is no target'),
        ("opset==17,", '"" is no target'),
        ("ort==newest", '"newest" is no version of ONNX Runtime, such as 1.17 or 1.17.3'),
        ("ort==1", '"1" is no version of ONNX Runtime'),
        ("ort==1.11.1", "ONNX Runtime 1.11.1 reads none of the operator sets 17 to 23; 1.12 is the oldest"),
        ("opset==9", 'opset is "9"; the onnx backend writes 17 to 23'),
        ("opset==٢٠", "the onnx backend writes 17 to 23"),
        ("ir==12", 'ir is "12"; the onnx backend writes 8 to 11'),
        ("opset==17,opset==18", "opset is given twice"),
        ("opset==19,ir==8", "operator set 19 takes version 9 of ONNX's format, and ir is 8"),
        ("ort==1.17,opset==21", "ONNX Runtime 1.17 reads operator sets up to 20, and opset is 21: 1.18 reads it"),
        ("ort==1.12,ir==9", "ONNX Runtime 1.12 reads versions of ONNX's format up to 8, and ir is 9: 1.15 reads it"),
    ],
)
def test_targets_that_cannot_be_are_told_before_the_weights_are_opened(target: str, said: str) -> None:
    (finding,) = refused(target=target)
    assert finding.code == "MS704"
    assert said in finding.message


def test_all_that_is_wrong_with_a_target_is_said_at_once() -> None:
    found = refused(target="ort==1.16,ir==11,opset=17,opset==20", optimize=7)
    assert [it.message.partition(" ")[0] for it in found] == ['"opset=17"', "ONNX", "ONNX", "optimize"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("opset==21", "bfloat16 takes operator set 22, and opset is 21"),
        ("ort==1.17", "ONNX Runtime 1.17 reads operator sets up to 20, and bfloat16 takes 22: 1.21 reads it"),
        ("ir==9", "operator set 22 takes version 10 of ONNX's format, and ir is 9"),
    ],
)
def test_a_precision_that_a_target_does_not_have_is_a_matter_of_options(target: str, said: str) -> None:
    (finding,) = refused(target=target, precision="bf16")
    assert (finding.code, finding.message) == ("MS704", said)


@pytest.mark.parametrize("target", ["opset==17", "ort==1.17", "ir==9"])
def test_layers_of_bfloat16_are_named_where_it_begins(target: str) -> None:
    found = refused(TWO, target=target, dtype="bfloat16")
    assert {it.code for it in found} == {"MS703"}
    assert [it.pointer for it in found] == ["/layers/0", "/layers/2"]
    assert all("bfloat16 takes operator set 22, which the target does not have" in it.message for it in found)
    assert all("--target opset==22, which ONNX Runtime 1.21 reads" in it.hint for it in found)


def test_such_a_model_is_written_in_the_set_that_has_it() -> None:
    native = modelspec.compile(TWO, "onnx", target="ort==1.22", dtype="bfloat16").native
    onnx.checker.check_model(native, full_check=True)
    assert (native.opset_import[0].version, native.ir_version) == (22, 10)


def test_operators_that_a_release_crashes_on_are_named_by_their_layers() -> None:
    found = refused(target="ort==1.14.1", precision="fp16")
    assert [(it.code, it.pointer) for it in found] == [("MS703", "/layers/3")]
    assert "ONNX Runtime 1.14 crashes on the CPU when it loads Relu of float16" in found[0].message
    assert "--target opset==17,ir==8 writes the same file" in found[0].hint
    assert written("ort==1.13", precision="fp16") == written("opset==17,ir==8", precision="fp16") == (17, 8)
    assert written("ort==1.14") == (17, 8), "float32 is sound"


def test_each_flaw_is_of_a_release_by_its_own_name() -> None:
    assert all(parse(f"ort=={release}")[0].flaw is flaw for release, flaw in FLAWS.items())


def test_what_no_backend_can_do_and_what_a_target_cannot_come_together() -> None:
    spec = {
        **SPEC,
        "inputs": {"image": {"shape": ["height", 8, 3]}, "b": {"shape": [4]}},
        "layers": [
            {"type": "AdaptiveAveragePooling2D", "output_size": 7, "inputs": "image", "name": "pooled"},
            {"type": "ReLU", "inputs": "b", "name": "bent"},
        ],
        "outputs": ["pooled", "bent"],
    }
    assert [it.pointer for it in refused(spec, target="ort==1.14", precision="fp16")] == ["/layers/0", "/layers/1"]


def test_what_onnx_runtime_optimises_is_for_no_other_release() -> None:
    (finding,) = refused(target="ort==1.17", optimize=2)
    assert finding.message == "-O2 writes for the ONNX Runtime that is installed here, and no other: leave ort== out"
    assert refused(target="opset==18", optimize=2)[0].code != "MS704"


def test_the_command_writes_for_a_target(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sharpen.onnx"
    command = ["compile", "kernels/sharpen", "--backend", "onnx", "-o", str(path), "--target"]
    assert main([*command, "ort==1.12"]) == 0
    assert onnx.load(path).ir_version == 8
    assert main([*command, "opset==19,ir==10"]) == 0
    assert (onnx.load(path).opset_import[0].version, onnx.load(path).ir_version) == (19, 10)
    capsys.readouterr()
    assert main([*command, "ort==1.2"]) == 1
    assert "MS704 ONNX Runtime 1.2 reads none of the operator sets" in capsys.readouterr().err
