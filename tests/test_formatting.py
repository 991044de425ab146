"""``modelspec fmt``: one text for one meaning, and the command that writes it."""

from __future__ import annotations

import io
import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modelspec import cli, document, elaborate, library
from modelspec.diagnostics import SpecError
from modelspec.formatting import _FORMS, WIDTH, formatted
from modelspec.graph import Graph
from modelspec.source import MAX_BYTES, parse

ROOT = Path(__file__).parent.parent
SHIPPED = sorted([*(ROOT / "specs").rglob("*.json"), *(ROOT / "examples").rglob("*.json")])
SMALL = '{ "format_version": 1, "name": "n", "inputs": { "x": { "shape": [3] } }, "layers": [{ "type": "ReLU" }] }'
CANONICAL = """{
  "format_version": 1,
  "name": "n",
  "inputs": { "x": { "shape": [3] } },
  "layers": [{ "type": "ReLU" }]
}
"""


def fmt(text: str) -> str:
    return formatted(parse(text.encode(), "net.json"))


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


SORTED_KEYS = (
    (
        "document",
        '{"layers": [], "outputs": "a", "inputs": {}, "blocks": {}, "zzz": 1, "description": "d", "name": "n",'
        ' "parameter_sets": {}, "data_format": "channels_last", "parameters": {}, "lint": {}, "format_version": 1,'
        ' "$schema": "s"}',
        "$schema format_version name description lint data_format parameters parameter_sets inputs blocks layers outputs zzz",
    ),
    (
        "parameter",
        '{"layers": [], "parameters": {"p": {"description": "d", "minimum": 1, "default": 2, "type": "integer", "x": 0}}}',
        "type default minimum x description",
    ),
    (
        "input",
        '{"layers": [], "inputs": {"i": {"description": "d", "dtype": "bool", "shape": [1]}}}',
        "shape dtype description",
    ),
    (
        "block",
        '{"layers": [], "blocks": {"b": {"outputs": ["o"], "layers": [], "inputs": ["x"], "parameters": {}, "lint": {}}}}',
        "lint parameters inputs layers outputs",
    ),
    (
        "layer",
        '{"layers": [{"padding": "same", "lint": {}, "filters": 2, "inputs": "x", "name": "n", "type": "Conv2D", "a": 0}]}',
        "type name inputs padding filters a lint",
    ),
    ("call", '{"layers": [{"with": {"n": 1}, "inputs": "x", "name": "c", "block": "b"}]}', "block name inputs with"),
    (
        "repetition",
        '{"layers": [{"layers": [], "description": "d", "index": "i", "in": [], "name": "n", "for": "x"}]}',
        "for in index name description layers",
    ),
    ("condition", '{"layers": [{"else": [], "lint": {}, "then": [], "if": true}]}', "if lint then else"),
    ("step of no kind", '{"layers": [{"b": 1, "a": 2}]}', "b a"),
    ("value", '{"layers": [{"type": "X", "init": {"scale": 2, "mode": "a", "type": "V"}}]}', "type scale mode"),
    ("other JSON", '{"name": 1, "format": 2, "description": 3, "$schema": 4}', "name format description $schema"),
)
WAYS = {
    "parameter": ("parameters", "p"),
    "input": ("inputs", "i"),
    "block": ("blocks", "b"),
    "value": ("layers", 0, "init"),
    "document": (),
    "other JSON": (),
}


@pytest.mark.parametrize(("what", "text", "keys"), SORTED_KEYS, ids=[it[0] for it in SORTED_KEYS])
def test_keys_have_an_order_where_it_means_nothing(what: str, text: str, keys: str) -> None:
    value: Any = json.loads(fmt(text))
    for part in WAYS.get(what, ("layers", 0)):
        value = value[part]
    order = keys.replace(" zzz", "").split() if what != "document" else [*keys.split()]
    assert list(value) == order


def test_every_key_of_the_document_has_its_place() -> None:
    models = {
        "document": (document.Spec, document.BlockFile, document.Block, document.Use),
        "parameter": (document.IntegerParameter, document.ListParameter, document.ShapeParameter, document.StringParameter),
        "input": (document.Input,),
        "type": (document.LayerStep,),
        "block": (document.BlockStep,),
        "for": (document.RepeatStep,),
        "if": (document.ConditionStep,),
        "range": (document.Range,),
        "lint": (document.Lint,),
    }
    for form, kinds in models.items():
        keys = {info.alias or name for kind in kinds for name, info in kind.model_fields.items()}
        assert keys == {*_FORMS[form].first, *_FORMS[form].last}, form


@pytest.mark.parametrize("section", ["parameters", "parameter_sets", "inputs", "blocks", "outputs"])
def test_order_that_means_something_stays(section: str) -> None:
    text = f'{{"layers": [], "{section}": {{"b": {{}}, "a": {{}}, "c": {{}}}}}}'
    assert list(json.loads(fmt(text))[section]) == ["b", "a", "c"]


def test_values_of_a_call_stay_in_their_order() -> None:
    text = '{"layers": [{"with": {"type": 1, "block": 2, "a": 3}, "block": "b"}]}'
    assert list(json.loads(fmt(text))["layers"][0]["with"]) == ["type", "block", "a"]


def test_numbers_stay_as_they_are_written() -> None:
    numbers = "[1e-3, 0.10, 1E5, -0.0, 100, 2.50e+02, -0, 0.1]"
    assert fmt(f'{{"a": {numbers}}}') == f'{{\n  "a": {numbers}\n}}\n'


TEXTS = (
    (r'"\u0041\/\u00e9"', '"A/é"'),
    (r'"\u0009\u000a\u0000\u001b\u007f\u0085"', r'"\t\n\u0000\u001b\u007f\u0085"'),
    ('"\u2028\u202e\u200b\ufeff\u00ad"', r'"\u2028\u202e\u200b\ufeff\u00ad"'),
    ('"\\ud83d\\ude00 \\"\\\\"', '"😀 \\"\\\\"'),
    ('"\U000e0041"', r'"\udb40\udc41"'),
)


@pytest.mark.parametrize(("written", "canonical"), TEXTS, ids=[ascii(it[0]) for it in TEXTS])
def test_strings_have_the_escapes_that_they_need(written: str, canonical: str) -> None:
    assert fmt(written) == canonical + "\n"
    assert fmt(f"{{{written}: 1}}") == f"{{\n  {canonical}: 1\n}}\n"


def test_a_kernel_is_a_square_and_a_table_has_its_columns() -> None:
    assert fmt('{"k": [[0,-1,0],[-1,15,-1],[0,-1,0]]}') == (
        '{\n  "k": [\n    [ 0, -1,  0],\n    [-1, 15, -1],\n    [ 0, -1,  0]\n  ]\n}\n'
    )
    assert fmt('{"in": [[1,16,1,1],[6,320,2,1]]}') == '{\n  "in": [\n    [1,  16, 1, 1],\n    [6, 320, 2, 1]\n  ]\n}\n'
    assert fmt('{"padding": [[1,1],[0,10]]}') == '{\n  "padding": [[1, 1], [0, 10]]\n}\n'


def test_a_long_list_of_numbers_fills_its_lines() -> None:
    lines = fmt(json.dumps({"values": list(range(1000, 1060))})).splitlines()
    assert lines[2].startswith("    1000, 1001, ") and lines[-3].endswith(" 1059")
    assert max(map(len, lines)) <= WIDTH < max(map(len, lines)) + len(" 1000,")


def test_line_ends_and_marks_are_those_of_every_other_file() -> None:
    assert fmt("\ufeff" + SMALL.replace(", ", ",\r\n") + "\r\n\r\n") == CANONICAL


def test_a_text_that_would_grow_too_large_is_refused() -> None:
    text = "[" + ",".join(['{"a":[{},{}]}'] * (MAX_BYTES // 15)) + "]"
    with pytest.raises(SpecError, match="in its canonical form, the most that are read"):
        fmt(text)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_is_shipped_is_in_its_canonical_form(path: Path) -> None:
    text = path.read_bytes().decode()
    assert fmt(text) == text
    assert fmt(json.dumps(json.loads(text))) == fmt(json.dumps(json.loads(text), indent=7))


@pytest.mark.parametrize("name", ["xception", "mobilenet_v2"])
def test_a_spec_with_its_keys_in_another_order_means_the_same(name: str, tmp_path: Path) -> None:
    shipped = library.shipped(name).read_text()
    value = json.loads(shipped)
    turned = json.dumps(dict(reversed(value.items())))
    assert fmt(turned) == fmt(shipped)
    path = tmp_path / "net.json"
    path.write_text(fmt(json.dumps(_reversed_steps(value))))
    assert _meaning(elaborate(path)) == _meaning(elaborate(name))


def _meaning(graph: Graph) -> list[tuple[Any, ...]]:
    return [(it.name, it.layer, it.inputs, it.output, it.weights) for it in graph.nodes]


def _reversed_steps(value: Any) -> Any:
    """Return a spec with the keys of each step turned round."""
    if isinstance(value, list):
        return [_reversed_steps(item) for item in value]
    if not isinstance(value, dict):
        return value
    items = [(key, _reversed_steps(item)) for key, item in value.items()]
    return dict(reversed(items)) if {"type", "block", "for", "if"} & value.keys() else dict(items)


WORDS = st.sampled_from(
    ["type", "name", "inputs", "layers", "block", "with", "for", "in", "if", "then", "parameters", "blocks", "shape", "lint"]
)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(WORDS | st.text(), inner) | st.lists(st.lists(st.integers(-99, 99))),
    max_leaves=40,
)


@settings(max_examples=300, deadline=None)
@given(VALUES, st.sampled_from([None, 0, 3]), st.booleans())
@example({"layers": [{"type": "A" * 200, "a": [[1.5] * 40] * 3}]}, None, True)
@example({"layers": [[], {}, [[]], {"inputs": {}}], "blocks": []}, None, True)
def test_it_is_stable_and_keeps_every_value(value: Any, indent: int | None, ascii_only: bool) -> None:
    try:
        source = parse(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode(), "net.json")
    except (SpecError, UnicodeEncodeError):  # half of a surrogate pair
        return
    text = formatted(source)
    again = parse(text.encode(), "net.json")
    assert _sorted(again.value) == _sorted(source.value)
    assert formatted(again) == text
    assert text.endswith("\n") and not {"\r", "\x85", "\u2028"} & set(text)
    assert all(_is_single(line) for line in text.splitlines() if len(line) > WIDTH)


def _is_single(line: str) -> bool:
    """Return whether a line has one key or value, that could stand on no shorter one."""
    text = line.strip().rstrip(",")
    text += {"{": "}", "[": "]"}.get(text[-1], "")
    try:
        value = json.loads(f"{{{text}}}")
    except ValueError:
        value = [json.loads(text)]
    items = value.values() if isinstance(value, dict) else value
    return len(value) == 1 and not any(isinstance(item, dict | list) and item for item in items)


def _sorted(value: Any) -> str:
    """Return a value as text, so that 1, 1.0 and true differ and the order of keys does not."""
    return json.dumps(value, sort_keys=True)


def test_a_folder_is_rewritten_and_other_files_are_not(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.json").write_text(SMALL)
    (here / "b.json").write_text(CANONICAL)
    (here / "package.json").write_text('{"name":"x"}')
    (here / "broken.json").write_text('{"layers": [}')
    (here / "a.json").chmod(0o640)
    before = (here / "b.json").stat().st_mtime_ns
    assert run("fmt", ".") == 1
    out, err = capsys.readouterr()
    assert out == "" and "broken.json:1:13: MS103" in err
    assert err.endswith("1 file formatted, 1 file left as they are, 1 file with errors\n")
    assert (here / "a.json").read_text() == CANONICAL
    assert stat.S_IMODE((here / "a.json").stat().st_mode) == 0o640
    assert (here / "b.json").stat().st_mtime_ns == before
    assert (here / "package.json").read_text() == '{"name":"x"}'
    assert (here / "broken.json").read_text() == '{"layers": [}'
    assert {it.name for it in here.iterdir()} == {"a.json", "b.json", "broken.json", "package.json"}
    (here / "broken.json").unlink()
    assert run("fmt", "--check", ".") == 0


@pytest.mark.parametrize(("option", "shown"), [("--check", "a.json\n"), ("--diff", '+  "layers": [{ "type": "ReLU" }]\n')])
def test_check_and_diff_write_nothing(option: str, shown: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.json").write_text(SMALL)
    assert run("fmt", option, "a.json") == 1
    out, err = capsys.readouterr()
    assert shown in out and err == "1 file would be formatted\n"
    assert (here / "a.json").read_text() == SMALL
    (here / "a.json").write_text(CANONICAL)
    assert run("fmt", option, "a.json") == 0
    assert capsys.readouterr().out == ""


def test_a_difference_cannot_act_on_a_terminal(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.json").write_bytes(b'\xef\xbb\xbf["x",\n::error::x\x1b[31m\n"\xc2\x9b"]'.replace(b"\n::error::x\x1b[31m", b"\r"))
    assert run("fmt", "--diff", "a.json") == 1
    out = capsys.readouterr().out
    assert "\\u009b" in out and "\\ufeff" in out and "\\u000d" in out
    assert not {"\x9b", "\ufeff", "\r"} & set(out)


def test_the_standard_input_goes_to_the_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SMALL.encode())))
    assert run("fmt", "-") == 0
    assert capsysbinary.readouterr() == (CANONICAL.encode(), b"")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"[tru]")))
    assert run("fmt", "-", "--stdin-filename", "net.json") == 1
    out, err = capsysbinary.readouterr()
    assert out == b"" and err.startswith(b"net.json:1:2: MS103")


def test_what_a_link_leads_to_is_left_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "real").mkdir()
    (here / "real" / "a.json").write_text(SMALL)
    (here / "link.json").symlink_to(here / "real" / "a.json")
    (here / "folder").symlink_to(here / "real")
    assert run("fmt", "link.json", "folder/a.json") == 1
    assert capsys.readouterr().err.count("MS805") == 2
    assert (here / "link.json").is_symlink() and (here / "real" / "a.json").read_text() == SMALL


def test_a_write_that_fails_leaves_the_file(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "a.json").write_text(SMALL)

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert run("fmt", "a.json") == 1
    assert [it.name for it in here.iterdir()] == ["a.json"] and (here / "a.json").read_text() == SMALL


@pytest.mark.parametrize("path", ["xception", "nothing.json"])
def test_only_files_are_formatted(path: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("fmt", path) == 1
    assert "MS801" in capsys.readouterr().err
