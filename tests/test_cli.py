"""The command line as people use it: results on stdout, the rest on stderr, exit codes 0, 1, 2 and 3."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from gates import random_weights
from PIL import Image

import modelspec
from modelspec import cli, library
from modelspec.weights import read, write

ROUNDING = 1e-6
"""How far probabilities may differ between two graphs that differ in a Transpose."""
SMALL = ["--param", "input_shape=[40, 48, 3]", "--param", "num_classes=4"]


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments])


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real photo, from scikit-learn's package."""
    from sklearn.datasets import load_sample_image

    path = tmp_path_factory.mktemp("photo") / "flower.jpg"
    Image.fromarray(load_sample_image("flower.jpg")).save(path, quality=95)
    return path


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights whose answers depend on the photo: those of untrained ones hardly do."""
    graph = modelspec.elaborate("xception", {"input_shape": [40, 48, 3], "num_classes": 4})
    return write(tmp_path_factory.mktemp("weights") / "w.safetensors", random_weights(graph, seed=1), graph.name)


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Path:
    path = tmp_path_factory.mktemp("model") / "small.onnx"
    assert run("compile", "xception", "--backend", "onnx", *SMALL, "--weights", weights, "-o", path) == 0
    return path


def test_compile_writes_a_model_and_prints_its_name(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("compile", "xception", "--backend", "onnx", *SMALL) == 0
    assert capsys.readouterr() == ("xception.onnx\n", "")
    onnx.checker.check_model(onnx.load(here / "xception.onnx"), full_check=True)


def test_compile_takes_a_file_and_adds_the_suffix(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("specs", "copy", "xception", "mine.json") == 0
    assert run("compile", "mine.json", "--backend", "onnx", *SMALL, "-o", "mine.v2") == 0
    assert capsys.readouterr().out == "mine.json\nmine.v2.onnx\n"


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(here: Path) -> None:
    for name, seed in (("a", "7"), ("b", "7"), ("c", "8")):
        assert run("compile", "xception", "--backend", "onnx", *SMALL, "--seed", seed, "-o", f"{name}.onnx") == 0
    assert (here / "a.onnx").read_bytes() == (here / "b.onnx").read_bytes() != (here / "c.onnx").read_bytes()


def test_weights_made_are_the_weights_compiled(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("weights", "make", "xception", *SMALL, "--seed", "7", "-o", "w.safetensors") == 0
    assert run("compile", "xception", "--backend", "onnx", *SMALL, "--weights", "w.safetensors", "-o", "a.onnx") == 0
    assert run("compile", "xception", "--backend", "onnx", *SMALL, "--seed", "7", "-o", "b.onnx") == 0
    assert (here / "a.onnx").read_bytes() == (here / "b.onnx").read_bytes()
    capsys.readouterr()
    assert run("weights", "show", "w.safetensors") == 0
    out = capsys.readouterr().out
    assert "predictions/kernel" in out
    assert f"{sum(array.size for array in read('w.safetensors').values()):,} numbers" in out


def test_run_prints_the_best_classes_of_a_photo(photo: Path, compiled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", compiled, "--input", photo, "--top", "3") == 0
    out, err = capsys.readouterr()
    assert out.startswith("predictions [1, 4] float32\n  class ")
    assert len(out.splitlines()) == 4
    assert err == ""
    assert run("run", compiled, "--input", photo, "--json", "--top", "4") == 0
    top = json.loads(capsys.readouterr().out)["predictions"]["top"][0]
    assert sorted(item["class"] for item in top) == [0, 1, 2, 3]
    assert sum(item["score"] for item in top) == pytest.approx(1)


def test_run_takes_a_spec_and_says_that_it_is_untrained(photo: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "xception", "--param", "num_classes=2", "--param", "input_shape=[40, 48, 3]", "--input", photo) == 0
    out, err = capsys.readouterr()
    assert out.startswith("predictions [1, 1] float32\n")
    assert "untrained" in err


def test_a_photo_is_resized_as_pillow_does_and_scaled_by_the_model_alone(photo: Path, compiled: Path, here: Path) -> None:
    pixels = np.asarray(Image.open(photo).convert("RGB").resize((48, 40), Image.Resampling.BILINEAR), np.float32)[None]
    np.save("pixels.npy", pixels)
    for source in (photo, "pixels.npy"):
        assert run("run", compiled, "--input", source, "-o", f"{Path(source).stem}.npz") == 0
    with np.load("flower.npz") as by_photo, np.load("pixels.npz") as by_array:
        assert np.array_equal(by_photo["predictions"], by_array["predictions"])


def test_a_model_in_channels_first_takes_the_same_photo(photo: Path, compiled: Path, weights: Path, here: Path) -> None:
    given = ["--weights", weights]
    assert (
        run("compile", "xception", "--backend", "onnx", *SMALL, *given, "--io-layout", "channels_first", "-o", "first.onnx")
        == 0
    )
    for model in (compiled, "first.onnx"):
        assert run("run", model, "--input", photo, "-o", f"{Path(model).stem}.npz") == 0
    with np.load("small.npz") as last, np.load("first.npz") as first:
        np.testing.assert_allclose(first["predictions"], last["predictions"], rtol=0, atol=ROUNDING)


def test_a_spec_in_channels_first_takes_the_same_photo(photo: Path, compiled: Path, weights: Path, here: Path) -> None:
    spec = json.loads(library.shipped("xception").read_text())
    Path("first.json").write_text(json.dumps({**spec, "data_format": "channels_first"}))
    parameters = ["--param", "input_shape=[3, 40, 48]", "--param", "num_classes=4"]
    assert run("run", "first.json", *parameters, "--weights", weights, "--input", photo, "-o", "first.npz") == 0
    assert run("run", compiled, "--input", photo, "-o", "last.npz") == 0
    with np.load("last.npz") as last, np.load("first.npz") as first:
        np.testing.assert_allclose(first["predictions"], last["predictions"], rtol=0, atol=ROUNDING)


def test_a_free_size_takes_a_photo_as_it_is(photo: Path, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", "xception", "--param", 'input_shape=["height", "width", 3]', "--input", photo, "-o", "free") == 0
    whole = np.asarray(Image.open(photo).convert("RGB"), np.float32)[None]
    np.save("whole.npy", whole)
    assert run("run", "xception", "--param", 'input_shape=["height", "width", 3]', "--input", "whole.npy", "-o", "whole") == 0
    with np.load("free.npz") as free, np.load("whole.npz") as given:
        assert np.array_equal(free["predictions"], given["predictions"])


def test_the_answer_depends_on_the_photo(photo: Path, compiled: Path, here: Path) -> None:
    """What the comparisons of this file rest on: a photo the other way round is far beyond their tolerance."""
    Image.open(photo).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save("flipped.png")
    for source in (photo, "flipped.png"):
        assert run("run", compiled, "--input", source, "-o", f"{Path(source).stem}.npz") == 0
    with np.load("flower.npz") as one, np.load("flipped.npz") as other:
        assert np.abs(one["predictions"] - other["predictions"]).max() > 20 * ROUNDING


@pytest.mark.parametrize("kind", ["grey", "palette", "alpha", "turned", "cmyk"])
def test_photos_of_every_kind(kind: str, photo: Path, compiled: Path, here: Path) -> None:
    image: Any = Image.open(photo)
    match kind:
        case "grey":
            image.convert("L").save("photo.png")
        case "palette":
            image.quantize(16).save("photo.png")
        case "alpha":
            image.convert("RGBA").save("photo.png")
        case "cmyk":
            image.convert("CMYK").save("photo.jpg")
        case "turned":
            exif = Image.Exif()
            exif[0x0112] = 6
            image.rotate(90, expand=True).save("photo.png", exif=exif)
    (path,) = here.glob("photo.*")
    assert run("run", compiled, "--input", path, "-o", "found") == 0
    if kind in ("alpha", "turned"):
        assert run("run", compiled, "--input", photo, "-o", "plain") == 0
        with np.load("found.npz") as found, np.load("plain.npz") as plain:
            assert np.array_equal(found["predictions"], plain["predictions"])


BAD_RUNS: list[tuple[str, list[str], str, str]] = [
    ("no such model", ["gone.onnx", "--input", "PHOTO"], "MS801", "gone.onnx cannot be read: No such file"),
    ("not a model", ["broken.onnx", "--input", "PHOTO"], "MS801", "broken.onnx is not an ONNX model"),
    ("no such photo", ["MODEL", "--input", "gone.jpg"], "MS801", "gone.jpg cannot be read"),
    ("not a photo", ["MODEL", "--input", "text.jpg"], "MS802", "text.jpg is neither an image nor an array"),
    ("half a photo", ["MODEL", "--input", "half.jpg"], "MS802", "half.jpg cannot be decoded"),
    ("a pickled array", ["MODEL", "--input", "pickled.npy"], "MS802", "pickled.npy is not a NumPy array"),
    (
        "an array of another shape",
        ["MODEL", "--input", "small.npy"],
        "MS803",
        "has the shape [1, 4, 4, 3]; the model takes [batch, 40, 48, 3]",
    ),
    ("an empty batch", ["MODEL", "--input", "empty.npy"], "MS803", "has the shape [0, 40, 48, 3]"),
    ("an input that is not there", ["MODEL", "--input", "picture=PHOTO"], "MS803", 'the model has no input "picture"'),
    ("a GPU that is not there", ["MODEL", "--input", "PHOTO", "--provider", "cuda"], "MS804", "the provider cuda is not there"),
    ("parameters of a compiled model", ["MODEL", "--input", "PHOTO", "--param", "n=1"], "MS704", "go with a spec"),
    (
        "a folder that is not there",
        ["MODEL", "--input", "PHOTO", "-o", "gone/out.npz"],
        "MS805",
        "gone/out.npz cannot be written",
    ),
]


@pytest.mark.parametrize(("what", "arguments", "code", "words"), BAD_RUNS, ids=[case[0] for case in BAD_RUNS])
def test_bad_input_to_run(
    what: str,
    arguments: list[str],
    code: str,
    words: str,
    photo: Path,
    compiled: Path,
    here: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if what == "a GPU that is not there" and "CUDAExecutionProvider" in __import__("onnxruntime").get_available_providers():
        pytest.skip("a GPU is there")
    Path("broken.onnx").write_bytes(compiled.read_bytes()[:5000])
    Path("text.jpg").write_text("not a photo")
    Path("half.jpg").write_bytes(photo.read_bytes()[:3000])
    np.save("pickled.npy", np.array([{}], dtype=object), allow_pickle=True)
    np.save("small.npy", np.zeros((1, 4, 4, 3), np.float32))
    np.save("empty.npy", np.zeros((0, 40, 48, 3), np.float32))
    before = set(here.iterdir())
    given = [it.replace("PHOTO", str(photo)).replace("MODEL", str(compiled)) for it in arguments]
    assert run("run", *given) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{code} " in err
    assert words in err
    assert set(here.iterdir()) == before, "nothing is half-written"


BAD_COMPILES: list[tuple[str, list[str], str, str]] = [
    ("no such spec", ["xceptoin", "--backend", "onnx"], "MS806", 'did you mean "xception"?'),
    ("no such backend", ["xception", "--backend", "onxx"], "MS701", 'did you mean "onnx"?'),
    ("no such parameter", ["xception", "--backend", "onnx", "--param", "classes=3"], "MS305", 'did you mean "num_classes"?'),
    (
        "a parameter out of range",
        ["xception", "--backend", "onnx", "--param", "num_classes=1"],
        "MS307",
        "it must be at least 2",
    ),
    ("an operator set that is not written", ["xception", "--backend", "onnx", "--target", "opset==9"], "MS704", "writes 17 to"),
    (
        "weights of another model",
        ["xception", "--backend", "onnx", "--weights", "w.safetensors"],
        "MS602",
        "the model needs [1024, 10]",
    ),
    ("weights that are none", ["xception", "--backend", "onnx", "--weights", "w.npz"], "MS601", "a zip archive"),
    (
        "a folder that is not there",
        ["xception", "--backend", "onnx", *SMALL, "-o", "gone/x.onnx"],
        "MS805",
        "make the folder first",
    ),
]


@pytest.mark.parametrize(("what", "arguments", "code", "words"), BAD_COMPILES, ids=[case[0] for case in BAD_COMPILES])
def test_bad_input_to_compile(
    what: str, arguments: list[str], code: str, words: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if what.startswith("weights"):
        np.savez("w.npz", a=np.zeros(3))
        assert run("weights", "make", "xception", "--param", "num_classes=4", "-o", "w.safetensors") == 0
        capsys.readouterr()
    before = set(here.iterdir())
    assert run("compile", *arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{code} " in err
    assert words in err
    assert set(here.iterdir()) == before


def test_validate_prints_every_finding_of_every_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad.json").write_text(
        '{"format_version": 1, "name": "bad", "inputs": {"x": {"shape": [8]}},\n "layers": [{"type": "Dens"}]}'
    )
    (here / "worse.json").write_text("{")
    assert run("specs", "copy", "xception") == 0
    capsys.readouterr()
    assert run("validate", here, "xception_imagenet") == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        f'{here / "bad.json"}:2:22: MS205 there is no layer type "Dens"',
        '  hint: did you mean "Dense"?',
        f"{here / 'worse.json'}:1:2: MS103 expected a key in double quotes",
        "  hint: keys are quoted, and the last member has no comma",
    ]
    assert err == "4 specs: 2 errors\n"
    assert run("validate", "xception") == 0
    assert capsys.readouterr() == ("", "1 spec: no findings\n")


def test_summary_counts_and_folds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("summary", "xception_imagenet") == 0
    out = capsys.readouterr().out
    assert "22,910,480 parameters, 54,528 of them not trainable" in out
    assert "middle_1 ... middle_8  (8 times; figures of one)" in out
    assert "middle_3" not in out
    assert run("summary", "xception_imagenet", "--all") == 0
    assert "middle_3" in capsys.readouterr().out
    assert run("summary", "xception", "--json") == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["parameters"], summary["trainable_parameters"]) == (2_791_874, 2_783_138)
    assert sum(layer["parameters"] for layer in summary["layers"]) == summary["parameters"]
    (conv,) = (layer for layer in summary["layers"] if layer["name"] == "conv/conv2d")
    assert conv == {
        "name": "conv/conv2d",
        "type": "Conv2D",
        "inputs": ["rescaling"],
        "shape": [90, 90, 32],
        "dtype": "float32",
        "parameters": 3 * 3 * 3 * 32 + 32,
        "multiply_adds": 90 * 90 * 32 * 27,
        "pointer": "/blocks/conv/layers/0",
    }


@pytest.mark.parametrize(("num_classes", "parameters"), [(2, 2_782_649), (10, 2_791_874), (1000, 3_806_624)])
def test_the_lectures_counts(num_classes: int, parameters: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("summary", "xception", "--param", f"num_classes={num_classes}", "--json") == 0
    assert json.loads(capsys.readouterr().out)["parameters"] == parameters


def test_specs_are_listed_shown_and_copied(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("specs", "list") == 0
    assert {"xception", "xception_imagenet"} <= set(capsys.readouterr().out.splitlines())
    assert run("specs", "show", "xception") == 0
    assert capsys.readouterr().out == library.shipped("xception").read_text()
    assert run("specs", "copy", "xception") == 0
    assert run("specs", "copy", "xception") == 1
    assert "--force overwrites it" in capsys.readouterr().err
    assert run("specs", "copy", "xception", "--force") == 0


def test_backends_are_listed_with_versions_and_the_way_to_get_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("backends", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["onnx"]["versions"]["onnx"] == onnx.__version__
    assert found["torch"]["install"] == "pip install 'modelspec-compiler[torch]'"


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("schema") == 0
    assert json.loads(capsys.readouterr().out)["title"] == "modelspec"


@pytest.mark.parametrize(
    "arguments", [[], ["compile"], ["compile", "xception"], ["fly"], ["run", "x"], ["summary", "x", "--param", "7"]]
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    assert "usage: modelspec" in capsys.readouterr().err


def test_a_fault_of_ours_is_3_and_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("\x1b[31mbroken")

    monkeypatch.setattr(cli.summary.compiler, "elaborate", fail)
    monkeypatch.delenv("MODELSPEC_DEBUG", raising=False)
    assert run("summary", "xception") == 3
    err = capsys.readouterr().err
    assert err.startswith("modelspec: internal error: RuntimeError: \\u001b[31mbroken")
    assert "Traceback" not in err


def test_version_and_module() -> None:
    done = subprocess.run([sys.executable, "-m", "modelspec", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("modelspec 0.")


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m modelspec summary xception_imagenet --all | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_files_get_the_users_permissions_and_replace_whole(here: Path) -> None:
    before = os.umask(0o027)
    try:
        assert run("weights", "make", "xception", *SMALL, "-o", "w.safetensors") == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((here / "w.safetensors").stat().st_mode) == 0o640
    assert [path.name for path in here.iterdir()] == ["w.safetensors"]
