"""Activation functions: slopes, forms, axes, and what holds at a kink."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers import activations
from modelspec.layers.activation_layers import ELU, LeakyReLU, PReLU, ReLU, Softmax
from mutations.mutation import Json, Mutation, spec
from mutations.rules import attributes, called, fields, wrapped

THRESHOLD = "ReLU at its threshold: Keras gives slope × (x - threshold) there, as below it; x itself comes above."
MOST = "ReLU's max_value: a field of Keras's layer; PyTorch and ONNX have other operators for it."
SLOPE = "The slope of a leaky ReLU: 0.3 in Keras's layer, 0.2 in its function, 0.01 in PyTorch and ONNX."
ALPHA = "alpha of elu: 1 by default in each framework."
CELU = "celu: alpha × elu(x / alpha) in Keras and PyTorch, which is not elu with that alpha."
GELU = "gelu: of the normal distribution in Keras's function, PyTorch and ONNX; of the tangent in keras.ops, or where told."
HARD = "hard_sigmoid and hard_silu: a slope of 1/6 in Keras and PyTorch, 0.2 in ONNX's HardSigmoid by default."
SOFTPLUS = "softplus: PyTorch returns x itself above 20."
STEP = "step: what it gives at 0 is an argument of PyTorch's heaviside, and nothing in Keras."
SOFTMAX = (
    "The axis of softmax: the last in Keras; the first or second in PyTorch where it is None; all after the batch in ONNX"
    " before operator set 13."
)
FLOATS = "Numbers in layers: ONNX keeps those of its operators in float32, Python's are doubles; the spec rounds them once."
SHARED = "PReLU: Keras shares its slopes along axes, PyTorch and ONNX have one for each channel, which stands second."

CLIPPED: Json = {"type": "Activation", "name": "before", "activation": "hard_tanh"}
"""Numbers of which many are -1, 0 or 1."""
DENSE: Json = {"type": "Dense", "name": "first", "units": 5}


def activation(name: str, function: Any) -> Json:
    """Return a layer that applies a function."""
    return {"type": "Activation", "name": name, "activation": function}


def not_strict(module: Any, layer: Any, x: Any) -> Any:
    """Let the threshold pass."""
    import torch

    return torch.where(x >= layer.threshold, x, layer.negative_slope * (x - layer.threshold))


def slope_of_all(right: Any, layer: Any, site: Any) -> None:
    """Multiply the input, not its distance from the threshold."""
    above = site.emit("Greater", [site.input, site.constant("threshold", layer.threshold)], step="above")
    lower = site.emit("Mul", [site.input, site.constant("slope", layer.negative_slope)], step="lower")
    site.emit("Where", [above, site.input, lower])


def hard_silu(right: Any, function: Any, site: Any, value: str) -> None:
    """Multiply by ONNX's HardSigmoid as it is by default."""
    site.emit("Mul", [value, site.emit("HardSigmoid", [value], step="hard_sigmoid")])


def softplus(right: Any, function: Any) -> Any:
    """Take PyTorch's module as it is by default."""
    from torch import nn

    return nn.Softplus()


def elu(right: Any, function: Any) -> Any:
    """Take PyTorch's ELU for CELU."""
    from torch import nn

    return nn.ELU(function.alpha)


def implicit_axis(module: Any, layer: Any, x: Any) -> Any:
    """Take the axis that PyTorch takes where it is told none."""
    return x.softmax(0 if x.ndim in (0, 1, 3) else 1)


def all_axes(right: Any, layer: Any, site: Any) -> None:
    """Take all axes but the batch for one."""
    flat = site.emit("Flatten", [site.input], step="flat", axis=1)
    shares = site.emit("Softmax", [flat], step="shares", axis=-1)
    site.emit("Reshape", [shares, site.constant("shape", [0, *site.node.output.shape], np.int64)])


def alpha_along_the_last(right: Any, layer: Any, ctx: Any) -> Any:
    """Let a slope for each channel stand along the last axis, which is the width."""
    module = right(layer, ctx)
    return called(lambda x: x.relu() - module.alpha.reshape(-1) * (-x).relu())


MUTATIONS = (
    Mutation(
        id="relu-threshold",
        row=THRESHOLD,
        wrong="x itself comes at the threshold",
        backend="torch",
        of=(ReLU,),
        rule=wrapped(not_strict),
        document=spec(
            {"type": "ReLU", "name": "plain", "negative_slope": 0.5},
            {"type": "ReLU", "name": "relu", "threshold": 1.0, "negative_slope": 0.25},
            shape=(6, 5),
            before=CLIPPED,
        ),
        layer="relu",
        trap="the threshold itself passes",
    ),
    Mutation(
        id="relu-slope",
        row=THRESHOLD,
        wrong="slope × x below it",
        backend="onnx",
        of=(ReLU,),
        rule=slope_of_all,
        document=spec(
            {"type": "ReLU", "name": "plain", "negative_slope": 0.5},
            {"type": "ReLU", "name": "relu", "threshold": 1.0, "negative_slope": 0.25},
            shape=(6, 5),
        ),
        layer="relu",
    ),
    Mutation(
        id="relu-most",
        row=MOST,
        wrong="no largest value",
        backend="onnx",
        of=(ReLU,),
        rule=fields(max_value=None),
        document=spec(
            {"type": "ReLU", "name": "plain"},
            {"type": "ReLU", "name": "relu", "max_value": 6.0},
            shape=(6, 5),
            before={"type": "Rescaling", "name": "before", "scale": 4.0},
        ),
        layer="relu",
    ),
    Mutation(
        id="leaky-slope-of-torch",
        row=SLOPE,
        wrong="a slope of 0.01",
        backend="torch",
        of=(LeakyReLU,),
        rule=fields(negative_slope=0.01),
        document=spec(DENSE, {"type": "LeakyReLU", "name": "leaky"}, shape=(4,)),
        layer="leaky",
        trap="negative_slope is 0.01, the default of PyTorch and ONNX",
    ),
    Mutation(
        id="leaky-slope-of-the-function",
        row=SLOPE,
        wrong="a slope of 0.2 for the layer",
        backend="keras",
        of=(LeakyReLU,),
        rule=fields(negative_slope=0.2),
        document=spec(DENSE, {"type": "LeakyReLU", "name": "leaky"}, shape=(4,)),
        layer="leaky",
        trap="negative_slope is 0.2, the default of Keras's function",
    ),
    Mutation(
        id="leaky-slope-of-the-layer",
        row=SLOPE,
        wrong="a slope of 0.3 for the function",
        backend="onnx",
        of=(activations.LeakyRelu,),
        rule=fields(negative_slope=0.3),
        document=spec(DENSE, {"type": "Dense", "name": "leaky", "units": 3, "activation": "leaky_relu"}, shape=(4,)),
        layer="leaky",
        trap="negative_slope is 0.3, the default of Keras's layer",
    ),
    Mutation(
        id="elu-alpha",
        row=ALPHA,
        wrong="alpha is 1 though the spec says 0.5",
        backend="torch",
        of=(activations.Elu,),
        rule=fields(alpha=1.0),
        document=spec(DENSE, activation("elu", {"type": "elu", "alpha": 0.5}), shape=(4,)),
        layer="elu",
        trap="alpha is 1, the default",
    ),
    Mutation(
        id="celu-is-elu",
        row=CELU,
        wrong="elu with the alpha of celu",
        backend="torch",
        of=(activations.Celu,),
        rule=elu,
        document=spec(DENSE, activation("celu", {"type": "celu", "alpha": 0.5}), shape=(4,)),
        layer="celu",
    ),
    Mutation(
        id="gelu-of-the-tangent",
        row=GELU,
        wrong="the form of the tangent",
        backend="torch",
        of=(activations.Gelu,),
        rule=fields(approximate=True),
        document=spec(DENSE, activation("gelu", "gelu"), shape=(4,)),
        layer="gelu",
        trap="gelu has its other form (the normal distribution's or the tangent's)",
    ),
    Mutation(
        id="gelu-of-the-distribution",
        row=GELU,
        wrong="the form of the normal distribution",
        backend="onnx",
        of=(activations.Gelu,),
        rule=fields(approximate=False),
        document=spec(DENSE, activation("gelu", {"type": "gelu", "approximate": True}), shape=(4,)),
        layer="gelu",
        trap="gelu has its other form (the normal distribution's or the tangent's)",
    ),
    Mutation(
        id="hard-sigmoid-slope",
        row=HARD,
        wrong="hard_sigmoid with a slope of 0.2",
        backend="onnx",
        of=(activations.HardSigmoid,),
        rule=attributes("HardSigmoid", alpha=0.2),
        document=spec(DENSE, activation("hard", "hard_sigmoid"), shape=(4,)),
        layer="hard",
        trap="hard_sigmoid has the slope 0.2, ONNX's default",
    ),
    Mutation(
        id="hard-silu-slope",
        row=HARD,
        wrong="hard_silu with a slope of 0.2",
        backend="onnx",
        of=(activations.HardSilu,),
        rule=hard_silu,
        document=spec(DENSE, activation("hard", "hard_silu"), shape=(4,)),
        layer="hard",
        trap="hard_silu has the slope 0.2, that of ONNX's HardSigmoid",
    ),
    Mutation(
        id="softplus-linear",
        row=SOFTPLUS,
        wrong="x itself above 20, which is 1e-10 off there",
        backend="torch",
        of=(activations.Softplus,),
        rule=softplus,
        document=spec(
            {"type": "ReLU", "name": "relu"},
            activation("softplus", "softplus"),
            shape=(6,),
            before={"type": "Rescaling", "name": "before", "scale": 32.0078125},
        ),
        layer="softplus",
        trap="softplus is linear above 20, PyTorch's default",
    ),
    Mutation(
        id="step-at-zero",
        row=STEP,
        wrong="1 at 0 though the spec says 0.5",
        backend="torch",
        of=(activations.Step,),
        rule=fields(value_at_zero=1.0),
        document=spec(
            {"type": "ReLU", "name": "relu"},
            activation("step", {"type": "step", "value_at_zero": 0.5}),
            shape=(6, 5),
            before=CLIPPED,
        ),
        layer="step",
        trap="step gives another value at 0",
    ),
    Mutation(
        id="softmax-first",
        row=SOFTMAX,
        wrong="the axis of None, which is the second of four",
        backend="torch",
        of=(Softmax,),
        rule=wrapped(implicit_axis),
        document=spec(DENSE, {"type": "Softmax", "name": "softmax"}, shape=(3, 4, 5)),
        layer="softmax",
        trap="softmax runs along the first axis after the batch",
    ),
    Mutation(
        id="softmax-of-the-batch",
        row=SOFTMAX,
        wrong="the axis of None, which is the first of three",
        backend="torch",
        of=(Softmax,),
        rule=wrapped(implicit_axis),
        document=spec(DENSE, {"type": "Softmax", "name": "softmax"}, shape=(3, 4)),
        layer="softmax",
        trap="softmax runs along the batch",
    ),
    Mutation(
        id="softmax-of-all",
        row=SOFTMAX,
        wrong="all axes after the batch",
        backend="onnx",
        of=(Softmax,),
        rule=all_axes,
        document=spec(DENSE, {"type": "Softmax", "name": "softmax"}, shape=(3, 4)),
        layer="softmax",
        trap="softmax runs over all axes, ONNX's default before operator set 13",
    ),
    Mutation(
        id="alpha-in-double",
        row=FLOATS,
        wrong="0.1 as a double",
        backend="torch",
        of=(ELU,),
        rule=fields(alpha=0.1),
        document=spec(DENSE, {"type": "ELU", "name": "elu", "alpha": 0.1}, shape=(4,)),
        layer="elu",
        trap="numbers of the spec are doubles, not float32",
    ),
    Mutation(
        id="prelu-shared",
        row=SHARED,
        wrong="the slopes of the channels along the width",
        backend="torch",
        of=(PReLU,),
        rule=alpha_along_the_last,
        document=spec(
            {"type": "Conv2D", "name": "first", "filters": 6, "kernel_size": 3},
            {"type": "PReLU", "name": "prelu", "shared_axes": [1, 2]},
            shape=(8, 8, 3),
        ),
        layer="prelu",
    ),
)
