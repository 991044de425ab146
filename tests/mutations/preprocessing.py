"""Preparation of data: what constants stand along, and what they are."""

from __future__ import annotations

from typing import Any

from modelspec.layers.preprocessing import Normalization, Rescaling
from mutations.mutation import Mutation, spec
from mutations.rules import called, wrapped

VECTORS = "Vectors of Rescaling: along the last axis; PyTorch's and ONNX's channels stand before height and width."
VARIANCE = "Normalization: Keras takes a variance and divides by its root; torchvision's Normalize takes the deviation."


def along_the_width(right: Any, layer: Any, ctx: Any) -> Any:
    """Let numbers for each channel stand along the last axis, which is the width."""
    import torch

    if not isinstance(layer.scale, tuple):
        return right(layer, ctx)
    scale = torch.tensor(layer.scale, dtype=ctx.dtype).flatten()
    return called(lambda x: x * scale + layer.offset)


def by_the_variance(module: Any, layer: Any, x: Any) -> Any:
    """Divide by the variance itself."""
    return (x - module.mean.view(module.shape)) / module.variance.view(module.shape)


MUTATIONS = (
    Mutation(
        id="rescaling-axis",
        row=VECTORS,
        wrong="a number for each channel along the width",
        backend="torch",
        of=(Rescaling,),
        rule=along_the_width,
        document=spec(
            {"type": "Conv2D", "name": "first", "filters": 3, "kernel_size": 2},
            {"type": "Rescaling", "name": "scaled", "scale": [0.5, 1.5, 2.5]},
            {"type": "Conv2D", "name": "conv", "filters": 3, "kernel_size": 2},
            shape=(4, 4, 3),
        ),
        layer="scaled",
        trap="numbers for the last axis stand along another",
    ),
    Mutation(
        id="normalization-variance",
        row=VARIANCE,
        wrong="a division by the variance",
        backend="torch",
        of=(Normalization,),
        rule=wrapped(by_the_variance),
        document=spec(
            {"type": "Normalization", "name": "normal", "mean": [0.25, 0.5, 0.75], "variance": [0.5, 1.5, 2.0]},
            {"type": "Dense", "name": "scores", "units": 3},
            shape=(4, 3),
        ),
        layer="normal",
    ),
)
