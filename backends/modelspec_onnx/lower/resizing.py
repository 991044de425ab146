"""Layers that change the size of images."""

from __future__ import annotations

import numpy as np

from modelspec.layers.resizing import Resizing, UpSampling, UpSampling1D, UpSampling2D, UpSampling3D
from modelspec.tensors import Dim
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.padding import crop, pad
from modelspec_onnx.lower.rules import Rules
from modelspec_onnx.messages import ELEMENT_TYPE


def resizing(layer: Resizing, site: Site) -> None:
    """Lower to Resize, or for the nearest pixel to a Gather along each axis; a Slice or a Pad before it keeps the aspect."""
    value, sizes = site.input, site.node.input_types[0].shape[1:]
    if layer.crop_to_aspect_ratio or layer.pad_to_aspect_ratio:
        height, width = sizes
        assert isinstance(height, int)
        assert isinstance(width, int)
        amounts = layer.borders((height, width))
        if layer.crop_to_aspect_ratio:
            value = crop(site, value, [(-before, -after) for before, after in amounts], step="cropped")
        else:
            value = pad(site, value, amounts, fill=layer.fill_value, step="padded")
        sizes = tuple(n + before + after for n, (before, after) in zip((height, width), amounts, strict=True))
    if layer.interpolation == "nearest":
        rows = site.emit("Gather", [value, _nearest(site, value, 2, sizes[0], layer.height)], step="rows", axis=2)
        site.emit("Gather", [rows, _nearest(site, value, 3, sizes[1], layer.width)], axis=3)
        return
    kept = site.emit("Shape", [value], step="batch_and_channels", start=0, end=2)
    wanted = site.constant("height_and_width", [layer.height, layer.width], np.int64)
    full = site.emit("Concat", [kept, wanted], step="size", axis=0)
    site.emit("Resize", [value, "", "", full], mode="linear", coordinate_transformation_mode="half_pixel")


def _nearest(site: Site, value: str, axis: int, n: Dim, m: int) -> str:
    """Return the tensor of the indices of the pixels that hold the places ``(i + 0.5) * n / m``.

    They are computed in float32, as TensorFlow does; Resize rounds otherwise.
    """
    middles = np.arange(m, dtype=np.float32) + np.float32(0.5)
    if isinstance(n, int):
        places = np.floor(middles * (np.float32(n) / np.float32(m)))
        return site.constant(f"nearest_{axis}", np.minimum(places, n - 1), np.int64)
    count = site.emit("Shape", [value], step=f"count_{axis}", start=axis, end=axis + 1)
    real = site.emit("Cast", [count], step=f"real_count_{axis}", to=ELEMENT_TYPE["float32"])
    scale = site.emit("Div", [real, site.constant(f"wanted_{axis}", [m], np.float32)], step=f"scale_{axis}")
    places = site.emit("Mul", [site.constant(f"middles_{axis}", middles, np.float32), scale], step=f"places_{axis}")
    whole = site.emit(
        "Cast", [site.emit("Floor", [places], step=f"floor_{axis}")], step=f"whole_{axis}", to=ELEMENT_TYPE["int64"]
    )
    last = site.emit("Sub", [count, site.constant(f"one_{axis}", [1], np.int64)], step=f"last_{axis}")
    return site.emit("Min", [whole, last], step=f"nearest_{axis}")


def up_sampling(layer: UpSampling, site: Site) -> None:
    """Lower to Resize by whole factors."""
    scales = site.constant("scales", [1, 1, *layer.size], np.float32)
    if layer.method == "nearest":
        how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    else:
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    site.emit("Resize", [site.input, "", scales], **how)


RULES: Rules = {
    Resizing: resizing,
    UpSampling1D: up_sampling,
    UpSampling2D: up_sampling,
    UpSampling3D: up_sampling,
}
