"""``modelspec validate`` from the command line: what is checked, what is said of the command itself, and when it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelspec import cli

SOUND = '{"format_version": 1, "name": "net", "inputs": {"x": {"shape": [4]}}, "layers": [{"type": "Dense", "units": 2}]}'
BROKEN = SOUND.replace("Dense", "Dens")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def run(*arguments: str) -> int:
    return cli.main(["validate", *arguments])


def test_the_working_folder_is_checked_where_no_path_is_given(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "specs").mkdir()
    (here / "specs" / "a.json").write_text(SOUND)
    (here / "specs" / "b.json").write_text(BROKEN)
    (here / "package.json").write_text('{"name": "x"}')
    assert run() == 1
    assert capsys.readouterr().err == "2 specs (1 other JSON file skipped): 1 error\n"


def test_a_folder_without_specs_is_said_to_have_none(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "package.json").write_text('{"name": "x"}')
    assert run() == 0
    assert capsys.readouterr().err == "no specs (1 other JSON file skipped) found\n"


def test_an_unknown_backend_is_said_once_whatever_is_in_the_files(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.json", "b.json"):
        Path(name).write_text(BROKEN)
    assert run(".", "--backend", "onxx") == 1
    assert capsys.readouterr() == ("", 'MS701 there is no backend "onxx"\n  hint: did you mean "onnx"?\n')


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ("MS205", "MS205 is an error, which cannot be kept quiet"),
        ("E501", "lint rules are those from MS901 on"),
        ("MS999", 'did you mean "MS949"?'),
    ],
)
def test_codes_that_are_no_lint_rules(codes: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("xception", "--ignore", codes) == 2
    assert words in capsys.readouterr().err


def test_a_link_that_leads_out_of_a_folder_is_not_read(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here.parent / "secret.json").write_text('{"layers": "token"}')
    specs = here / "specs"
    specs.mkdir()
    (specs / "sound.json").write_text(SOUND)
    (specs / "inside.json").symlink_to("sound.json")
    (specs / "out.json").symlink_to(here.parent / "secret.json")
    assert run("specs", "--format", "json") == 1
    out, err = capsys.readouterr()
    findings = {it["file"]: [(found["code"], found["message"]) for found in it["findings"]] for it in json.loads(out)["files"]}
    assert findings == {
        "specs/inside.json": [],
        "specs/sound.json": [],
        "specs/out.json": [("MS801", "specs/out.json is not read: it is a link that leads out of the folder")],
    }
    assert "token" not in out + err
