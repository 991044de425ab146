"""Layers that move, pad, cut or join: the order of axes, of elements and of sides."""

from __future__ import annotations

from typing import Any

from modelspec.geometry import inverse
from modelspec.layers.merging import Add, Concatenate
from modelspec.layers.padding import Cropping2D, ZeroPadding2D
from modelspec.layers.reshaping import Flatten, Permute, Reshape
from mutations.mutation import Json, Mutation, spec
from mutations.rules import fields, wrapped

FLATTEN = (
    "Flatten and Reshape: Keras's elements stand channels last; PyTorch and ONNX flatten images with their channels first."
)
FORMAT = "Data formats: on a CPU TensorFlow convolves channels last only; images with channels first are transposed before."
PERMUTE = "Permute: an axis's entry says where it comes from, in each framework."
PADDING = "Sides: before and after, axis by axis, in Keras; PyTorch begins with the last axis, ONNX with all that is before."
CONCATENATE = "The axis of Concatenate: the last in Keras by default, the first in PyTorch."
BROADCAST = "Inputs of fewer axes: Keras lets them stand for the last ones; PyTorch's channels stand before height and width."
CONV: Json = {"type": "Conv2D", "name": "first", "filters": 4, "kernel_size": 3}


def permuted_back(right: Any, layer: Any, site: Any) -> None:
    """Permute the other way."""
    right(layer.model_copy(update={"dims": inverse(layer.axes)[1:]}), site)


def as_it_is(right: Any, layer: Any, site: Any) -> Any:
    """Leave out a Permute."""
    from modelspec_keras.framework import keras

    return (keras.layers.Identity(**site.common),)


def as_it_stands(module: Any, layer: Any, x: Any) -> Any:
    """Flatten an image with its channels first."""
    return x.flatten(1)


def with_channels_first(module: Any, layer: Any, x: Any) -> Any:
    """Move the channels of an image before height and width."""
    return module(x.movedim(-1, 1).contiguous())


def by_axis_from_the_first(module: Any, layer: Any, x: Any) -> Any:
    """Give PyTorch the amounts as Keras has them."""
    from torch.nn import functional

    return functional.pad(x, [side for pair in layer.padding for side in pair])


def other_side(right: Any, layer: Any, site: Any) -> None:
    """Exchange what is cut off before and after."""
    right(layer.model_copy(update={"cropping": tuple(pair[::-1] for pair in layer.cropping)}), site)


def first_axes(module: Any, layer: Any, a: Any, b: Any) -> Any:
    """Let a smaller input stand for the first axes."""
    return a + b.reshape(*b.shape, *[1] * (a.ndim - b.ndim))


MUTATIONS = (
    Mutation(
        id="flatten-channels-first",
        row=FLATTEN,
        wrong="the elements channels first, in Flatten",
        backend="torch",
        of=(Flatten,),
        rule=wrapped(as_it_stands),
        document=spec(
            CONV, {"type": "Flatten", "name": "flat"}, {"type": "Dense", "name": "scores", "units": 3}, shape=(6, 6, 3)
        ),
        layer="flat",
        trap="the elements stand in the order of the other data format",
    ),
    Mutation(
        id="reshape-channels-first",
        row=FLATTEN,
        wrong="the elements channels first, in Reshape",
        backend="torch",
        of=(Reshape,),
        rule=wrapped(with_channels_first),
        document=spec(
            CONV,
            {"type": "Reshape", "name": "rows", "target_shape": [16, 4]},
            {"type": "Dense", "name": "scores", "units": 3},
            shape=(6, 6, 3),
        ),
        layer="rows",
        trap="the elements stand in the order of the other data format",
    ),
    Mutation(
        id="format-untransposed",
        row=FORMAT,
        wrong="no transposition, where an image has as many rows, columns and channels",
        backend="keras",
        of=(Permute,),
        rule=as_it_is,
        document=spec(
            {"type": "Dense", "name": "rows", "units": 4},
            {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3, "padding": "same"},
            shape=(4, 4, 4),
            data_format="channels_first",
        ),
        layer="conv",
        trap="the channels stand in the other data format",
    ),
    Mutation(
        id="permute-inverse",
        row=PERMUTE,
        wrong="the entries as where an axis goes",
        backend="onnx",
        of=(Permute,),
        rule=permuted_back,
        document=spec(
            {"type": "Permute", "name": "exchanged", "dims": [2, 1, 3]},
            {"type": "Permute", "name": "moved", "dims": [2, 3, 1]},
            shape=(4, 4, 4),
        ),
        layer="moved",
        trap="the axes are permuted the other way",
    ),
    Mutation(
        id="padding-axes",
        row=PADDING,
        wrong="the amounts in Keras's order",
        backend="torch",
        of=(ZeroPadding2D,),
        rule=wrapped(by_axis_from_the_first),
        document=spec(CONV, {"type": "ZeroPadding2D", "name": "padded", "padding": [[1, 2], [2, 1]]}, shape=(6, 6, 3)),
        layer="padded",
    ),
    Mutation(
        id="cropping-sides",
        row=PADDING,
        wrong="before and after exchanged",
        backend="onnx",
        of=(Cropping2D,),
        rule=other_side,
        document=spec(CONV, {"type": "Cropping2D", "name": "cropped", "cropping": [[1, 0], [1, 1]]}, shape=(7, 6, 3)),
        layer="cropped",
    ),
    Mutation(
        id="concatenate-axis",
        row=CONCATENATE,
        wrong="the first axis after the batch",
        backend="onnx",
        of=(Concatenate,),
        rule=fields(axis=1),
        document=spec(
            {"type": "Dense", "name": "left", "inputs": "x", "units": 4},
            {"type": "Dense", "name": "right", "inputs": "x", "units": 4},
            {"type": "Concatenate", "name": "joined", "inputs": ["left", "right"]},
            inputs={"x": {"shape": [3, 2]}},
        ),
        layer="joined",
    ),
    Mutation(
        id="add-broadcast",
        row=BROADCAST,
        wrong="a vector along the first axis after the batch",
        backend="torch",
        of=(Add,),
        rule=wrapped(first_axes),
        document=spec(
            {"type": "Dense", "name": "rows", "inputs": "x", "units": 4},
            {"type": "Dense", "name": "row", "inputs": "y", "units": 4},
            {"type": "Add", "name": "sum", "inputs": ["rows", "row"]},
            inputs={"x": {"shape": [4, 2]}, "y": {"shape": [3]}},
        ),
        layer="sum",
    ),
)
