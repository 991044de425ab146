"""The classic image kernels: shipped specs with their weights in them, held to SciPy's convolution."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.signal import convolve2d
from sklearn.datasets import load_sample_image
from workers import BACKENDS, Worker

from modelspec import elaborate, library
from modelspec.cli import main
from modelspec.weights import initialize

SIDE = np.array([1, 4, 6, 4, 1])
GAUSSIAN = np.outer(SIDE, SIDE)
IMPULSE = np.zeros((5, 5))
IMPULSE[2, 2] = 1
KERNELS = {
    "identity": np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]]),
    "edge_mixed": np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]),
    "edge_laplacian_4": np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
    "edge_laplacian_8": np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]),
    "sharpen": np.array([[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
    "box_blur": np.full((3, 3), 1 / 9),
    "gaussian_blur_3x3": np.outer([1, 2, 1], [1, 2, 1]) / 16,
    "gaussian_blur_5x5": GAUSSIAN / 256,
    "unsharp_masking_5x5": 2 * IMPULSE - GAUSSIAN / 256,
}


def convolved(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """SciPy's convolution of every channel, with zeros around the image."""
    return np.stack([convolve2d(channel, kernel, mode="same") for channel in np.moveaxis(image, -1, 0)], axis=-1)


@pytest.fixture(scope="module")
def flower() -> np.ndarray:
    return load_sample_image("flower.jpg")


def test_every_shipped_kernel_is_here() -> None:
    assert {name.removeprefix("kernels/") for name in library.names() if name.startswith("kernels/")} == KERNELS.keys()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_is_scipys_convolution(name: str, backend: str, on: Callable[[str], Worker]) -> None:
    noise = np.random.default_rng(0).uniform(0, 255, (2, 9, 12, 3))
    document = json.loads(library.shipped(f"kernels/{name}").read_text())
    (found,) = on(backend).run(document, inputs={"image": noise}, dtype="float64").values()
    for image, made in zip(noise, found, strict=True):
        np.testing.assert_allclose(made, convolved(image, KERNELS[name]), rtol=0, atol=1e-10 * 255)


@pytest.mark.parametrize("name", KERNELS)
def test_a_photo_becomes_a_picture(name: str, flower: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(flower).save(tmp_path / "flower.png")
    arguments = ["--input", str(tmp_path / "flower.png"), "-o", str(tmp_path / "made.png")]
    assert main(["run", f"kernels/{name}", *arguments]) == 0
    assert "untrained" not in capsys.readouterr().err
    wanted = np.clip(np.rint(convolved(flower.astype(np.float64), KERNELS[name])), 0, 255)
    with Image.open(tmp_path / "made.png") as picture:
        made = np.asarray(picture).astype(np.float64)
    assert made.shape == flower.shape
    off = np.abs(made - wanted)
    assert off.max() <= 1
    assert (off > 0).mean() < 1e-3, "only where rounding to float32 tips a half over"
    assert (np.abs(made - flower).max() > 0) == (name != "identity")


def test_a_grey_photo(flower: np.ndarray, tmp_path: Path) -> None:
    grey = Image.fromarray(flower).convert("L")
    grey.save(tmp_path / "grey.png")
    arguments = ["--param", "channels=1", "--input", str(tmp_path / "grey.png"), "-o", str(tmp_path / "made.png")]
    assert main(["run", "kernels/sharpen", *arguments]) == 0
    with Image.open(tmp_path / "made.png") as made:
        assert (made.mode, made.size) == ("L", grey.size)


def test_weights_that_stand_in_the_spec_do_not_depend_on_the_seed() -> None:
    graph = elaborate("kernels/sharpen")
    for seed in (0, 7):
        (kernel,) = initialize(graph, seed).values()
        np.testing.assert_array_equal(kernel, np.broadcast_to(KERNELS["sharpen"][..., None, None], (3, 3, 3, 1)))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["xception", "--param", "input_shape=[64,64,3]"], 'the output "predictions" is [1, 10]; a picture is'),
        (["kernels/sharpen", "--param", "channels=2"], "a photo has height, width and 1 or 3 channels"),
    ],
)
def test_what_is_no_picture(
    arguments: list[str], words: str, flower: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(flower).save(tmp_path / "flower.png")
    target = tmp_path / "made.png"
    assert main(["run", *arguments, "--input", str(tmp_path / "flower.png"), "-o", str(target)]) == 1
    assert words in capsys.readouterr().err
    assert not target.exists()
