"""Findings as a person reads them: carets, colours, terminals."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from faulty_net import NET, apart, write
from nets import calls

from modelspec.diagnostics import Diagnostic, Place
from modelspec.reports.text import styled


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return apart(tmp_path, monkeypatch)


def shown(text: str, place: tuple[int, int, int, int], width: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    finding = Diagnostic("MS203", "m", "h", Place("a.json", *place))
    first, *lines, hint = styled(finding, {"a.json": text}, coloured=False).split("\n")
    assert (first, hint) == ("a.json:{}:{}: MS203 m".format(*place), "  hint: h")
    return lines


def columns(text: str) -> int:
    """How many columns a terminal gives a text, in the cases of these tests."""
    marks = sum(unicodedata.category(character) in ("Mn", "Me", "Cf") for character in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(character) == "W" for character in text)


CARETS = [
    ("plain", '{"a": 0}', "0"),
    ("tabs", '\t\t{"a":\t0}', "0"),
    ("wide", '{"漢字": 0}', "0"),
    ("wide and marked", '{"x": "漢字"}', '"漢字"'),
    ("combining", '{"e\u0301a\u20dd": 0}', "0"),
    ("emoji", '{"\U0001f600": 0}', "0"),
    ("escaped", '{"\x1b\u202e": 0}', "0"),
]


@pytest.mark.parametrize(("what", "line", "meant"), CARETS, ids=[case[0] for case in CARETS])
def test_a_caret_stands_below_what_is_meant(what: str, line: str, meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    start = line.index(meant) + 1
    above, below = shown(f"\n{line}\r\n", (2, start, 2, start + len(meant)), 100, monkeypatch)
    assert above.startswith("    2 | ")
    assert below.startswith("      | ")
    assert columns(above[: above.rindex(meant)]) == below.index("^")
    assert below.count("^") == columns(meant)
    assert not {"\t", "\x1b", "\u202e"} & set(above)


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("before", [0, 30, 400])
@pytest.mark.parametrize("after", [0, 30, 400])
@pytest.mark.parametrize("filler", ["x", "漢"])
def test_a_long_line_is_cut_around_what_is_meant(
    width: int, before: int, after: int, filler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = f"{filler * before}MEANT{filler * after}"
    above, below = shown(line, (1, before + 1, 1, before + 6), width, monkeypatch)
    assert columns(above) <= width
    assert columns(above[: above.index("MEANT")]) == below.index("^")
    assert below.count("^") == 5
    assert ("…" in above) is (columns(line) + 9 > width)


def test_a_long_line_takes_no_longer_than_what_is_shown_of_it() -> None:
    finding = Diagnostic("MS203", "m", place=Place("a.json", 1, 500_000, 1, 500_001))
    assert calls(lambda: styled(finding, {"a.json": "x" * 1_000_000}, coloured=False)) < 10_000


@pytest.mark.parametrize("meant", ["##[", "#", "["])
def test_a_line_that_is_shown_is_no_command_of_a_log(meant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = '{"##[group]": 0}'
    start = line.index(meant) + 1
    above, below = shown(line, (1, start, 1, start + len(meant)), 100, monkeypatch)
    assert above == '    1 | {"##\\u005bgroup]": 0}'
    assert below.index("^") == above.index("\\" if meant == "[" else "#")


def test_a_value_of_several_lines_is_marked_to_the_end_of_its_first(monkeypatch: pytest.MonkeyPatch) -> None:
    above, below = shown('{"a": [1,\n 2,\n 3]}', (1, 7, 3, 4), 100, monkeypatch)
    assert above == '    1 | {"a": [1,'
    assert below == "      |       ^^^ … to line 3"


@pytest.mark.parametrize("place", [(1, 2, 1, 3), (2, 1, 2, 2)], ids=["end of a line", "end of the file"])
def test_what_is_missing_at_the_end_is_marked_there(place: tuple[int, int, int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown("{\n", place, 100, monkeypatch)[1] == "      | " + " " * (place[1] - 1) + "^"


def test_a_snippet_longer_than_the_terminal_is_marked_as_far_as_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    above, below = shown("x" * 500, (1, 100, 1, 400), 60, monkeypatch)
    assert columns(above) <= 60
    assert below.index("^") == above.index("x")
    assert columns(below) <= 60


def test_a_file_called_like_a_code_is_not_coloured() -> None:
    finding = Diagnostic("MS203", "MS203", place=Place("MS203.json", 1, 1, 1, 2))
    assert styled(finding, {}, coloured=True) == "MS203.json:1:1: \x1b[1;31mMS203\x1b[0m MS203"


def on_terminal(*arguments: str, **environment: str) -> str:
    """What a command writes to a terminal of 80 columns."""
    leader, follower = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    process = subprocess.Popen(
        [sys.executable, "-m", "modelspec", *arguments],
        stdout=follower,
        stderr=follower,
        stdin=subprocess.DEVNULL,
        env={**clean, "TERM": "xterm", "COLUMNS": "80", **environment},
    )
    os.close(follower)
    chunks: list[bytes] = []
    while True:
        try:
            chunks.append(os.read(leader, 65536))
        except OSError:  # how Linux says that nobody has the other end any more
            break
        if not chunks[-1]:
            break
    os.close(leader)
    process.wait()
    return b"".join(chunks).decode().replace("\r\n", "\n")


SNIPPET = """\
net.json:13:12: [MS205] there is no layer type "Dens"
   13 |    "type": "Dens"
      |            [^^^^^^]
  hint: did you mean "Dense"?
"""
COLOURED = SNIPPET.replace("[", "\x1b[1;31m").replace("]", "\x1b[0m")
PLAIN = SNIPPET.replace("[", "").replace("]", "")


@pytest.mark.parametrize("arguments", [["validate", "net.json"], ["summary", "net.json"]], ids=" ".join)
def test_a_terminal_shows_lines_and_colours(arguments: list[str]) -> None:
    write("net.json", {**NET, "layers": NET["layers"][:1]})
    assert on_terminal(*arguments).startswith(COLOURED)
    for off in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert on_terminal(*arguments, **off).startswith(PLAIN)
    assert on_terminal(*arguments, NO_COLOR="").startswith(COLOURED)


def test_a_pipe_and_a_file_get_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    write("net.json", NET)
    assert "\x1b" not in on_terminal("validate", "net.json", "-o", "out.txt")
    assert Path("out.txt").read_text().splitlines()[:2] == [
        'net.json:13:12: MS205 there is no layer type "Dens"',
        '  hint: did you mean "Dense"?',
    ]
    assert "\x1b" not in on_terminal("validate", "net.json", "--format", "github")


@pytest.mark.parametrize("arguments", [["validate"], ["validate", "--format", "github"], ["summary"]], ids=" ".join)
def test_a_terminal_without_unicode_gets_escapes(arguments: list[str]) -> None:
    write("net.json", NET)
    Path("net.json").write_text(json.dumps({**NET, "layers": [{"type": "Dänse"}]}, ensure_ascii=False), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "modelspec", *arguments, "net.json"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 1
    assert b"D\\xe4nse" in done.stdout + done.stderr


def test_findings_in_block_files_have_their_own_lines() -> None:
    write("blocks/b.json", {"format_version": 1, "layers": [{"type": "Dens"}]})
    write("net.json", {**NET, "blocks": {"b": {"use": "blocks/b.json"}}, "layers": [{"block": "b"}]})
    for verb in ("validate", "summary"):
        text = on_terminal(verb, "net.json", NO_COLOR="1")
        assert text.startswith('blocks/b.json:5:12: MS205 there is no layer type "Dens"\n    5 |    "type": "Dens"\n')
