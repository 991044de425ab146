"""Transposed convolutions: what is cut off, what is added, and the order of kernels."""

from __future__ import annotations

from modelspec.layers.transposed import Conv1DTranspose, Conv2DTranspose
from mutations.mutation import Mutation, spec
from mutations.rules import attributes, fields, halves_exchanged, weights

CROP = (
    'Transposed "same": Keras makes size × stride outputs and cuts off the rest, the odd one at the end; padding of PyTorch'
    " cuts off as much on both sides."
)
SHORT = (
    'Transposed kernels shorter than the stride: Keras adds zeros at the end, also with "valid"; ONNX\'s auto_pad and PyTorch'
    " without output_padding do not."
)
KERNEL = "Transposed kernels: Keras has (sizes, outputs, inputs), PyTorch and ONNX (inputs, outputs, sizes)."
FIRST = {"type": "Conv2DTranspose", "name": "first", "filters": 4, "kernel_size": 2, "strides": 2}

MUTATIONS = (
    Mutation(
        id="transposed-crop-start",
        row=CROP,
        wrong="the odd element cut off at the start",
        backend="onnx",
        of=(Conv2DTranspose,),
        rule=attributes("ConvTranspose", pads=halves_exchanged),
        document=spec(
            FIRST,
            {
                "type": "Conv2DTranspose", "name": "transposed", "filters": 3, "kernel_size": 5, "strides": 2,
                "padding": "same",
            },
            shape=(3, 4, 3),
        ),
        layer="transposed",
        trap="the odd element is cut off at the start",
    ),
    Mutation(
        id="transposed-short-valid",
        row=SHORT,
        wrong='no output_padding, with "valid"',
        backend="torch",
        of=(Conv1DTranspose,),
        rule=fields(output_padding=(0,)),
        document=spec(
            {"type": "Conv1DTranspose", "name": "first", "filters": 4, "kernel_size": 3, "strides": 2},
            {"type": "Conv1DTranspose", "name": "transposed", "filters": 3, "kernel_size": 2, "strides": 3},
            shape=(5, 3),
        ),
        layer="transposed",
    ),
    Mutation(
        id="transposed-short-same",
        row=SHORT,
        wrong='no output_padding, with "same"',
        backend="onnx",
        of=(Conv2DTranspose,),
        rule=attributes("ConvTranspose", output_padding=None),
        document=spec(
            FIRST,
            {
                "type": "Conv2DTranspose", "name": "transposed", "filters": 3, "kernel_size": 2, "strides": 3,
                "padding": "same",
            },
            shape=(2, 3, 3),
        ),
        layer="transposed",
    ),
    Mutation(
        id="transposed-kernel-inputs-outputs",
        row=KERNEL,
        wrong="inputs and outputs exchanged, where there are as many of both",
        backend="torch",
        of=(Conv2DTranspose,),
        rule=weights(kernel=lambda kernel: kernel.swapaxes(-1, -2) if kernel.shape[-1] == kernel.shape[-2] else kernel),
        document=spec(
            FIRST,
            {"type": "Conv2DTranspose", "name": "transposed", "filters": 4, "kernel_size": 3, "strides": 2},
            shape=(3, 4, 3),
        ),
        layer="transposed",
        trap="inputs and outputs of the kernel are exchanged",
    ),
    Mutation(
        id="transposed-kernel-flipped",
        row=KERNEL,
        wrong="the kernel read from its end, as a convolution of the stretched input does",
        backend="onnx",
        of=(Conv1DTranspose,),
        rule=weights(kernel=lambda kernel: kernel[::-1]),
        document=spec(
            {"type": "Conv1D", "name": "first", "filters": 4, "kernel_size": 2},
            {"type": "Conv1DTranspose", "name": "transposed", "filters": 3, "kernel_size": 3, "strides": 2},
            shape=(6, 3),
        ),
        layer="transposed",
        trap="the kernel is flipped",
    ),
)  # fmt: skip
