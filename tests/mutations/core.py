"""Dense and Embedding; what runs in training alone; whose weights a model has; what it computes in."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from modelspec.layers.core import Dense, Embedding
from modelspec.layers.regularization import Dropout, GaussianNoise
from mutations.mutation import Json, Mutation, spec
from mutations.rules import assigned, weights, wrapped

AXIS = "Dense on more than two axes: along the last in Keras and PyTorch; ONNX's Gemm takes matrices only."
KERNEL = "Dense kernels: (inputs, outputs) in Keras and ONNX, (outputs, inputs) in PyTorch."
INDEX = "Indices of Embedding: Keras cuts numbers to integers; PyTorch takes integers only."
ROW = "The first row of Embedding: a row as any other in Keras, even where it is masked; PyTorch's padding_idx starts it at 0."
TRAINING = "Dropout and noise: on in training alone; a new module of PyTorch is in training."
INITIAL = "Initial weights: each framework draws its own, by other formulas; here one set is drawn, for all of them."
FLOAT64 = "Float64: a step in float32 inside of it is 1e-7 off, as TensorFlow's bilinear resizing is."
FLOAT32 = "Float32: products in fewer digits (TF32, bfloat16) are a default of some devices."
FIRST: Json = {"type": "Dense", "name": "first", "units": 4}
DENSE: Json = {"type": "Dense", "name": "dense", "units": 4}


def along_the_axis_before(module: Any, layer: Any, x: Any) -> Any:
    """Multiply along the axis before the last."""
    return module(x.mT).mT if x.ndim > 2 else module(x)


def rounded(module: Any, layer: Any, x: Any) -> Any:
    """Round the indices."""
    return module(x.round())


def without_first_row(table: NDArray[Any]) -> NDArray[Any]:
    """Return a table whose first row is 0."""
    made = table.copy()
    made[0] = 0
    return made


def dropped(module: Any, layer: Any, x: Any) -> Any:
    """Drop half of what comes in."""
    import torch

    mask = torch.rand(x.shape, generator=torch.Generator().manual_seed(1), dtype=x.dtype) >= layer.rate
    return x * mask / (1 - layer.rate)


def in_training(module: Any, layer: Any, x: Any) -> Any:
    """Call a module in training."""
    module.train()
    return module(x)


def through(wide: str, narrow: str) -> Any:
    """Round what a module reads and makes, where it computes in the wider type."""

    def function(module: Any, layer: Any, x: Any) -> Any:
        import torch

        if x.dtype != getattr(torch, wide):
            return module(x)
        return module(x.to(getattr(torch, narrow)).to(x.dtype)).to(getattr(torch, narrow)).to(x.dtype)

    return wrapped(function)


MUTATIONS = (
    Mutation(
        id="dense-axis",
        row=AXIS,
        wrong="the product along the axis before the last",
        backend="torch",
        of=(Dense,),
        rule=wrapped(along_the_axis_before),
        document=spec({"type": "Reshape", "name": "rows", "target_shape": [4, 4]}, DENSE, shape=(16,)),
        layer="dense",
        trap="the product runs along the axis before the last",
    ),
    Mutation(
        id="dense-kernel",
        row=KERNEL,
        wrong="inputs and outputs exchanged, where there are as many of both",
        backend="torch",
        of=(Dense,),
        rule=weights(kernel=lambda kernel: kernel.T if kernel.shape[0] == kernel.shape[1] else kernel),
        document=spec(FIRST, DENSE, shape=(3,)),
        layer="dense",
        trap="inputs and outputs of the kernel are exchanged",
    ),
    Mutation(
        id="embedding-rounded",
        row=INDEX,
        wrong="the numbers rounded",
        backend="torch",
        of=(Embedding,),
        rule=wrapped(rounded),
        document=spec(
            {"type": "Embedding", "name": "words", "input_dim": 7, "output_dim": 3},
            shape=(6,),
            before={"type": "ReLU", "name": "before", "max_value": 6.0},
        ),
        layer="words",
    ),
    Mutation(
        id="embedding-first-row",
        row=ROW,
        wrong="zeros for the index 0",
        backend="onnx",
        of=(Embedding,),
        rule=weights(embeddings=without_first_row),
        document=spec(
            {"type": "Embedding", "name": "words", "inputs": "x", "input_dim": 7, "output_dim": 3},
            FIRST,
            inputs={"x": {"shape": [9], "dtype": "int32"}},
        ),
        layer="words",
    ),
    Mutation(
        id="dropout-on",
        row=TRAINING,
        wrong="dropout in inference",
        backend="torch",
        of=(Dropout,),
        rule=wrapped(dropped),
        document=spec(FIRST, {"type": "Dropout", "name": "dropout", "rate": 0.5}, shape=(6,)),
        layer="dropout",
        trap="dropout is on",
    ),
    Mutation(
        id="noise-on",
        row=TRAINING,
        wrong="noise in inference",
        backend="torch",
        of=(GaussianNoise,),
        rule=wrapped(in_training),
        document=spec(FIRST, {"type": "GaussianNoise", "name": "noise", "stddev": 0.1, "seed": 1}, shape=(6,)),
        layer="noise",
    ),
    Mutation(
        id="initial-weights",
        row=INITIAL,
        wrong="the weights that Keras drew",
        backend="keras",
        of=(Dense,),
        rule=assigned("kernel", None),
        document=spec({"type": "Conv1D", "name": "first", "filters": 4, "kernel_size": 2}, DENSE, shape=(6, 3)),
        layer="dense",
    ),
    Mutation(
        id="float32-in-float64",
        row=FLOAT64,
        wrong="float32 inside of float64",
        backend="torch",
        of=(Dense,),
        rule=through("float64", "float32"),
        document=spec({"type": "Conv1D", "name": "first", "filters": 4, "kernel_size": 2}, DENSE, shape=(6, 3)),
        layer="dense",
    ),
    Mutation(
        id="bfloat16-in-float32",
        row=FLOAT32,
        wrong="bfloat16 inside of float32",
        backend="torch",
        of=(Dense,),
        rule=through("float32", "bfloat16"),
        document=spec({"type": "Conv1D", "name": "first", "filters": 4, "kernel_size": 2}, DENSE, shape=(6, 3)),
        layer="dense",
        tier="rounding",
    ),
)
