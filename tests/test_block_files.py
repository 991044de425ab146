"""Blocks in files of their own: what they mean, and where their mistakes are shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from block_documents import block, codes, found, using, write
from nets import RELU, Json, dense, net

import modelspec
from modelspec import SpecError, cli, compiler, library
from modelspec.block_files import Folder
from modelspec.document import BlockFile
from modelspec.schema import json_schema

EXAMPLES = Path(__file__).parent.parent / "examples"
WIDEN: Json = {
    "parameters": {"factor": {"type": "integer", "default": 2}},
    "inputs": ["x"],
    "layers": [dense("${factor * x.channels}", name="wide"), dense("${x.channels}", name="back")],
    "outputs": ["back", "wide"],
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.chdir(root)
    return root


def test_a_block_file_means_what_the_block_means(here: Path) -> None:
    steps = (
        {"block": "b", "name": "first", "with": {"factor": 3}},
        {"type": "Concatenate", "inputs": ["first.wide", "first.back"]},
        {"block": "b"},
    )
    apart = modelspec.elaborate(
        write(here, net=using("blocks/widen.json", *steps), blocks__widen={"format_version": 1, **WIDEN})
    )
    together = modelspec.elaborate(net(*steps, blocks={"b": WIDEN}))
    assert apart.outputs == together.outputs
    assert apart.weights == together.weights
    assert [(node.name, node.layer, node.inputs) for node in apart.nodes] == [
        (node.name, node.layer, node.inputs) for node in together.nodes
    ]


def test_a_layer_remembers_the_file_that_it_stands_in(here: Path) -> None:
    path = write(here, net=using("blocks/b.json", RELU, {"block": "b", "inputs": "x"}), blocks__b=block(dense(2)))
    [node] = modelspec.elaborate(path).nodes
    assert node.origin.pointer == "blocks/b.json#/layers/0"
    assert str(node.origin.place) == f"{here}/blocks/b.json:1:34"
    assert [frame.text for frame in node.origin.trail] == ['block "b"']
    [made] = compiler.compile(path, "onnx").native.graph.node[:1]
    assert {item.key: item.value for item in made.metadata_props}["modelspec.pointer"] == "blocks/b.json#/layers/0"


def test_all_mistakes_of_all_files_are_found_at_once_each_at_its_place(here: Path) -> None:
    broken = '{"format_version": 1,\n "layers": [,]}'
    root = using(
        "a.json",
        {"type": "Dense", "unit": 3},
        {"block": "b"},
        {"block": "c", "name": "call"},
        {"type": "Add", "inputs": ["call.x"]},
    )
    root["blocks"]["c"] = {"use": "broken.json"}
    path = write(
        here,
        net=root,
        a=block({"type": "Rleu"}, {"block": "d"}, blocks={"d": {"use": "deep/d.json"}, "e": {"layers": [{"type": "Dens"}]}}),
        deep__d=block({"type": "Dense", "units": "${n}"}, colour=1),
        broken=broken,
    )
    findings = found(path)
    assert [(it.code, it.place and Path(it.place.file).name, it.pointer) for it in findings] == [
        ("MS201", "net.json", "/layers/0/unit"),
        ("MS205", "a.json", "a.json#/blocks/e/layers/0/type"),
        ("MS205", "a.json", "a.json#/layers/0/type"),
        ("MS201", "d.json", "deep/d.json#/colour"),
        ("MS103", "broken.json", "broken.json#"),
    ]
    assert [frame.text for frame in findings[3].trail] == ['block "b" from a.json', 'block "d" from deep/d.json']
    assert [frame.place and Path(frame.place.file).name for frame in findings[3].trail] == ["net.json", "a.json"]
    assert str(findings[4].place) == f"{here}/broken.json:2:13"


def test_a_mistake_in_the_root_hides_none_in_the_files(here: Path) -> None:
    path = write(here, net={**using("b.json"), "layer": []}, b=block({"type": "Rleu"}))
    assert codes(path) == ["MS201", "MS205"]


def test_what_does_not_fit_is_told_with_the_calls_that_led_there(here: Path) -> None:
    path = write(here, net=using("b.json", inputs={"x": {"shape": ["length", 3]}}), b=block({"type": "Flatten"}))
    [finding] = found(path)
    assert (finding.code, finding.pointer) == ("MS501", "b.json#/layers/0/type")
    assert [frame.text for frame in finding.trail] == ['block "b"']


def test_names_do_not_pass_from_file_to_file(here: Path) -> None:
    outer = using("b.json", {"block": "b"}, {"block": "private"}, parameters={"n": {"type": "integer", "default": 2}})
    outer["blocks"]["outer"] = {"layers": [RELU]}
    path = write(here, net=outer, b=block({"block": "outer"}, dense("${n}"), blocks={"private": {"layers": [RELU]}}))
    assert codes(path) == ["MS303", "MS303", "MS402"]


def test_files_with_equal_names_of_blocks_do_not_meet(here: Path) -> None:
    outer = using("b.json", {"block": "part"}, {"block": "b"})
    outer["blocks"]["part"] = {"layers": [dense(5)]}
    path = write(here, net=outer, b=block({"block": "part"}, blocks={"part": {"layers": [dense(7)]}}))
    assert [node.output.shape[-1] for node in modelspec.elaborate(path).nodes] == [5, 7]


def test_a_file_is_read_once(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = Folder.read
    monkeypatch.setattr(Folder, "read", lambda self, name: read.append(name) or original(self, name))
    both = net({"block": "l"}, {"block": "r"}, blocks={"l": {"use": "l.json"}, "r": {"use": "d/r.json"}})
    common = {"c": {"use": "../d/common.json"}}
    path = write(
        here,
        net=both,
        l=block({"block": "c"}, blocks={"c": {"use": "d/common.json"}}),
        d__r=block({"block": "c"}, blocks={"c": {"use": "common.json"}}),
        d__common=block(RELU),
    )
    assert len(modelspec.elaborate(path).nodes) == 2
    assert read == ["l.json", "d/common.json", "d/r.json"]
    write(here, d__r=block({"block": "c"}, blocks=common))
    assert len(modelspec.elaborate(path).nodes) == 2
    write(here, d__common=block({"type": "Rleu"}))
    assert codes(path) == ["MS205"]


def test_a_file_has_one_name_in_a_document(here: Path) -> None:
    both = net({"block": "a"}, blocks={"a": {"use": "b.json"}, "b": {"use": "b.json"}})
    [finding] = found(write(here, net=both, b=block(RELU)))
    assert (finding.code, finding.pointer, finding.message) == ("MS302", "/blocks/b/use", '"a" is this file already')


def test_files_that_use_one_another_are_refused_with_the_ring(here: Path) -> None:
    path = write(
        here,
        net=using("d/a.json"),
        d__a=block({"block": "b"}, blocks={"b": {"use": "b.json"}}),
        d__b=block({"block": "b"}, blocks={"b": {"use": "a.json"}}),
    )
    [finding] = found(path)
    assert (finding.code, finding.pointer) == ("MS304", "d/b.json#/blocks/b/use")
    assert finding.message.endswith("in a cycle: d/a.json -> d/b.json -> d/a.json")
    assert [frame.text for frame in finding.trail] == ['block "b" from d/a.json', 'block "b" from b.json']
    assert codes(write(here, net=using("net.json"))) == ["MS304"]


def test_a_document_without_a_folder_uses_no_files_unless_it_is_given_one(here: Path) -> None:
    write(here, blocks__b=block(RELU))
    [finding] = found(using("blocks/b.json"))
    assert (finding.code, finding.hint) == ("MS107", "write it to a file, or name a root folder")
    with pytest.raises(SpecError, match="MS107"):
        compiler.loads(json.dumps(using("blocks/b.json")).encode())
    assert len(modelspec.elaborate(modelspec.load(using("blocks/b.json"), root=here)).nodes) == 1
    assert codes(using("../b.json"), root=here / "blocks") == ["MS107"]
    made = modelspec.Spec.model_validate(using("blocks/b.json"))
    with pytest.raises(SpecError, match="MS107"):
        modelspec.elaborate(made)


def test_a_root_above_the_spec_opens_what_lies_beside_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here, nets__net=using("../blocks/b.json"), blocks__b=block(RELU))
    path = here / "nets" / "net.json"
    assert codes(path) == ["MS107"]
    assert len(modelspec.elaborate(modelspec.load(path, root=here)).nodes) == 1
    assert cli.main(["validate", "nets/net.json", "--root", "."]) == 0
    assert cli.main(["validate", "nets/net.json"]) == 1
    assert "leads out of the root folder" in capsys.readouterr().out
    assert codes(path, root=here / "blocks") == ["MS704"]


def test_shipped_specs_share_the_folder_of_all_of_them(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(here, nets__small=using("../blocks/b.json"), blocks__b=block(RELU))
    monkeypatch.setattr(library, "folder", lambda: here)
    assert len(modelspec.elaborate("nets/small").nodes) == 1
    assert len(modelspec.elaborate(here / "nets" / "small.json").nodes) == 1


@pytest.mark.parametrize("document", [[], 3, {"use": "b.json"}, net(RELU)], ids=["a list", "a number", "a use", "a spec"])
def test_a_file_that_is_no_block_is_refused(document: Any, here: Path) -> None:
    path = write(here, net=using("b.json"), b=document)
    assert {finding.pointer.partition("#")[0] for finding in found(path)} == {"b.json"}


def test_what_a_block_file_may_say_is_checked(here: Path) -> None:
    path = write(here, net=using("b.json"), b={"format_version": 2, "layers": []})
    assert codes(path) == ["MS208"]
    write(here, b={"layers": [RELU]})
    assert codes(path) == ["MS202"]
    write(here, b=block(RELU, data_format="channels_first", inputs=["x"]))
    assert codes(path) == ["MS201"]


@pytest.mark.parametrize(("value", "code"), [({"use": 3}, "MS204"), ({"use": "b.json", "layers": []}, "MS201"), (3, "MS204")])
def test_a_use_has_nothing_else(value: Any, code: str, here: Path) -> None:
    [finding] = found(write(here, net=net({"block": "b"}, blocks={"b": value}), b=block(RELU)))
    assert finding.code == code


def test_a_block_file_is_validated_by_itself(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(here, blocks__good=block(RELU, inputs=["x"], name="good"), blocks__bad=block({"type": "Rleu"}, dense("${n}")))
    assert cli.main(["validate", "blocks/good.json"]) == 0
    assert capsys.readouterr() == ("", "1 block file: no findings\n")
    assert cli.main(["validate", "blocks/bad.json"]) == 1
    out, err = capsys.readouterr()
    assert [line.split()[1] for line in out.splitlines() if line.startswith("blocks")] == ["MS205", "MS402"]
    assert err == "1 block file: 2 errors\n"
    write(here, net=using("blocks/good.json"))
    assert cli.main(["validate", "net.json", "blocks/good.json"]) == 0
    assert capsys.readouterr().err == "1 spec and 1 block file: no findings\n"
    assert cli.main(["summary", "blocks/good.json"]) == 1
    assert "the document is a block, not a spec" in capsys.readouterr().err


def test_the_example_compiles() -> None:
    graph = modelspec.elaborate(EXAMPLES / "attentive.json")
    assert sum(node.layer.kind == "Multiply" for node in graph.nodes) == 3
    assert cli.main(["validate", str(EXAMPLES / "attentive.json"), str(EXAMPLES / "blocks")]) == 0


def test_a_copy_of_a_spec_has_the_blocks_that_it_says(here: Path) -> None:
    spec = modelspec.load(write(here, net=using("b.json"), b=block(dense(2))))
    other = modelspec.Spec.model_validate(net(RELU, blocks={"b": {"layers": [dense(7)]}})).blocks
    assert modelspec.elaborate(spec.model_copy(update={"name": "copy"})).nodes[0].output.shape[-1] == 2
    assert modelspec.elaborate(spec.model_copy(update={"blocks": other})).nodes[0].output.shape[-1] == 7


def test_the_schemas_know_block_files() -> None:
    spec, block_file = (jsonschema.Draft7Validator(json_schema(kind)) for kind in (modelspec.Spec, BlockFile))
    block_file.check_schema(block_file.schema)
    squeeze = json.loads((EXAMPLES / "blocks" / "squeeze_excite.json").read_text())
    assert not list(spec.iter_errors(json.loads((EXAMPLES / "attentive.json").read_text())))
    assert not list(block_file.iter_errors(squeeze))
    assert list(spec.iter_errors(using("b.json") | {"blocks": {"b": {"use": 3}}}))
    assert list(spec.iter_errors(using("b.json") | {"blocks": {"b": {"use": "b.json", "layers": []}}}))
    assert list(spec.iter_errors(squeeze))
    assert list(block_file.iter_errors({**squeeze, "inputs": {"x": {"shape": [3]}}}))
    assert list(block_file.iter_errors({**squeeze, "layers": [{"type": "Rleu"}]}))
