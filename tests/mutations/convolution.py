"""Convolutions: padding, the order of kernels, dilation."""

from __future__ import annotations

from modelspec.layers.convolution import Conv1D, Conv2D
from mutations.mutation import Mutation, spec
from mutations.rules import attributes, fields, halves_exchanged, padded, weights

SAME = (
    'Padding "same": Keras pads what the last window lacks, the odd element at the end; PyTorch pads as much before as after,'
    " ONNX's SAME_LOWER has the odd element at the start."
)
CAUSAL = 'Padding "causal": Keras puts dilation × (size - 1) zeros before the sequence; PyTorch and ONNX have no such padding.'
KERNEL = "Kernels: Keras has (sizes, inputs, outputs), PyTorch and ONNX (outputs, inputs, sizes); none flips them."
DILATION = "Dilation: an argument of each framework, 1 where it is left out."

FIRST = {"type": "Conv2D", "name": "first", "filters": 4, "kernel_size": 3}
NORM = {"type": "BatchNormalization", "name": "norm"}

MUTATIONS = (
    Mutation(
        id="conv-same-symmetric",
        row=SAME,
        wrong="(size - 1) // 2 zeros on both sides, with a stride of 2 on an even size",
        backend="torch",
        of=(Conv2D,),
        rule=padded(lambda _, reach, __: ((reach - 1) // 2,) * 2),
        document=spec(
            FIRST,
            {"type": "Conv2D", "name": "conv", "filters": 5, "kernel_size": 3, "strides": 2, "padding": "same"},
            NORM,
            shape=(10, 10, 3),
        ),
        layer="conv",
        trap="the padding is the same on both sides, as PyTorch's own is",
    ),
    Mutation(
        id="conv-same-even-symmetric",
        row=SAME,
        wrong="(size - 1) // 2 zeros on both sides of an even kernel, which makes one output less",
        backend="torch",
        of=(Conv1D,),
        rule=padded(lambda _, reach, __: ((reach - 1) // 2,) * 2),
        document=spec(
            {"type": "Conv1D", "name": "first", "filters": 4, "kernel_size": 3, "padding": "same"},
            {"type": "Conv1D", "name": "conv", "filters": 5, "kernel_size": 2, "padding": "same"},
            shape=(9, 3),
        ),
        layer="conv",
        trap="the padding is the same on both sides, as PyTorch's own is",
    ),
    Mutation(
        id="conv-same-even-lower",
        row=SAME,
        wrong="the odd zero of an even kernel before the image",
        backend="onnx",
        of=(Conv2D,),
        rule=attributes("Conv", pads=halves_exchanged),
        document=spec(
            FIRST, {"type": "Conv2D", "name": "conv", "filters": 5, "kernel_size": 4, "padding": "same"}, NORM, shape=(9, 9, 3)
        ),
        layer="conv",
        trap="the odd element of the padding stands at the start",
    ),
    Mutation(
        id="conv-causal-end",
        row=CAUSAL,
        wrong="the zeros after the sequence",
        backend="torch",
        of=(Conv1D,),
        rule=padded(lambda _, __, right: right[::-1]),
        document=spec(
            {"type": "Conv1D", "name": "first", "filters": 4, "kernel_size": 3, "padding": "same"},
            {"type": "Conv1D", "name": "conv", "filters": 5, "kernel_size": 3, "dilation_rate": 2, "padding": "causal"},
            shape=(9, 3),
        ),
        layer="conv",
        trap="causal padding stands at the end",
    ),
    Mutation(
        id="conv-causal-undilated",
        row=CAUSAL,
        wrong="size - 1 zeros for a dilated kernel",
        backend="onnx",
        of=(Conv1D,),
        rule=attributes("Conv", pads=lambda pads: [pads[0] // 2, pads[1]]),
        document=spec(
            {"type": "Conv1D", "name": "first", "filters": 4, "kernel_size": 2},
            {"type": "Conv1D", "name": "conv", "filters": 5, "kernel_size": 3, "dilation_rate": 2, "padding": "causal"},
            shape=(9, 3),
        ),
        layer="conv",
        trap="the padding does not count the dilation",
    ),
    Mutation(
        id="conv-kernel-inputs-outputs",
        row=KERNEL,
        wrong="inputs and outputs exchanged, where there are as many of both",
        backend="onnx",
        of=(Conv2D,),
        rule=weights(kernel=lambda kernel: kernel.swapaxes(-1, -2) if kernel.shape[-1] == kernel.shape[-2] else kernel),
        document=spec(FIRST, {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3}, NORM, shape=(8, 8, 3)),
        layer="conv",
        trap="inputs and outputs of the kernel are exchanged",
    ),
    Mutation(
        id="conv-kernel-height-width",
        row=KERNEL,
        wrong="height and width exchanged, as (out, in, width, height)",
        backend="torch",
        of=(Conv2D,),
        rule=weights(kernel=lambda kernel: kernel.swapaxes(0, 1)),
        document=spec(
            {"type": "DepthwiseConv2D", "name": "first", "kernel_size": 3},
            {"type": "Conv2D", "name": "conv", "filters": 5, "kernel_size": 3},
            NORM,
            shape=(8, 7, 3),
        ),
        layer="conv",
        trap="height and width of the kernel are exchanged",
    ),
    Mutation(
        id="conv-kernel-flipped",
        row=KERNEL,
        wrong="the kernel read from its end, as a convolution of mathematics does",
        backend="onnx",
        of=(Conv1D,),
        rule=weights(kernel=lambda kernel: kernel[::-1]),
        document=spec(
            {"type": "Conv1D", "name": "first", "filters": 4, "kernel_size": 1},
            {"type": "Conv1D", "name": "conv", "filters": 5, "kernel_size": 3, "strides": 2, "padding": "same"},
            shape=(9, 3),
        ),
        layer="conv",
        trap="the kernel is flipped",
    ),
    Mutation(
        id="conv-dilation",
        row=DILATION,
        wrong="the kernel without its gaps",
        backend="torch",
        of=(Conv2D,),
        rule=fields(dilation_rate=(1, 1)),
        document=spec(
            FIRST,
            {"type": "Conv2D", "name": "conv", "filters": 5, "kernel_size": 3, "dilation_rate": 2, "padding": "same"},
            NORM,
            shape=(9, 8, 3),
        ),
        layer="conv",
        trap="the dilation is left out",
    ),
)
