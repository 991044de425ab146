"""``modelspec run`` on a folder of photos: a row each, whatever becomes of it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image

import modelspec
from modelspec import cli, photos, plugins, tables

NET = {
    "format_version": 1,
    "name": "net",
    "inputs": {"image": {"shape": [6, 8, 3]}},
    "layers": [
        {"type": "Conv2D", "filters": 4, "kernel_size": 3},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "units": 3},
    ],
}


def run(*arguments: str) -> int:
    return cli.main(["run", "net.onnx", *arguments])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    modelspec.compile(NET, "onnx", seed=3).save("net.onnx")
    Path("photos/more").mkdir(parents=True)
    for at in range(5):
        pixels = np.random.default_rng(at).integers(0, 255, (12, 16, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(f"photos/{'more/' * (at > 3)}{at}.png")
    Path("photos/notes.txt").write_text("no photo")
    Path("labels.txt").write_text("cat\ndog\nfox\n")
    return tmp_path


def table(name: str) -> list[dict[str, str]]:
    with Path(name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_each_photo_has_the_row_that_it_has_alone(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run("--input", "photos", "-o", "out.csv", "--batch", "2", "--top", "2", "--labels", "labels.txt", "--threads", "2") == 0
    )
    out, err = capsys.readouterr()
    assert out == "out.csv\n"
    assert "5 photos, " in err
    rows = table("out.csv")
    assert [row["photo"] for row in rows] == ["0.png", "1.png", "2.png", "3.png", "more/4.png"]
    for row in rows:
        assert run("--input", f"photos/{row['photo']}", "--json", "--top", "2") == 0
        ((alone,),) = [it["top"] for it in json.loads(capsys.readouterr().out).values()]
        assert [int(row["class_1"]), int(row["class_2"])] == [it["class"] for it in alone]
        assert float(row["score_1"]) == pytest.approx(alone[0]["score"], rel=1e-5)
        assert row["label_1"] == ["cat", "dog", "fox"][int(row["class_1"])]


def test_what_cannot_be_read_is_a_row_and_the_others_go_on(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("photos/1.png").write_bytes(b"broken")
    assert run("--input", "photos", "-o", "out.jsonl", "--batch", "2") == 1
    assert "1 cannot be read" in capsys.readouterr().err
    rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [bool(row["error"]) for row in rows] == [False, True, False, False, False]
    assert rows[1]["top"] == []
    assert "1.png is neither an image" in rows[1]["error"]


def parquet(name: str) -> list[dict[str, object]]:
    return pyarrow.parquet.read_table(name).to_pylist()


@pytest.mark.parametrize("labels", [[], ["--labels", "labels.txt"]], ids=["numbers", "labels"])
def test_every_table_has_the_same_rows(labels: list[str], here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("photos/1.png").write_bytes(b"broken")
    for suffix in tables.TABLES:
        assert run("--input", "photos", "-o", f"out{suffix}", "--top", "2", *labels) == 1
    lines = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert json.loads(Path("out.json").read_text()) == lines
    rows = parquet("out.parquet")
    cells = [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
    assert cells == table("out.csv")
    assert list(rows[0]) == list(table("out.csv")[0])
    kinds = {name: type(value) for name, value in rows[0].items() if not name.startswith("label")}
    assert kinds == {"photo": str, "error": type(None), "class_1": int, "score_1": float, "class_2": int, "score_2": float}
    assert sorted(it.name for it in here.glob("out*")) == ["out.csv", "out.json", "out.jsonl", "out.parquet"]


def test_a_score_that_is_no_number_is_null(here: Path) -> None:
    for suffix in (".json", ".parquet"):
        made = tables.Table(f"out{suffix}", 1, (), resume=False)
        made.add([tables.Row("a.png", top=((1, float("nan")),)), tables.Row("b.png", top=((2, 0.5),))])
        made.finish()
    assert [it["top"][0]["score"] for it in json.loads(Path("out.json").read_text())] == [None, 0.5]
    assert [it["score_1"] for it in parquet("out.parquet")] == [None, 0.5]


@pytest.mark.parametrize("name", ["out.json", "out.parquet"])
def test_a_file_that_is_made_at_the_end_goes_on_from_its_working_file(
    name: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--input", "photos", "-o", "whole.jsonl", "--top", "2") == 0
    lines = Path("whole.jsonl").read_bytes().splitlines(keepends=True)
    Path(f"{name}.jsonl").write_bytes(b"".join(lines[:3]) + lines[3][:5])
    capsys.readouterr()
    assert run("--input", "photos", "-o", name) == 1
    assert f"MS805 {name}.jsonl is there already" in capsys.readouterr().err
    for other in (["--top", "1"], ["--top", "2", "--labels", "labels.txt"]):
        assert run("--input", "photos", "-o", name, "--resume", *other) == 1
        assert f"MS805 {name}.jsonl has other columns than this run" in capsys.readouterr().err
    assert not Path(name).exists()
    assert run("--input", "photos", "-o", name, "--resume", "--top", "2") == 0
    assert "3 were there" in capsys.readouterr().err
    assert not Path(f"{name}.jsonl").exists()
    rows = parquet(name) if name.endswith("parquet") else json.loads(Path(name).read_text())
    assert [row["photo"] for row in rows] == [json.loads(line)["photo"] for line in lines]
    assert run("--input", "photos", "-o", name, "--resume", "--top", "2") == 1
    assert f"MS805 {name} is finished, and nothing can be added" in capsys.readouterr().err


def test_a_long_table_is_made_in_parts(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "AT_ONCE", 2)
    assert run("--input", "photos", "-o", "out.parquet") == 0
    assert pyarrow.parquet.ParquetFile("out.parquet").num_row_groups == 3
    assert len(parquet("out.parquet")) == 5


def test_without_what_writes_parquet_no_photo_is_read(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugins, "find_spec", lambda module: None if module == "pyarrow" else module)
    monkeypatch.setattr(photos, "rows", lambda *_, **__: pytest.fail("photos were read"))
    assert run("--input", "photos", "-o", "out.parquet") == 1
    err = capsys.readouterr().err
    assert "MS702 a .parquet file needs pyarrow" in err
    assert "pip install 'modelspec-compiler[parquet]'" in err


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
def test_a_run_that_was_cut_off_is_gone_on_with(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--input", "photos", "-o", name) == 0
    whole = Path(name).read_bytes()
    lines = whole.splitlines(keepends=True)
    Path(name).write_bytes(b"".join(lines[:3]) + lines[3][:5])
    capsys.readouterr()
    assert run("--input", "photos", "-o", name) == 1
    assert "MS805" in capsys.readouterr().err
    assert run("--input", "photos", "-o", name, "--resume") == 0
    assert "were there" in capsys.readouterr().err
    assert Path(name).read_bytes().count(b"\n") == whole.count(b"\n")
    assert [line.split(b",")[0] for line in Path(name).read_bytes().splitlines()] == [
        it.split(b",")[0] for it in whole.splitlines()
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--input", "photos"], "MS704"),
        (["--input", "photos", "-o", "out.xlsx"], "MS704"),
        (["--input", "empty", "-o", "out.csv"], "MS801"),
        (["--input", "photos", "-o", "gone/out.csv"], "MS805"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_a_finding(
    arguments: list[str], code: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    assert run(*arguments) == 1
    assert code in capsys.readouterr().err
