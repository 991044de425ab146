"""Normalization: epsilon, the estimate of the variance, axes and groups, and when batches count."""

from __future__ import annotations

from typing import Any

from modelspec.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from modelspec.layers.wrappers import SpectralNormalization
from mutations.mutation import Mutation, spec
from mutations.rules import fields, wrapped

BATCH = "BatchNormalization's epsilon: 1e-3 in Keras, 1e-5 in PyTorch and ONNX."
BATCH_AXIS = "BatchNormalization's axis: any in Keras, the second in PyTorch and ONNX."
BATCH_MODE = "BatchNormalization in inference: running statistics; those of the batch belong to training."
LAYER = "LayerNormalization's epsilon: 1e-3 in Keras, 1e-5 in PyTorch and ONNX."
LAYER_AXIS = "LayerNormalization's axes: any in Keras, the last ones in PyTorch and ONNX."
LAYER_VARIANCE = "The variance of normalization: over the count; that of torch.var is over the count less 1."
GROUP = "GroupNormalization: epsilon 1e-3 and 32 groups by default in Keras, 1e-5 and no default in PyTorch and ONNX."
RMS = "RMSNormalization's epsilon: 1e-6 in Keras, the smallest step of the data type in PyTorch."
UNIT = "UnitNormalization: along the last axis by default in Keras, the second in PyTorch's normalize."
SPECTRAL = "SpectralNormalization: Keras divides the kernel in training alone, PyTorch in every call."

DENSE = {"type": "Dense", "name": "first", "units": 6}
CONV = {"type": "Conv2D", "name": "first", "filters": 4, "kernel_size": 3}
SMALL = {"type": "Rescaling", "name": "small", "scale": 0.015625}


def of_the_batch(module: Any, layer: Any, x: Any) -> Any:
    """Normalize by the batch's own mean and variance."""
    import torch

    return torch.batch_norm(x, module.weight, module.bias, None, None, True, 0.0, module.eps, False)


def unbiased(module: Any, layer: Any, x: Any) -> Any:
    """Normalize by an unbiased variance."""
    normal = (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True) + layer.epsilon).sqrt()
    return normal * module.weight + module.bias


def smallest_step(right: Any, layer: Any, ctx: Any) -> Any:
    """Lower with the epsilon that None stands for."""
    import torch

    return right(layer.model_copy(update={"epsilon": torch.finfo(ctx.dtype).eps}), ctx)


def always(right: Any, layer: Any, ctx: Any) -> Any:
    """Lower to a kernel that is divided by its norm."""
    module = right(layer, ctx)
    module.normalize()
    return module


MUTATIONS = (
    Mutation(
        id="batch-epsilon",
        row=BATCH,
        wrong="epsilon is 1e-5",
        backend="torch",
        of=(BatchNormalization,),
        rule=fields(epsilon=1e-5),
        document=spec(CONV, {"type": "BatchNormalization", "name": "norm"}, {"type": "ReLU", "name": "relu"}, shape=(8, 8, 3)),
        layer="norm",
        trap="epsilon is 1e-5, the default of PyTorch and ONNX",
    ),
    Mutation(
        id="batch-axis",
        row=BATCH_AXIS,
        wrong="the last axis instead of the first, where both have a size",
        backend="onnx",
        of=(BatchNormalization,),
        rule=fields(axis=-1),
        document=spec(
            DENSE,
            {"type": "BatchNormalization", "name": "last"},
            {"type": "BatchNormalization", "name": "norm", "axis": 1},
            shape=(6, 5),
        ),
        layer="norm",
    ),
    Mutation(
        id="batch-statistics",
        row=BATCH_MODE,
        wrong="mean and variance of the batch",
        backend="torch",
        of=(BatchNormalization,),
        rule=wrapped(of_the_batch),
        document=spec(CONV, {"type": "BatchNormalization", "name": "norm"}, {"type": "ReLU", "name": "relu"}, shape=(8, 8, 3)),
        layer="norm",
    ),
    Mutation(
        id="layer-epsilon",
        row=LAYER,
        wrong="epsilon is 1e-5",
        backend="onnx",
        of=(LayerNormalization,),
        rule=fields(epsilon=1e-5),
        document=spec(DENSE, {"type": "LayerNormalization", "name": "norm"}, shape=(5,)),
        layer="norm",
        trap="epsilon is 1e-5, the default of PyTorch and ONNX",
    ),
    Mutation(
        id="layer-axis",
        row=LAYER_AXIS,
        wrong="the last axis instead of the first, where both have a size",
        backend="torch",
        of=(LayerNormalization,),
        rule=fields(axis=-1),
        document=spec(
            DENSE,
            {"type": "LayerNormalization", "name": "last"},
            {"type": "LayerNormalization", "name": "norm", "axis": 1},
            shape=(6, 5),
        ),
        layer="norm",
        trap="the last axis is normalized",
    ),
    Mutation(
        id="layer-unbiased",
        row=LAYER_VARIANCE,
        wrong="the unbiased variance",
        backend="torch",
        of=(LayerNormalization,),
        rule=wrapped(unbiased),
        document=spec(DENSE, {"type": "LayerNormalization", "name": "norm"}, shape=(5,)),
        layer="norm",
        trap="the variance is unbiased",
    ),
    Mutation(
        id="group-epsilon",
        row=GROUP,
        wrong="epsilon is 1e-3 though the spec says 1e-5",
        backend="torch",
        of=(GroupNormalization,),
        rule=fields(epsilon=1e-3),
        document=spec(CONV, {"type": "GroupNormalization", "name": "norm", "groups": 2, "epsilon": 1e-5}, shape=(8, 8, 3)),
        layer="norm",
        trap="epsilon is 1e-3, the default of Keras",
    ),
    Mutation(
        id="group-of-all",
        row=GROUP,
        wrong="one group of all channels",
        backend="onnx",
        of=(GroupNormalization,),
        rule=fields(groups=1),
        document=spec(CONV, {"type": "GroupNormalization", "name": "norm", "groups": 2}, shape=(8, 8, 3)),
        layer="norm",
        trap="all channels are one group",
    ),
    Mutation(
        id="group-of-one",
        row=GROUP,
        wrong="a group for each channel",
        backend="torch",
        of=(GroupNormalization,),
        rule=fields(groups=-1),
        document=spec(CONV, {"type": "GroupNormalization", "name": "norm", "groups": 2}, shape=(8, 8, 3)),
        layer="norm",
        trap="every channel is a group",
    ),
    Mutation(
        id="rms-epsilon-of-type",
        row=RMS,
        wrong="epsilon is that of the data type, on small numbers",
        backend="torch",
        of=(RMSNormalization,),
        rule=smallest_step,
        document=spec(SMALL, {"type": "RMSNormalization", "name": "norm"}, shape=(6,)),
        layer="norm",
        trap="epsilon is the smallest step of the data type, as PyTorch's RMSNorm takes None",
    ),
    Mutation(
        id="rms-epsilon-of-keras",
        row=RMS,
        wrong="epsilon is 1e-6 though the spec says 1e-4",
        backend="keras",
        of=(RMSNormalization,),
        rule=fields(epsilon=1e-6),
        document=spec(DENSE, {"type": "RMSNormalization", "name": "norm", "epsilon": 1e-4}, shape=(5,)),
        layer="norm",
        trap="epsilon is 1e-6",
    ),
    Mutation(
        id="unit-axis",
        row=UNIT,
        wrong="the norm along the second axis",
        backend="onnx",
        of=(UnitNormalization,),
        rule=fields(axis=1),
        document=spec(DENSE, {"type": "UnitNormalization", "name": "norm"}, shape=(4, 5)),
        layer="norm",
    ),
    Mutation(
        id="spectral-always",
        row=SPECTRAL,
        wrong="the kernel divided in inference",
        backend="torch",
        of=(SpectralNormalization,),
        rule=always,
        document=spec(
            DENSE,
            {"type": "SpectralNormalization", "name": "norm", "layer": {"type": "Dense", "units": 4}},
            shape=(5,),
        ),
        layer="norm",
    ),
)
