"""``modelspec run`` on a folder of photos: a row each, whatever becomes of it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import modelspec
from modelspec import cli

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
