"""Pooling, padding, resizing and reshaping: what they refuse, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from workers import BACKENDS, Worker

import modelspec
from modelspec.diagnostics import SpecError
from modelspec.layers.padding import CenterCrop
from modelspec.layers.resizing import Resizing
from modelspec.tensors import TensorType


def document(layer: dict[str, Any], shape: list[int | str], dtype: str = "float32") -> dict[str, Any]:
    return {
        "format_version": 1,
        "name": "net",
        "inputs": {"x": {"shape": shape, "dtype": dtype}},
        "layers": [{"name": "layer", **layer}],
    }


REFUSED: tuple[tuple[str, dict[str, Any], list[int | str], str, str, str], ...] = (
    ("a window that does not fit", {"type": "MaxPooling1D", "pool_size": 4}, [3, 2], "float32", "MS504", "does not fit"),
    ("a pool of images", {"type": "AveragePooling3D"}, [8, 8, 3], "float32", "MS501", r"\[depth, height, width, channels\]"),
    ("a pool of bytes", {"type": "GlobalMaxPooling1D"}, [8, 3], "uint8", "MS503", "floating-point"),
    ("cropping everything", {"type": "Cropping1D", "cropping": [2, 1]}, [3, 2], "float32", "MS504", "nothing stays"),
    ("a crop of any size", {"type": "CenterCrop", "height": 2, "width": 2}, ["h", 4, 3], "float32", "MS501", "known height"),
    ("padded booleans", {"type": "ZeroPadding1D"}, [3, 2], "bool", "MS503", "bool"),
    ("borders of too many", {"type": "ZeroPadding1D", "padding": [1, 2, 3]}, [3, 2], "float32", "MS204", "before, after"),
    ("upsampling of any size", {"type": "UpSampling1D"}, ["length", 2], "float32", "MS501", "no name"),
    (
        "bicubic",
        {"type": "UpSampling2D", "interpolation": "bicubic"},
        [3, 4, 2],
        "float32",
        "MS203",
        "no two backends compute alike",
    ),
    (
        "lanczos",
        {"type": "Resizing", "height": 2, "width": 2, "interpolation": "lanczos3"},
        [3, 4, 2],
        "float32",
        "MS203",
        "Lanczos",
    ),
    ("bytes between bytes", {"type": "Resizing", "height": 2, "width": 2}, [3, 4, 2], "uint8", "MS503", "last bit"),
    (
        "antialias",
        {"type": "Resizing", "height": 2, "width": 2, "antialias": True},
        [3, 4, 2],
        "float32",
        "MS203",
        "a filter of its own",
    ),
    (
        "cropped and padded",
        {"type": "Resizing", "height": 2, "width": 2, "crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True},
        [3, 4, 2],
        "float32",
        "MS203",
        "both true",
    ),
    (
        "half a byte",
        {
            "type": "Resizing",
            "height": 2,
            "width": 2,
            "interpolation": "nearest",
            "pad_to_aspect_ratio": True,
            "fill_value": 0.5,
        },
        [3, 4, 2],
        "uint8",
        "MS203",
        "no uint8",
    ),
    ("a size of 0", {"type": "Reshape", "target_shape": [0, 6]}, [2, 3], "float32", "MS203", "0 is no size"),
    ("two open sizes", {"type": "Reshape", "target_shape": [-1, -1]}, [2, 3], "float32", "MS203", "only one size"),
    ("too few elements", {"type": "Reshape", "target_shape": [4, 2]}, [2, 3], "float32", "MS501", "6 elements, not 8"),
    ("no multiple", {"type": "Reshape", "target_shape": [-1, 4]}, [2, 3], "float32", "MS501", "multiple of 4"),
    ("a size of -2", {"type": "Reshape", "target_shape": [-2]}, [2, 3], "float32", "MS203", "-1"),
    ("an open size that changes", {"type": "Reshape", "target_shape": [-1]}, ["n", 3], "float32", "MS501", "must stay"),
    ("an open size named", {"type": "Reshape", "target_shape": [6, 2]}, ["n", 3], "float32", "MS501", "must stay"),
    ("a repeated image", {"type": "RepeatVector", "n": 2}, [3, 4], "float32", "MS501", r"\[features\]"),
    ("a flat unknown", {"type": "Flatten"}, ["n", 3], "float32", "MS501", "known sizes"),
)


@pytest.mark.parametrize(
    ("layer", "shape", "dtype", "code", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_refused(layer: dict[str, Any], shape: list[int | str], dtype: str, code: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        modelspec.elaborate(document(layer, shape, dtype))
    assert caught.value.diagnostics[0].code == code


def test_borders_read_alike_in_every_form() -> None:
    def padding(kind: str, value: Any, shape: list[int | str]) -> Any:
        return modelspec.elaborate(document({"type": kind, "padding": value}, shape)).nodes[0].layer.model_dump()["padding"]

    assert padding("ZeroPadding1D", 2, [3, 2]) == padding("ZeroPadding1D", [2, 2], [3, 2]) == ((2, 2),)
    assert padding("ZeroPadding3D", [0, 1, 2], [3, 4, 5, 2]) == ((0, 0), (1, 1), (2, 2))
    assert padding("ZeroPadding2D", [[0, 1], 2], [3, 4, 2]) == ((0, 1), (2, 2))


def test_a_crop_keeps_the_whole_part_of_the_aspect_ratio() -> None:
    crop = Resizing(height=3, width=4, crop_to_aspect_ratio=True, data_format="channels_last")
    assert crop.borders((11, 6)) == ((-3, -4), (0, 0))
    pad = Resizing(height=3, width=4, pad_to_aspect_ratio=True, data_format="channels_last")
    assert pad.borders((10, 6)) == ((0, 0), (3, 3))
    assert pad.borders((3, 4)) == ((0, 0), (0, 0))


def test_what_a_center_crop_is_composed_of() -> None:
    crop = CenterCrop(height=4, width=4, data_format="channels_last")

    def kinds(shape: tuple[int, ...], dtype: Any = "float32") -> list[str]:
        return [part.layer.kind for part in crop.decompose((TensorType(shape, dtype),))]

    assert kinds((4, 9, 3)) == ["Cropping2D"]
    assert kinds((3, 9, 3)) == ["Cropping2D", "Resizing"]
    assert kinds((3, 9, 3), "uint8") == ["Rescaling", "Cropping2D", "Resizing"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_pooling_in_1d_is_pooling_in_2d_with_a_side_of_1(backend: str, padding: str, on: Callable[[str], Worker]) -> None:
    x = np.random.default_rng(0).normal(size=(2, 9, 3)).astype(np.float32)
    line = {"type": "MaxPooling1D", "pool_size": 3, "strides": 2, "padding": padding}
    plane = {"type": "MaxPooling2D", "pool_size": [3, 1], "strides": [2, 1], "padding": padding}
    in_1d = on(backend).run(document(line, [9, 3]), inputs={"x": x})["layer"]
    in_2d = on(backend).run(document(plane, [9, 1, 3]), inputs={"x": x[:, :, None]})["layer"]
    np.testing.assert_array_equal(in_1d, in_2d[:, :, 0])


def _by_opset(spec: dict[str, Any], opset: int, x: NDArray[np.float32]) -> NDArray[np.float32]:
    import onnx

    model = modelspec.compile(spec, "onnx", target=f"opset=={opset}")
    onnx.checker.check_model(model.native, full_check=True)
    return model({"x": x})["layer"]


@pytest.mark.parametrize(
    "layer",
    [
        {"type": "AdaptiveMaxPooling2D", "output_size": [2, 3]},
        {"type": "AdaptiveAveragePooling2D", "output_size": [2, 3]},
        {"type": "Resizing", "height": 3, "width": 4},
        {"type": "Resizing", "height": 3, "width": 4, "interpolation": "nearest"},
        {"type": "UpSampling2D"},
        {"type": "ZeroPadding2D"},
        {"type": "Reshape", "target_shape": [5, -1]},
    ],
    ids=lambda layer: "-".join(str(value) for value in layer.values()),
)
def test_every_operator_set_computes_the_same(layer: dict[str, Any], on: Callable[[str], Worker]) -> None:
    x = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype(np.float32)
    spec = document(layer, [5, 7, 3])
    first, *others = [on("onnx").call(_by_opset, spec, opset, x) for opset in (17, 18, 23)]
    for other in others:
        np.testing.assert_array_equal(first, other)
