"""docs/errors: every code has a page, every page a code, and the examples of each page do what it says they do."""

from __future__ import annotations

import json
import re
import shlex
import struct
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from modelspec import block_files, cli, evaluation, expansion, explanation, expressions, feeds, plugins, source, weights
from modelspec.diagnostics import CODES, Diagnostic
from modelspec.validation import validate

FOLDER = Path(__file__).parent.parent / "docs" / "errors"
PAGES = [pytest.param(path, id=path.stem) for path in sorted(FOLDER.glob("MS*.md"))]
INFO = re.compile(
    r"json (?P<role>wrong|right)(?: encoding=(?P<encoding>[a-z0-9-]+))?"
    r"|(?:json|text) file=(?P<file>[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*)"
    r"|sh (?P<command>wrong|right)(?: not-run: (?P<reason>.+))?"
)
"""What may stand behind the three backticks: a spec, a file beside it, or lines of commands."""
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.S | re.M)
SECTIONS = {"wrong": "Wrong", "right": "Right"}
RUN_WHERE: Mapping[str, Callable[[], bool]] = {
    "needs a machine without PyTorch": lambda: find_spec("torch") is None,
    "needs a machine without a GPU": lambda: "CUDAExecutionProvider" not in runtime_providers(),
}
"""Reasons why commands run on some machines only, and whether this is one of them."""


@dataclass(frozen=True)
class Example:
    """A fence: ``role`` is wrong, right, or empty for a ``file`` beside the spec."""

    text: str
    role: str = ""
    file: str = ""
    encoding: str = "utf-8"
    is_command: bool = False
    not_run: str = ""
    """Why commands are shown but not run, unless the machine is such a one."""
    section: str = ""

    @property
    def data(self) -> bytes:
        return self.text.encode(self.encoding)


def examples(text: str) -> list[Example]:
    """Return the fences of a page, each with the section that it stands in."""
    found: list[Example] = []
    for fence in FENCE.finditer(text):
        info = INFO.fullmatch(fence[1])
        assert info, f"a fence of this kind is not part of a page: ```{fence[1]}"
        found.append(
            Example(
                fence[2],
                info["role"] or info["command"] or "",
                info["file"] or "",
                info["encoding"] or "utf-8",
                bool(info["command"]),
                info["reason"] or "",
                (["", *sections(text[: fence.start()])])[-1],
            )
        )
    assert text.count("```") == 2 * len(found), "a fence stands alone at the beginning of a line"
    return found


def sections(text: str) -> list[str]:
    return re.findall(r"^## (.*)$", FENCE.sub("", text), re.M)


@pytest.fixture
def page(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, list[Example]]]:
    """A page's code and the examples that are no files; the files lie in the working folder, beside a photo and a model.

    Packages are found there, too: a page may hold what an installer leaves of one.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    plugins._entry_points.cache_clear()
    found = examples(request.param.read_text(encoding="utf-8"))
    (tmp_path / "photo.png").write_bytes(photo())
    (tmp_path / "external.onnx").write_bytes(external_model())
    for example in found:
        if example.file:
            (tmp_path / example.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / example.file).write_bytes(example.data)
    yield request.param.stem, [example for example in found if not example.file]
    plugins._entry_points.cache_clear()
    for example in found:
        sys.modules.pop(example.file.removesuffix(".py"), None)


def photo(size: int = 8) -> bytes:
    """Return a grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x80" * 3 * size) * size
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def external_model() -> bytes:
    """Return an ONNX model whose weights would lie beside it."""
    import onnx

    weight = onnx.TensorProto(name="kernel", dims=[3], data_type=1, data_location=onnx.TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value="weights.bin")
    return onnx.ModelProto(ir_version=9, graph=onnx.GraphProto(initializer=[weight])).SerializeToString()


def runtime_providers() -> list[str]:
    import onnxruntime

    return onnxruntime.get_available_providers()


def found_in(example: Example) -> tuple[Diagnostic, ...]:
    Path("net.json").write_bytes(example.data)
    return validate("net.json").findings


def run(example: Example, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Run the lines of an example and return the last one's exit code and output; the others must succeed."""
    lines = example.text.splitlines()
    code, output = 0, ""
    for line in lines:
        assert code == 0, output
        assert line.startswith("modelspec "), line
        code = cli.main(shlex.split(line)[1:])
        output = "".join(capsys.readouterr())
    return code, output


def test_every_code_has_a_page() -> None:
    assert sorted(CODES.keys() - {path.stem for path in FOLDER.glob("*.md")}) == []


def test_every_page_has_a_code() -> None:
    assert {path.stem for path in FOLDER.iterdir()} - CODES.keys() == {"README"}


def test_the_index_lists_every_code_with_its_title() -> None:
    listed = re.findall(r"^\| \[(MS\d{3})\]\((.*?)\) \| (.*?) \|$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.M)
    assert listed == [(code, f"{code}.md", title) for code, title in sorted(CODES.items())]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_written_as_all_are(path: Path) -> None:
    text, code = path.read_text(encoding="utf-8"), path.stem
    title, _, rest = text.partition("\n")
    assert title == f"# {code}: {CODES[code]}"
    assert rest.partition("\n## ")[0].strip(), "the page says what the code means"
    wanted = ["Wrong", "Right", "When to ignore it"]
    assert sections(text) in ([wanted, wanted[:2]] if code.startswith("MS9") else [wanted[:2]])
    roles = [example.role for example in examples(text) if example.role]
    assert set(roles) == {"wrong", "right"}
    assert all(example.section == SECTIONS[example.role] for example in examples(text) if example.role)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("page", PAGES, indirect=True)
def test_the_wrong_examples_give_the_code(page: tuple[str, list[Example]], capsys: pytest.CaptureFixture[str]) -> None:
    code, found = page
    for example in found:
        if example.role == "right" or (example.not_run and not RUN_WHERE[example.not_run]()):
            continue
        if example.is_command:
            exit_code, output = run(example, capsys)
            assert exit_code == 1, output
            assert set(re.findall(r"\bMS\d{3}\b", output)) == {code}, output
            continue
        findings = found_in(example)
        shown = "\n".join(map(str, findings))
        assert all(finding.place is not None for finding in findings), shown
        errors = {finding.code for finding in findings if finding.severity == "error"}
        if code.startswith("MS9"):
            assert not errors, shown
            assert code in {finding.code for finding in findings}, shown
        else:
            assert errors == {code}, shown


@pytest.mark.parametrize("page", PAGES, indirect=True)
def test_the_right_examples_do_not_give_the_code(page: tuple[str, list[Example]], capsys: pytest.CaptureFixture[str]) -> None:
    code, found = page
    for example in found:
        if example.role == "wrong" or (example.not_run and not RUN_WHERE[example.not_run]()):
            continue
        if example.is_command:
            exit_code, output = run(example, capsys)
            assert exit_code == 0, output
            assert code not in output
            continue
        bad = [str(finding) for finding in found_in(example) if finding.severity != "note" or finding.code == code]
        assert not bad, "\n".join(bad)


@pytest.mark.parametrize("page", [it for it in PAGES if str(it.id).startswith("MS9") and it.id != "MS949"], indirect=True)
def test_a_lint_key_keeps_a_rule_quiet(page: tuple[str, list[Example]]) -> None:
    code, found = page
    for example in found:
        if example.role == "wrong":
            spec = json.loads(example.text)
            ignored = spec.get("lint", {}).get("ignore", [])
            quiet = replace(example, text=json.dumps({**spec, "lint": {"ignore": [*ignored, code], "reason": "an example"}}))
            assert not {code, "MS949"} & {finding.code for finding in found_in(quiet)}


def test_nearly_all_examples_are_run() -> None:
    pages = [path.read_text(encoding="utf-8") for path in FOLDER.glob("MS*.md")]
    reasons = [example.not_run for page in pages for example in examples(page) if example.not_run]
    assert sorted(reasons) == sorted(RUN_WHERE), "each reason stands on one page"


LIMITS: Mapping[str, tuple[int, ...]] = {
    "MS105": (source.MAX_INTEGER,),
    "MS106": (source.MAX_BYTES, source.MAX_DEPTH, block_files.MAX_FILES),
    "MS405": (
        expressions.MAX_SOURCE,
        expressions.MAX_TOKENS,
        expressions.MAX_DEPTH,
        evaluation.MAX_LENGTH,
        evaluation.MAX_DEPTH,
    ),
    "MS510": (expansion.MAX_LAYERS, 10 * expansion.MAX_LAYERS, expansion.MAX_DEPTH),
    "MS511": (expansion.MAX_PARAMETERS,),
    "MS512": (expansion.MAX_ACTIVATION_BYTES // 2**30,),
    "MS601": (weights.MAX_HEADER // 10**6,),
    "MS802": (feeds.MAX_PIXELS,),
}
"""What the pages say of limits."""


@pytest.mark.parametrize("code", LIMITS)
def test_pages_say_the_limits_as_they_are(code: str) -> None:
    numbers = re.findall(r"[0-9][0-9,]*(?<!,)", (FOLDER / f"{code}.md").read_text(encoding="utf-8").partition("\n## ")[0])
    assert {f"{limit:,}" for limit in LIMITS[code]} <= set(numbers)


def test_explain_prints_a_page_for_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert cli.main(["explain", "ms107"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"MS107: {CODES['MS107']}\n\n")
    assert "```" not in text
    assert not re.search("^#", text, re.M)
    assert '\n\nblocks/gate.json:\n    {\n      "format_version": 1,\n' in text
    prose = [line for line in text.splitlines() if not line.startswith("    ")]
    assert max(map(len, prose)) <= 60
    words = re.sub(r"[\s#]+", " ", FENCE.sub("", (FOLDER / "MS107.md").read_text(encoding="utf-8")))
    assert " ".join("\n".join(prose).replace("blocks/gate.json:\n", "").split()) == words.strip()


def test_explain_writes_addresses_out_and_leaves_tables_alone() -> None:
    table = "| a | b |\n|---|---|\n| 1 | 2 |"
    page = f"# T\n\nSee [this](https://a.example/b)\nand [that](../spec.md#x).\n\n- one\n  more\n- two\n\n{table}\n"
    shown = explanation.plain(page, 80)
    assert shown == f"T\n\nSee this <https://a.example/b> and that.\n\n- one more\n- two\n\n{table}\n"


def test_explain_lists_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain"]) == 0
    assert capsys.readouterr().out == "".join(f"{code}  {title}\n" for code, title in sorted(CODES.items()))
    assert cli.main(["explain", "MS30"]) == 0
    assert re.findall(r"^MS\d+", capsys.readouterr().out, re.M) == sorted(code for code in CODES if code.startswith("MS30"))


@pytest.mark.parametrize(
    ("code", "hint"), [("MS999", 'did you mean "MS9'), ("203", 'did you mean "MS203"?'), ("x", "lists all codes")]
)
def test_explain_knows_only_codes(code: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", code]) == 1
    error = capsys.readouterr().err
    assert f'MS704 there is no code "{code}"' in error
    assert hint in error
