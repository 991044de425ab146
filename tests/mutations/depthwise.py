"""Depthwise and separable convolutions: which kernel makes which channel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from modelspec.layers.depthwise import DepthwiseConv2D, DepthwiseConv3D
from mutations.mutation import Mutation, spec
from mutations.rules import assigned, fields, weights

ORDER = (
    "Depthwise channels: Keras's kernel is (sizes, inputs, multiplier) and its output has the kernels of the first input first;"
    " PyTorch and ONNX take (inputs × multiplier, 1, sizes)."
)
VOLUMES = "Volumes: Keras has no DepthwiseConv3D; a Conv3D with a group for each channel stands for it."
DILATED = "Strides with dilation: Keras's Conv2D refuses both at once, its DepthwiseConv2D, PyTorch and ONNX do not."
TRAP = "depthwise kernels are counted multiplier first"


def multiplier_first(kernel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a kernel whose last two axes are counted in the other order."""
    return kernel.swapaxes(-1, -2).reshape(kernel.shape)


MUTATIONS = (
    Mutation(
        id="depthwise-multiplier-first",
        row=ORDER,
        wrong="the kernels counted multiplier first",
        backend="onnx",
        of=(DepthwiseConv2D,),
        rule=weights(kernel=multiplier_first),
        document=spec(
            {"type": "DepthwiseConv2D", "name": "first", "kernel_size": 3},
            {"type": "DepthwiseConv2D", "name": "depthwise", "kernel_size": 3, "depth_multiplier": 2},
            {"type": "Conv2D", "name": "point", "filters": 4, "kernel_size": 1},
            shape=(8, 8, 3),
        ),
        layer="depthwise",
        trap=TRAP,
    ),
    Mutation(
        id="separable-multiplier-first",
        row=ORDER,
        wrong="the kernels of a SeparableConv2D's first half counted multiplier first",
        backend="torch",
        of=(DepthwiseConv2D,),
        rule=weights(kernel=multiplier_first),
        document=spec(
            {"type": "SeparableConv2D", "name": "first", "filters": 3, "kernel_size": 3},
            {"type": "SeparableConv2D", "name": "separable", "filters": 4, "kernel_size": 3, "depth_multiplier": 2},
            {"type": "BatchNormalization", "name": "norm"},
            shape=(8, 8, 3),
        ),
        layer="separable",
        trap=TRAP,
    ),
    Mutation(
        id="depthwise-volumes",
        row=VOLUMES,
        wrong="the outputs of the groups counted multiplier first",
        backend="keras",
        of=(DepthwiseConv3D,),
        rule=assigned(
            "kernel",
            lambda kernel: kernel.reshape(*kernel.shape[:-1], -1, 2).swapaxes(-1, -2).reshape(kernel.shape),
        ),
        document=spec(
            {"type": "Conv3D", "name": "first", "filters": 3, "kernel_size": 2},
            {"type": "DepthwiseConv3D", "name": "depthwise", "kernel_size": 2, "depth_multiplier": 2},
            shape=(5, 5, 5, 2),
        ),
        layer="depthwise",
        trap=TRAP,
    ),
    Mutation(
        id="depthwise-dilation",
        row=DILATED,
        wrong="the dilation left out where there is a stride",
        backend="torch",
        of=(DepthwiseConv2D,),
        rule=fields(dilation_rate=(1, 1)),
        document=spec(
            {"type": "Conv2D", "name": "first", "filters": 4, "kernel_size": 3, "strides": 2},
            {
                "type": "DepthwiseConv2D", "name": "depthwise", "kernel_size": 3, "strides": 2, "dilation_rate": 2,
                "padding": "same",
            },
            shape=(17, 17, 3),
        ),
        layer="depthwise",
        trap="the dilation is left out",
    ),
)  # fmt: skip
