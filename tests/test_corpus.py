"""Every hostile or broken document of the corpus gives the errors that it must give, where it must give them, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modelspec.fixing import fixed
from modelspec.reports import FORMATS, Run, render
from modelspec.source import parse
from modelspec.validation import Checks, Report, validate

CORPUS = Path(__file__).parent / "corpus"
EXPECTED: dict[Path, list[list[str | int]]] = {
    CORPUS / manifest.stem / f"{name}.json": errors
    for manifest in sorted(CORPUS.glob("*.json"))
    for name, errors in json.loads(manifest.read_text()).items()
}
FILES = [pytest.param(file, id=f"{file.parent.name}/{file.stem}") for file in EXPECTED]


def errors(report: Report) -> list[list[str | int]]:
    return sorted([it.code, it.place.line if it.place else 0] for it in report.findings if it.severity == "error")


def test_the_corpus_is_whole() -> None:
    assert set(EXPECTED) == set(CORPUS.glob("*/*.json"))
    assert len(EXPECTED) >= 300


@pytest.mark.parametrize("file", FILES)
def test_it_gives_what_it_must_give(file: Path) -> None:
    assert errors(validate(file)) == sorted(EXPECTED[file])


@pytest.mark.parametrize("file", [it for it in FILES if it.id and it.id.startswith("syntax/y_")])
def test_it_is_read_as_python_reads_it(file: Path) -> None:
    data = file.read_bytes()
    ours, theirs = parse(data, str(file)).value, json.loads(data.decode("utf-8-sig"))
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("file", [it for it in FILES if it.id and it.id.startswith("syntax/n_")])
def test_python_refuses_it_too(file: Path) -> None:
    """But for what RFC 8259 forbids and Python reads: NaN, Infinity, and halves of surrogate pairs."""
    lenient = {"nan", "infinity", "minus_infinity", "lone_high", "lone_low", "swapped_pair", "high_then_text"}
    if file.stem.removeprefix("n_") in lenient:
        json.loads(file.read_bytes())
        return
    with pytest.raises(ValueError):
        json.loads(file.read_bytes().decode())


@pytest.mark.parametrize("file", FILES)
def test_nothing_of_it_acts_where_its_findings_are_shown(file: Path) -> None:
    run = Run((validate(file),))
    for name in FORMATS:
        text = render(run, name)
        assert not any(ord(character) < 32 and character not in "\n\t" for character in text)
        assert not set(text) & set("\x7f\x9b\u2028\u2029\u202e\u2066\u200b")
        own = name == "github"
        assert not [line for line in text.split("\n") if line.lstrip().startswith("::") and not own]
        assert "##[" not in text


@pytest.mark.parametrize("file", FILES)
def test_mending_it_ends_and_does_no_harm(file: Path) -> None:
    before = file.read_bytes()
    after, _ = fixed(before, file, Checks())
    again, _ = fixed(after, file, Checks())
    assert again == after
    assert file.read_bytes() == before
