"""Resizing: where pixels are looked up."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.resizing import Resizing, UpSampling2D
from mutations.mutation import Json, Mutation, Wrong, spec
from mutations.rules import attributes, wrapped

NEAREST = (
    "The nearest pixel: in Keras the one that holds (i + 0.5) × n / m, in PyTorch's nearest that of i × n / m; ONNX's Resize"
    " rounds, from the half pixel or with the corners aligned."
)
BILINEAR = (
    "Bilinear resizing: between the middles of pixels in Keras; PyTorch and ONNX can align the corners, or count from where"
    " pixels start."
)
ONE = "Bilinear resizing to size 1: the middle of the image in Keras; its start in ONNX's pytorch_half_pixel."
UP = "UpSampling: Keras repeats every pixel; PyTorch's repeat repeats the image."
FIRST: Json = {"type": "Conv2D", "name": "first", "filters": 3, "kernel_size": 2}


def resizing(interpolation: str, height: int, width: int) -> Json:
    """Return a layer."""
    return {"type": "Resizing", "name": "resized", "height": height, "width": width, "interpolation": interpolation}


def interpolated(**given: Any) -> Wrong:
    """Resize as PyTorch does by itself."""

    def function(module: Any, layer: Any, x: Any) -> Any:
        from torch.nn import functional

        return functional.interpolate(x, size=_wanted(layer, x), **given)

    return wrapped(function)


def _wanted(layer: Any, x: Any) -> list[int]:
    if isinstance(layer, Resizing):
        return [layer.height, layer.width]
    return [size * factor for size, factor in zip(x.shape[2:], layer.size, strict=True)]


def tiled(module: Any, layer: Any, x: Any) -> Any:
    """Repeat the image."""
    return x.repeat(1, 1, *layer.size)


def resized(**given: Any) -> Wrong:
    """Resize by ONNX's own operator."""

    def rule(right: Any, layer: Any, site: Any) -> None:
        kept = site.emit("Shape", [site.input], step="batch_and_channels", start=0, end=2)
        wanted = site.constant("height_and_width", [layer.height, layer.width], np.int64)
        size = site.emit("Concat", [kept, wanted], step="size", axis=0)
        site.emit("Resize", [site.input, "", "", size], **given)

    return rule


MUTATIONS = (
    Mutation(
        id="nearest-starts",
        row=NEAREST,
        wrong="PyTorch's nearest",
        backend="torch",
        of=(Resizing,),
        rule=interpolated(mode="nearest"),
        document=spec(FIRST, resizing("nearest", 9, 4), shape=(7, 6, 2)),
        layer="resized",
        trap="the nearest pixel is that below i * n / m, as PyTorch's nearest has it",
    ),
    Mutation(
        id="nearest-half",
        row=NEAREST,
        wrong="the half pixel rounded down",
        backend="onnx",
        of=(Resizing,),
        rule=resized(mode="nearest", coordinate_transformation_mode="half_pixel", nearest_mode="round_prefer_floor"),
        document=spec(FIRST, resizing("nearest", 9, 4), shape=(7, 6, 2)),
        layer="resized",
        trap="the nearest pixel is rounded down from the half",
    ),
    Mutation(
        id="nearest-corners",
        row=NEAREST,
        wrong="the corners aligned",
        backend="onnx",
        of=(Resizing,),
        rule=resized(mode="nearest", coordinate_transformation_mode="align_corners", nearest_mode="round_prefer_floor"),
        document=spec(FIRST, resizing("nearest", 9, 3), shape=(7, 6, 2)),
        layer="resized",
        trap="the nearest pixel is found with the corners aligned",
    ),
    Mutation(
        id="bilinear-corners",
        row=BILINEAR,
        wrong="the corners aligned",
        backend="torch",
        of=(Resizing,),
        rule=interpolated(mode="bilinear", align_corners=True),
        document=spec(FIRST, resizing("bilinear", 9, 4), shape=(7, 6, 2)),
        layer="resized",
        trap="pixels are interpolated with the corners aligned",
    ),
    Mutation(
        id="bilinear-starts",
        row=BILINEAR,
        wrong="counted from where pixels start",
        backend="onnx",
        of=(Resizing,),
        rule=attributes("Resize", coordinate_transformation_mode="asymmetric"),
        document=spec(FIRST, resizing("bilinear", 9, 4), shape=(7, 6, 2)),
        layer="resized",
        trap="pixels are interpolated from their starts, not their middles",
    ),
    Mutation(
        id="upsampling-corners",
        row=BILINEAR,
        wrong="the corners aligned, in UpSampling2D",
        backend="torch",
        of=(UpSampling2D,),
        rule=interpolated(mode="bilinear", align_corners=True),
        document=spec(
            FIRST, {"type": "UpSampling2D", "name": "larger", "size": 2, "interpolation": "bilinear"}, shape=(4, 5, 2)
        ),
        layer="larger",
    ),
    Mutation(
        id="bilinear-size-one",
        row=ONE,
        wrong="pytorch_half_pixel",
        backend="onnx",
        of=(Resizing,),
        rule=attributes("Resize", coordinate_transformation_mode="pytorch_half_pixel"),
        document=spec(
            {"type": "Resizing", "name": "larger", "height": 8, "width": 5, "interpolation": "bilinear"},
            resizing("bilinear", 1, 4),
            shape=(7, 6, 2),
        ),
        layer="resized",
    ),
    Mutation(
        id="upsampling-tiled",
        row=UP,
        wrong="the image repeated",
        backend="torch",
        of=(UpSampling2D,),
        rule=wrapped(tiled),
        document=spec(FIRST, {"type": "UpSampling2D", "name": "larger", "size": [2, 3]}, shape=(4, 5, 2)),
        layer="larger",
    ),
)
