"""What convolutions refuse, and why."""

from __future__ import annotations

from typing import Any

import pytest

import modelspec
from modelspec import SpecError

LINE, IMAGE, VOLUME = (9, 3), (8, 9, 3), (4, 5, 6, 3)


@pytest.mark.parametrize(
    ("kind", "shape", "fields", "code", "words"),
    [
        ("Conv1D", LINE, {"strides": 2, "dilation_rate": 2}, "MS203", "one of them must be 1"),
        ("Conv3D", VOLUME, {"strides": [1, 1, 2], "dilation_rate": [2, 1, 1]}, "MS203", "one of them must be 1"),
        ("DepthwiseConv3D", VOLUME, {"strides": [1, 1, 2], "dilation_rate": [2, 1, 1]}, "MS203", "one of them must be 1"),
        ("SeparableConv3D", VOLUME, {"strides": 2, "dilation_rate": 2}, "MS203", "one of them must be 1"),
        ("Conv2DTranspose", IMAGE, {"strides": 2, "dilation_rate": 2}, "MS203", "one of them must be 1"),
        ("DepthwiseConv2D", IMAGE, {"strides": [1, 2]}, "MS203", "the same step in height and width"),
        ("SeparableConv2D", IMAGE, {"strides": [1, 2]}, "MS203", "the same step in height and width"),
        ("Conv2D", IMAGE, {"padding": "causal"}, "MS203", 'padding is "causal"; it must be "valid" or "same"'),
        ("SeparableConv1D", LINE, {"padding": "causal"}, "MS203", 'padding is "causal"; it must be "valid" or "same"'),
        ("DepthwiseConv1D", LINE, {"padding": "causal"}, "MS203", 'padding is "causal"; it must be "valid" or "same"'),
        ("Conv1DTranspose", LINE, {"padding": "causal"}, "MS203", 'padding is "causal"; it must be "valid" or "same"'),
        ("Conv1D", LINE, {"groups": 2}, "MS501", "3 input channels cannot be split into 2 groups"),
        ("Conv3D", VOLUME, {"groups": 3}, "MS501", "4 filters cannot be split into 3 groups"),
        ("Conv1D", LINE, {"dilation_rate": 5}, "MS504", "a kernel of 3 dilated by [5] does not fit an input of [9, 3]"),
        ("Conv3D", VOLUME, {"kernel_size": [5, 1, 1]}, "MS504", "a 5x1x1 kernel does not fit"),
        ("Conv1D", IMAGE, {}, "MS501", "Conv1D takes"),
        ("Conv3D", IMAGE, {}, "MS501", "Conv3D takes [depth, height, width, channels]"),
        ("Conv1DTranspose", LINE, {"strides": 2, "output_padding": 2}, "MS203", "output_padding is [2] and strides is [2]"),
        ("Conv1DTranspose", LINE, {"output_padding": -1}, "MS203", "output_padding"),
        ("Conv2DTranspose", IMAGE, {"output_padding": [0]}, "MS204", "a natural number or a list of 2 natural numbers"),
        (
            "Conv2DTranspose",
            IMAGE,
            {"kernel_size": [3, 2], "strides": 2, "padding": "same", "output_padding": 0},
            "MS203",
            "the kernel must span an odd number of elements, and it spans [3, 2]",
        ),
        ("Conv1DTranspose", ("steps", 3), {"strides": 2}, "MS501", "needs a known size, but its input is [steps, 3]"),
        ("Conv1DTranspose", (9, "channels"), {}, "MS501", "needs a known number of channels"),
    ],
)
def test_refused(kind: str, shape: tuple[int | str, ...], fields: dict[str, Any], code: str, words: str) -> None:
    filters = {} if kind.startswith("Depthwise") else {"filters": 4}
    document = {
        "format_version": 1,
        "name": "net",
        "inputs": {"x": {"shape": list(shape)}},
        "layers": [{"type": kind, "kernel_size": 3, **filters, **fields}],
    }
    with pytest.raises(SpecError) as caught:
        modelspec.elaborate(modelspec.load(document))
    assert [(found.code, words in found.message) for found in caught.value.diagnostics] == [(code, True)], str(caught.value)
