"""How findings are written: each format as its reader takes it, and with the names that a stranger would choose."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree import ElementTree

import jsonschema
import pytest
from faulty_net import NET, apart, write

from modelspec import cli
from modelspec.diagnostics import CODES, Diagnostic, Edit, Fix, Frame, Place
from modelspec.reports import FORMATS, Run, render
from modelspec.reports.locations import below_root, located, uri
from modelspec.validation import Report, validate

FOLDER = Path(__file__).parent
SARIF = jsonschema.Draft202012Validator(
    json.loads((FOLDER / "fixtures" / "schemas" / "sarif-2.1.0.json").read_text()),
    format_checker=jsonschema.FormatChecker(),
)
TRAIL = {
    "format_version": 1,
    "name": "net",
    "inputs": {"image": {"shape": [8, 8, 3]}},
    "blocks": {
        "conv": {
            "parameters": {"size": {"type": "integer"}},
            "layers": [{"type": "Conv2D", "filters": 2, "kernel_size": "${size}"}],
        }
    },
    "layers": [{"for": "k", "in": [2, 99], "layers": [{"block": "conv", "with": {"size": "${k}"}}]}],
}
DOUBTFUL = {**NET, "layers": [{"type": "Dense", "units": 1, "activation": "softmax"}]}
HOSTILE = (
    "line\n::error::broken",
    "::error file=x::at the start",
    "##[error]old command",
    "%0A::error::already escaped",
    "escape \x1b[2J\x1b]0;title\x07 \x9b31m",
    "]]> <!-- <script>alert(1)</script> &amp; ]]&gt;",
    "bidi \u202e\u2066\u061c hidden \u200b\xad tags \ufff9\ufffb\U000e0041",
    "carriage\rreturn,comma:colon",
    "nothing\x00\x01\x7f\ufffe\uffff",
    "half \ud800 and \udc80",
    "line \u2028 separator \x85 next",
    "[link](http://example.org) ![image](x) @someone #1 `code` | column",
    "{0} {name} {{",
    "emoji \U0001f600 é ß 漢字",
)
HOSTILE_FILES = (
    "line\nbreak.json",
    "::error::x.json",
    "##[error].json",
    "escape\x1b[2J.json",
    "100%.json",
    "a,b:c.json",
    "c:d.json",
    "sp ace#hash?query.json",
    "]]>&<x>.json",
    "\u202egnp.json",
    "\udc80\udcff.json",
    "漢字.json",
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return apart(tmp_path, monkeypatch)


def hostile_run() -> Run:
    """Every hostile text wherever a text may stand, in every hostile file."""
    reports: list[Report] = []
    for file in HOSTILE_FILES:
        place = Place(file, 1, 2, 1, 3)
        found = tuple(
            Diagnostic(
                "MS203",
                text,
                text,
                place,
                f"/{text}",
                (Frame(text, place), Frame(text, None)),
                severity,
                Fix(text, (Edit(file, 0, 1, text.replace("\ud800", "").replace("\udc80", "")),)),
            )
            for text in HOSTILE
            for severity in ("error", "warning", "note")
        )
        reports.append(Report(file, found, texts={file: f"\t{''.join(HOSTILE)}"}))
    return Run(reports)


def test_every_format_is_a_module_that_renders() -> None:
    for name in FORMATS:
        assert render(Run([Report("net.json", ())]), name).endswith("\n") or name == "text"


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_stranger_writes_does_nothing(name: str) -> None:
    text = render(hostile_run(), name)
    text.encode()  # no half of a surrogate pair
    if name in ("json", "sarif", "gitlab"):
        json.dumps(json.loads(text), ensure_ascii=False).encode()  # nor one that a reader would make of an escape
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0041]", text
    )
    if name in ("text", "github", "markdown"):
        assert "##[" not in text
    own = r"::(error|warning|notice) [^:]*title=MS203::" if name == "github" else "(?!)"
    lines = text.splitlines()
    assert not [line for line in lines if line.lstrip().startswith("::") and not re.match(own, line)]


@pytest.mark.parametrize("file", HOSTILE_FILES)
@pytest.mark.parametrize("name", FORMATS)
def test_hostile_names_of_real_files(name: str, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(file).write_text(json.dumps(NET))
    assert cli.main(["validate", "--format", name, "--", file]) == 1
    out, err = capsys.readouterr()
    assert "MS205" in out
    assert err == "1 spec: 2 errors\n"
    assert cli.main(["validate", "--format", name, "-o", "out", "--", file]) == 1
    assert Path("out").read_text() == out


# GitHub


def test_github_commands(capsys: pytest.CaptureFixture[str]) -> None:
    write("specs/net.json", NET)
    write("specs/other.json", DOUBTFUL)
    assert cli.main(["validate", "specs", "--format", "github"]) == 1
    place = "specs/net.json,line=13,endLine=13,col=12,endColumn=18"
    doubt = "softmax over one unit is always 1, whatever the model reads"
    hint = "use sigmoid for one unit, or give it a unit for each class"
    assert capsys.readouterr().out.splitlines() == [
        f'::error file={place},title=MS205::there is no layer type "Dens"%0Ahint: did you mean "Dense"?',
        f'::error file={place.replace("13", "16")},title=MS205::there is no layer type "Nope"',
        f"::warning file=specs/other.json,line=15,endLine=15,col=18,endColumn=27,title=MS901::{doubt}%0Ahint: {hint}",
        'specs/net.json:13:12: MS205 error: there is no layer type "Dens"',
        'specs/net.json:16:12: MS205 error: there is no layer type "Nope"',
        f"specs/other.json:15:18: MS901 warning: {doubt}",
        "2 specs: 2 errors, 1 warning",
    ]


def test_github_gives_columns_only_within_a_line() -> None:
    place = Place("a.json", 3, 5, 9, 2)
    (line, *_) = render(Run([Report("a.json", (Diagnostic("MS101", "m", place=place),))]), "github").splitlines()
    assert line == "::error file=a.json,line=3,endLine=9,title=MS101::m"
    (line, *_) = render(Run([Report("a.json", (Diagnostic("MS801", "m", severity="note"),))]), "github").splitlines()
    assert line == "::notice title=MS801::m"


def test_github_escapes_as_its_runner_unescapes() -> None:
    place = Place("100%,a:b.json", 1, 1, 1, 2)
    (line, *_) = render(Run([Report("", (Diagnostic("MS101", "50%,\n::x", "h", place),))]), "github").splitlines()
    assert line == (
        "::error file=100%25%2Ca%3Ab.json,line=1,endLine=1,col=1,endColumn=2,title=MS101::50%25,\\u000a::x%0Ahint: h"
    )


# SARIF


def sarif(run: Run) -> dict[str, Any]:
    document = json.loads(render(run, "sarif"))
    SARIF.validate(document)
    (found,) = document["runs"]
    return found


def test_sarif_is_valid_whatever_was_found() -> None:
    assert sarif(Run([]))["results"] == []
    found = sarif(hostile_run())
    assert len(found["results"]) == 3 * len(HOSTILE) * len(HOSTILE_FILES)
    bad = json.loads(render(hostile_run(), "sarif"))
    bad["runs"][0]["results"][0]["level"] = "grave"
    with pytest.raises(jsonschema.ValidationError):
        SARIF.validate(bad)


def test_sarif_says_where_and_how_one_gets_there() -> None:
    write("net.json", TRAIL)
    (result,) = (run := sarif(Run([validate("net.json")])))["results"]
    (location,) = result["locations"]
    assert location["logicalLocations"] == [{"fullyQualifiedName": "/blocks/conv/layers/0/kernel_size"}] or location[
        "logicalLocations"
    ] == [{"fullyQualifiedName": "/blocks/conv/layers/0/type"}]
    assert location["physicalLocation"]["artifactLocation"] == {"uri": "net.json", "uriBaseId": "%SRCROOT%"}
    region = location["physicalLocation"]["region"]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps[:-1]] == [
        "repetition 2 (k = 99)",
        'block "conv" with size=99',
    ]
    assert steps[-1]["location"]["physicalLocation"]["region"] == region
    assert run["columnKind"] == "unicodeCodePoints"
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (rule["id"], rule["shortDescription"]["text"]) == (result["ruleId"], CODES[result["ruleId"]])


def test_sarif_rules_have_their_pages_and_levels() -> None:
    write("net.json", NET)
    write("other.json", DOUBTFUL)
    run = sarif(Run([validate("net.json"), validate("other.json")]))
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert {code: rule["defaultConfiguration"]["level"] for code, rule in rules.items()} == {
        "MS205": "error",
        "MS901": "warning",
    }
    for code, rule in rules.items():
        page = (FOLDER.parent / "docs" / "errors" / f"{code}.md").read_text()
        assert page.startswith(rule["help"]["markdown"].split("\n")[0])
        assert rule["fullDescription"]["text"].split()[:5] == page.split("\n\n")[1].split()[:5]
        assert "## Wrong" not in rule["help"]["text"]
        assert not re.search(r"\]\((?!https?:)", rule["help"]["markdown"]), "a relative link leads nowhere on a service"


def test_sarif_fixes_are_ranges_of_characters() -> None:
    text = '{"é": 1}'
    edit = Edit("net.json", 1, 4, '"e"')
    finding = Diagnostic("MS201", "m", place=Place("net.json", 1, 2, 1, 5), fix=Fix("rename it", (edit,)))
    (result,) = sarif(Run([Report("net.json", (finding,))]))["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    start, length = replacement["deletedRegion"]["charOffset"], replacement["deletedRegion"]["charLength"]
    assert text[:start] + replacement["insertedContent"]["text"] + text[start + length :] == '{"e": 1}'
    assert result["fixes"][0]["description"]["text"] == "rename it"


def test_sarif_messages_have_no_placeholders_and_no_links() -> None:
    message = "write ${width}, not {0}; see [here](http://example.org)"
    (result,) = sarif(Run([Report("net.json", (Diagnostic("MS203", message),))]))["results"]
    text = result["message"]["text"]
    assert text.replace("{{", "{").replace("}}", "}").replace("] (", "](") == message
    assert not re.search(r"(?<!\{)\{(?!\{)|\]\(", text)


@pytest.mark.parametrize("file", [*HOSTILE_FILES, "plain.json", "deep/er.json"])
def test_addresses_mean_the_file(file: str, here: Path) -> None:
    address = uri(below_root(file))
    assert address.isascii()
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert unquote_to_bytes(parts.path.removeprefix("./")) == os.fsencode(file)
    absolute = urlsplit(uri(str(here / file)))
    assert (absolute.scheme, unquote_to_bytes(absolute.path)) == ("file", os.fsencode(here / file))


# Where files are


def test_files_are_named_from_the_root_of_the_checkout(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "repo" / "models").mkdir(parents=True)
    monkeypatch.chdir(here / "repo" / "models")
    assert (
        below_root("net.json") == below_root(str(here / "repo/models/net.json")) == below_root("./x/../net.json") == "net.json"
    )
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        with monkeypatch.context() as patch:
            patch.setenv(name, str(here / "repo"))
            assert below_root("net.json") == "models/net.json"
            assert below_root("../other.json") == "other.json"
            assert below_root("../../outside.json") == str(here / "outside.json")


@pytest.mark.parametrize("name", ["github", "sarif", "junit", "gitlab", "markdown"])
def test_reports_do_not_depend_on_the_machine(name: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    for folder in ("one", "two/deeper"):
        (here / folder).mkdir(parents=True)
        monkeypatch.chdir(here / folder)
        files = [write("specs/net.json", NET), write("specs/trail.json", TRAIL)]
        texts.append(render(Run([validate(here / folder / file) for file in [*files, "specs/gone.json"]]), name))
    assert texts[0] == texts[1]
    assert str(here) not in texts[0]


# Fingerprints


def fingerprints(text: str) -> list[str]:
    Path("net.json").write_text(text)
    return [item.fingerprint for item in located(Run([validate("net.json")]))]


def test_fingerprints_outlive_moved_lines_and_differ_otherwise() -> None:
    compact, wide = fingerprints(json.dumps(NET)), fingerprints("\n\n" + json.dumps(NET, indent=4))
    assert compact == wide
    assert len(set(compact)) == 2
    assert fingerprints(json.dumps({**NET, "layers": [{"type": "Dans"}]})) != compact[:1]


def test_fingerprints_are_unique() -> None:
    same = Diagnostic("MS104", "twice")
    run = Run([Report("a.json", (same, same)), Report("b.json", (same,))])
    assert len({item.fingerprint for item in located(run)}) == 3
    issues = json.loads(render(hostile_run(), "gitlab"))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == 3 * len(HOSTILE) * len(HOSTILE_FILES)


# GitLab, JUnit, JSON, Markdown


def test_gitlab_issues() -> None:
    write("specs/net.json", NET)
    write("other.json", DOUBTFUL)
    issues = json.loads(render(Run([validate("specs/net.json"), validate("other.json"), validate("gone.json")]), "gitlab"))
    assert [(issue["check_name"], issue["severity"], issue["location"]["path"]) for issue in issues] == [
        ("MS205", "critical", "specs/net.json"),
        ("MS205", "critical", "specs/net.json"),
        ("MS901", "major", "other.json"),
        ("MS806", "critical", "gone.json"),
    ]
    assert issues[0]["location"]["lines"] == {"begin": 13, "end": 13}
    assert issues[-1]["location"]["lines"] == {"begin": 1, "end": 1}
    assert issues[0]["description"] == 'MS205: there is no layer type "Dens"; hint: did you mean "Dense"?'


@pytest.mark.parametrize(("fail_on", "failures"), [("error", 1), ("warning", 2), ("never", 0)])
def test_junit_fails_what_the_run_fails(fail_on: Any, failures: int) -> None:
    write("net.json", NET)
    write("doubtful.json", DOUBTFUL)
    write("good.json", {**DOUBTFUL, "layers": [{"type": "Dense", "units": 2}]})
    run = Run([validate(file) for file in ("net.json", "doubtful.json", "good.json")], fail_on=fail_on)
    suite = ElementTree.fromstring(render(run, "junit"))[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors")} == {
        "tests": "3",
        "failures": str(failures),
        "errors": "0",
    }
    cases = {case.get("name"): case for case in suite}
    assert [case.find("failure") is not None for case in cases.values()].count(True) == failures
    assert (cases["doubtful.json"].find("system-out") is None) is (fail_on == "warning")
    assert list(cases["good.json"]) == []
    if failures:
        failure = cases["net.json"].find("failure")
        assert failure is not None
        assert failure.get("message") == 'there is no layer type "Dens" (and 1 more)'
        assert 'net.json:16:12: MS205 there is no layer type "Nope"' in str(failure.text)


def test_junit_is_xml_whatever_was_found() -> None:
    suite = ElementTree.fromstring(render(hostile_run(), "junit"))[0]
    assert len(suite) == len(HOSTILE_FILES)
    assert render(hostile_run(), "junit").isascii()
    assert {element.tag for element in suite.iter()} == {"testsuite", "testcase", "failure", "system-out"}


def test_json_has_every_field() -> None:
    write("net.json", TRAIL)
    document = json.loads(render(Run([validate("net.json")]), "json"))
    (finding,) = document["files"][0]["findings"]
    assert finding.keys() == {"code", "severity", "message", "hint", "pointer", "place", "trail", "fix"}
    assert [step["text"] for step in finding["trail"]] == ["repetition 2 (k = 99)", 'block "conv" with size=99']
    assert render(hostile_run(), "json").isascii()


def test_markdown_shows_text_as_it_is() -> None:
    text = render(hostile_run(), "markdown")
    rows = text.splitlines()[4:]
    assert {row.count(" | ") for row in rows if row.startswith("| ")} == {2}
    assert not re.search(r"<(?!br>)|\]\(|`|@|://", text)
    many = Run([Report("a.json", (Diagnostic("MS203", "m"),) * 600)])
    assert render(many, "markdown").endswith("\nThe first 500 of 600 findings.\n")


def test_a_run_fails_by_what_it_is_told_to() -> None:
    note = Run([Report("a.json", (Diagnostic("MS203", "m", severity="note"),))])
    fails: Callable[[Any], bool] = lambda least: replace(note, fail_on=least).failed  # noqa: E731
    assert [fails(least) for least in ("error", "warning", "note", "never")] == [False, False, True, False]
