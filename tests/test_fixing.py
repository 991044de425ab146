"""``validate --fix``: what has one safe mend is mended, and nothing else is touched."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import mistakes_in_layers
import mistakes_in_text
import mistakes_in_values
import mistakes_of_beginners
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mistakes import MARK, Mistake, blocks, spec
from slips import DENSE, MENDS, RELU, SLIPS, SOUND, STAY, Slip

from modelspec import cli
from modelspec.diagnostics import Edit, Fix
from modelspec.fixing import applied, fixed
from modelspec.layers import LAYERS
from modelspec.mends import LAYER_ALIASES, literal, meant
from modelspec.source import parse
from modelspec.validation import Checks, validate_bytes

NET = Path("net.json")
MISTAKES = (
    *mistakes_in_text.MISTAKES,
    *mistakes_in_values.MISTAKES,
    *mistakes_in_layers.MISTAKES,
    *mistakes_of_beginners.MISTAKES,
)


def mended(text: str, checks: Checks | None = None) -> str:
    return fixed(text.encode(), NET, checks or Checks())[0].decode()


def codes(text: str) -> set[str]:
    return {finding.code for finding in validate_bytes(text.encode(), NET).findings}


@pytest.mark.parametrize(("code", "text", "instead"), [it[1:] for it in MENDS], ids=[it[0] for it in MENDS])
def test_a_mend_changes_what_is_wrong_and_nothing_else(code: str, text: str, instead: str) -> None:
    before, wrong, after = re.split("[«»]", text)
    assert code in codes(before + wrong + after)
    right = mended(before + wrong + after)
    assert right == before + instead + after
    assert code not in codes(right)
    assert mended(right) == right


@pytest.mark.parametrize("text", [it[1] for it in STAY], ids=[it[0] for it in STAY])
def test_what_could_mean_two_things_stays(text: str) -> None:
    data = text.encode(errors="surrogateescape")
    assert validate_bytes(data, NET).errors
    assert fixed(data, NET, Checks()) == (data, 0)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda it: it.id)
def test_any_mistake_can_be_mended_as_often_as_one_likes(mistake: Mistake) -> None:
    data = mistake.text.replace(MARK, "").encode(errors="surrogateescape")
    once, number = fixed(data, NET, Checks())
    assert fixed(once, NET, Checks()) == (once, 0)
    assert (once != data) == (number > 0)
    left = [(it.code, it.message) for it in validate_bytes(once, NET).findings if it.fix]
    assert not left


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.sampled_from(SLIPS), min_size=1, max_size=8, unique_by=lambda slip: slip.sound), st.booleans(), st.booleans()
)
def test_a_spec_with_slips_becomes_what_it_was(slips: list[Slip], carriage_returns: bool, mark: bool) -> None:
    text = SOUND
    for slip in slips:
        assert text.count(slip.sound) == 1, slip
        text = text.replace(slip.sound, slip.broken)
    prefix = "\ufeff" if mark else ""
    if carriage_returns:
        text, sound = text.replace("\n", "\r\n"), SOUND.replace("\n", "\r\n")
    else:
        sound = SOUND
    assert mended(prefix + text) == prefix + sound


def test_every_slip_is_a_mistake_and_the_sound_spec_has_none() -> None:
    assert not validate_bytes(SOUND.encode(), NET).errors
    for slip in SLIPS:
        assert validate_bytes(SOUND.replace(slip.sound, slip.broken).encode(), NET).errors, slip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SOUND) - 1), st.integers(0, 3), st.sampled_from("\"'{}[]:,x1 \n")), max_size=6))
def test_any_text_can_be_mended_as_often_as_one_likes(damage: list[tuple[int, int, str]]) -> None:
    text = SOUND
    for position, length, put in damage:
        text = text[:position] + put + text[position + length :]
    once, number = fixed(text.encode(), NET, Checks())
    assert fixed(once, NET, Checks()) == (once, 0)
    assert (once == text.encode()) == (number == 0)


LINTED = '{"type": "Dense", "units": 2, "lint": {"ignore": [%s], "reason": "r"}}'


@pytest.mark.parametrize(
    ("ignored", "left"),
    [('"MS901"', None), ('"MS901", "MS905"', None), ('"MS901", "MS942"', None)],
)
def test_stale_lint_codes_are_removed(ignored: str, left: str | None) -> None:
    text = spec(LINTED % ignored)
    assert "MS949" in codes(text)
    assert mended(text) == spec(DENSE)


def test_a_lint_code_that_is_of_use_stays() -> None:
    text = spec('{"type": "Dense", "units": 1, "activation": "softmax", "lint": {"ignore": ["MS905", "MS901", "MS910"]}}')
    assert mended(text) == text.replace('["MS905", "MS901", "MS910"]', '["MS901"]')
    assert mended(text, Checks({"n": 1})) == mended(text, Checks(parameter_sets=["a"])) == text


def test_a_lint_key_that_stands_first_goes_with_its_comma() -> None:
    text = spec('{"lint": {"ignore": ["MS901"]}, "type": "ReLU"}')
    assert mended(text) == spec('{"type": "ReLU"}')


def test_edits_that_meet_are_made_one_after_the_other() -> None:
    def fix(*edits: tuple[int, int, str]) -> Fix:
        return Fix("", tuple(Edit("net.json", *edit) for edit in edits))

    assert applied("abcdef", [fix((1, 3, "X")), fix((2, 4, "Y")), fix((5, 6, "Z")), fix((1, 3, "X"))]) == ("aXdeZ", 2)
    assert applied("abcdef", [fix((3, 3, "X")), fix((3, 3, "X")), fix((0, 1, ""), (5, 6, ""))]) == ("bcXde", 2)


@pytest.mark.parametrize(
    ("word", "known", "name"),
    [
        ("kernelSize", ["kernel_size", "kernel_sizes"], "kernel_size"),
        ("a_b", ["ab", "a-b"], None),
        ("kernl", ["kernel"], "kernel"),
        ("kernl", ["kernel", "kerne"], None),
        ("krenel", ["kernel"], "kernel"),
        ("kern", ["kerne"], None),
        ("stage1", ["stage2"], None),
        ("conv_bn", ["conv_in"], None),
        ("branch_a", ["branch_b"], None),
        ("branch_ab", ["branch_a"], None),
        ("Conv4D", ["Conv2D"], None),
        ("", ["a"], None),
        ("x" * 100_000, ["kernel"], None),
        ("kernl", [f"k{number}" for number in range(600)] + ["kernel"], None),
    ],
)
def test_what_a_word_can_only_mean(word: str, known: list[str], name: str | None) -> None:
    assert meant(word, known) == name


@pytest.mark.parametrize(
    ("value", "wanted", "text"),
    [
        ("3", "an integer", "3"),
        ("03", "an integer", None),
        ("3.5", "an integer", None),
        ("3.5", "a number", "3.5"),
        ("3", "a natural number or a list of 2 natural numbers", "3"),
        ("-3", "a natural number or a list of 2 natural numbers", None),
        ("1e999", "a number", None),
        ("nan", "a number", None),
        (3.0, "a number", None),
        (2.0**40, "an integer", None),
        (True, "an integer", None),
        ("TRUE", "true or false", None),
    ],
)
def test_what_a_value_can_only_mean(value: Any, wanted: str, text: str | None) -> None:
    assert literal(value, [wanted]) == text


def test_second_names_are_those_of_keras() -> None:
    """In a process of its own, so that the other tests here need no framework."""
    script = (
        "import json, sys, keras; aliases = json.load(sys.stdin);"
        "wrong = [one for one, other in aliases.items() if getattr(keras.layers, one) is not getattr(keras.layers, other)];"
        "sys.exit(str(wrong) if wrong else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(LAYER_ALIASES), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert LAYER_ALIASES.keys().isdisjoint(LAYERS) and {*LAYER_ALIASES.values()} <= LAYERS.keys()


def run(*arguments: str) -> int:
    return cli.main(["validate", *arguments])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


WRONG = spec('{"type": "dense", "units": "2"}', '{"type": "Nothing"}').replace("\n", "\r\n")
BETTER = WRONG.replace('"dense"', '"Dense"').replace('"2"', "2")


def test_the_command_mends_a_file_and_prints_what_is_left(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "net.json").write_bytes(WRONG.encode())
    (here / "net.json").chmod(0o600)
    assert run("--fix", "net.json") == 1
    out, err = capsys.readouterr()
    assert out.startswith('net.json:6:12: MS205 there is no layer type "Nothing"') and "dense" not in out
    assert err == "fixed 2 findings in net.json\n1 spec: 1 error\n"
    assert (here / "net.json").read_bytes() == BETTER.encode()
    assert stat.S_IMODE((here / "net.json").stat().st_mode) == 0o600
    assert [it.name for it in here.iterdir()] == ["net.json"]
    before = (here / "net.json").stat().st_mtime_ns
    assert run("--fix", "net.json") == 1
    assert (here / "net.json").stat().st_mtime_ns == before


def test_the_difference_is_shown_and_nothing_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "net.json").write_bytes(WRONG.encode())
    (here / "good.json").write_text(spec(DENSE))
    assert run("--fix", "--diff", "net.json", "good.json") == 1
    out, err = capsys.readouterr()
    assert [line for line in out.splitlines() if line.startswith(("+ ", "- "))] == [
        '-  {"type": "dense", "units": "2"},\\u000d',
        '+  {"type": "Dense", "units": 2},\\u000d',
    ]
    assert err == "would fix 2 findings in net.json\n"
    assert (here / "net.json").read_bytes() == WRONG.encode()
    assert run("--diff", "good.json") == 0


def test_a_block_file_is_mended_where_it_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = '{"format_version": 1, "layers": [{"type": "relu"}]}'
    user = spec('{"block": "b"}', more=blocks('"b": {"use": "b.json"}'))
    (here / "b.json").write_text(block)
    (here / "a.json").write_text(user)
    assert run("--fix", "a.json") == 1
    assert (here / "b.json").read_text() == block
    assert run("--fix", "a.json", "b.json") == 0
    assert (here / "b.json").read_text() == block.replace("relu", "ReLU")
    assert (here / "a.json").read_text() == user
    assert "fixed 1 finding in b.json" in capsys.readouterr().err


def test_what_a_link_leads_to_is_left_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "net.json").write_text(WRONG)
    (here / "link.json").symlink_to("net.json")
    assert run("--fix", "link.json") == 1
    assert "MS805 link.json is not written, because it is reached through a link" in capsys.readouterr().err
    assert (here / "net.json").read_bytes() == WRONG.encode() and (here / "link.json").is_symlink()


def test_the_standard_input_and_shipped_specs_are_not_mended(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--fix", "-") == 2
    assert "not for the standard input" in capsys.readouterr().err
    assert run("--fix", "xception", "--select", "MS901") == 0


def test_every_fix_is_in_the_report(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "net.json").write_text(spec('{"type": "relu"}'))
    assert run("--format", "json", "net.json") == 1
    (finding,) = json.loads(capsys.readouterr().out)["files"][0]["findings"]
    text = (here / "net.json").read_text()
    (edit,) = finding["fix"]["edits"]
    assert finding["fix"]["title"] == 'write "ReLU"'
    assert text[edit["start"] : edit["end"]] == '"relu"' and edit["text"] == '"ReLU"' and edit["file"] == "net.json"


def test_a_text_of_slips_is_mended_in_one_reading() -> None:
    text = spec(*["{'type': 'ReLU',}"] * 20)
    assert len(validate_bytes(text.encode(), NET).findings) == 60
    assert parse(mended(text).encode(), "net.json").value == json.loads(spec(*[RELU] * 20))
