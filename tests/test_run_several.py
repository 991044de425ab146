"""``modelspec run`` on several files at once: one batch, in which each example is called by its file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from PIL import Image

import modelspec
from modelspec import cli

NET: dict[str, Any] = {
    "format_version": 1,
    "name": "net",
    "inputs": {"image": {"shape": [6, 8, 3]}},
    "layers": [{"type": "GlobalAveragePooling2D"}, {"type": "Dense", "name": "scores", "units": 3}],
}
FREE = {**NET, "inputs": {"image": {"shape": ["height", "width", 3]}}}
BOTH = {
    **NET,
    "inputs": {"one": {"shape": [6, 8, 3]}, "other": {"shape": [6, 8, 3]}},
    "layers": [{"type": "Add", "inputs": ["one", "other"]}],
}


def run(model: str, *files: str, more: tuple[str, ...] = ()) -> int:
    return cli.main(["run", model, *(it for file in files for it in ("--input", file)), *more])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, document in (("net", NET), ("free", FREE), ("both", BOTH)):
        modelspec.compile(document, "onnx", seed=3).save(f"{name}.onnx")
    for at, name in enumerate(("a", "b", "large")):
        shape = (12, 16, 3) if name == "large" else (6, 8, 3)
        pixels = np.random.default_rng(at).integers(0, 255, shape).astype(np.uint8)
        Image.fromarray(pixels).save(f"{name}.png")
    np.save("two.npy", np.random.default_rng(9).uniform(0, 255, (2, 6, 8, 3)).astype(np.float32))
    return tmp_path


def scores(capsys: pytest.CaptureFixture[str], *files: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run("net.onnx", *files, more=("--json", "--top", "3")) == 0
    return json.loads(capsys.readouterr().out)["scores"]


def test_each_has_the_scores_that_it_has_alone(capsys: pytest.CaptureFixture[str]) -> None:
    together = scores(capsys, "b.png", "image=large.png", "a.png", "two.npy")
    assert together["shape"] == [5, 3]
    assert together["examples"] == ["b.png", "large.png", "a.png", "two.npy[0]", "two.npy[1]"]
    alone = [row for file in ("b.png", "large.png", "a.png", "two.npy") for row in scores(capsys, file)["top"]]
    assert [[it["class"] for it in row] for row in together["top"]] == [[it["class"] for it in row] for row in alone]
    for row, wanted in zip(together["top"], alone, strict=True):
        assert [it["score"] for it in row] == pytest.approx([it["score"] for it in wanted], rel=1e-5)
    assert "examples" not in scores(capsys, "two.npy")


def test_a_row_begins_with_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.png").rename("a\x1b[31m.png")
    assert run("net.onnx", "large.png", "a\x1b[31m.png", more=("--top", "1")) == 0
    head, first, second = capsys.readouterr().out.splitlines()
    assert head == "scores [2, 3] float32"
    assert first.split()[:2] == ["large.png", "class"]
    assert second.split()[1] == "class"
    assert "\x1b" not in second


def test_verify_takes_them_too(capsys: pytest.CaptureFixture[str]) -> None:
    modelspec.compile(NET, "onnx", seed=4).save("other.onnx")
    given = ["--input", "a.png", "--input", "b.png"]
    assert cli.main(["verify", "net.onnx", "--against", "other.onnx", *given, "--report", "r.json"]) == 1
    assert json.loads(Path("r.json").read_text())["probes"] == {"a.png, b.png": ["a.png", "b.png"]}


@pytest.mark.parametrize(
    ("model", "files", "words"),
    [
        ("both.onnx", ("one=a.png", "other=b.png", "one=b.png"), 'the input "one" is given twice'),
        ("free.onnx", ("a.png", "large.png"), "a.png is [6, 8, 3] and large.png [12, 16, 3]: a batch has one size"),
        ("net.onnx", ("a.png", "small.npy"), 'small.npy: the input "image" has the shape [1, 4, 4, 3]'),
        ("net.onnx", ("a.png", "picture=b.png"), 'the model has no input "picture"'),
        ("fixed.onnx", ("a.png", "b.png"), "the model takes batches of 1, and the files have 2 examples"),
    ],
    ids=["several inputs", "free sizes", "another shape", "another name", "a batch that is fixed"],
)
def test_what_makes_no_batch_is_a_finding(
    model: str, files: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("small.npy", np.zeros((1, 4, 4, 3), np.float32))
    fixed = onnx.load("net.onnx")
    fixed.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    onnx.save(fixed, "fixed.onnx")
    assert run(model, *files) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "MS803 " in err
    assert words in err


def test_photos_of_one_free_size_are_a_batch(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("free.onnx", "a.png", "b.png") == 0
    assert "scores [2, 3]" in capsys.readouterr().out
