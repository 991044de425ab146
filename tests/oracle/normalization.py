"""The oracle of normalization layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from oracle.kinds import Doubles, Mutations, Oracle, Weights


def batch_normalization(layer: BatchNormalization, inputs: list[Doubles], weights: Weights) -> Doubles:
    assert layer.axis is not None
    x = np.moveaxis(inputs[0], layer.axis, -1)
    made = (x - weights["moving_mean"]) / np.sqrt(weights["moving_variance"] + layer.epsilon)
    made = made * weights.get("gamma", 1.0) + weights.get("beta", 0.0)
    return np.moveaxis(made, -1, layer.axis)


def group_normalization(layer: GroupNormalization, inputs: list[Doubles], weights: Weights) -> Doubles:
    assert layer.axis is not None
    x = np.moveaxis(inputs[0], layer.axis, -1)
    groups = x.shape[-1] if layer.groups == -1 else layer.groups
    parts = []
    for part in np.split(x, groups, axis=-1):
        others = tuple(range(1, part.ndim))
        mean, variance = part.mean(others, keepdims=True), part.var(others, keepdims=True)
        parts.append((part - mean) / np.sqrt(variance + layer.epsilon))
    made = np.concatenate(parts, axis=-1) * weights.get("gamma", 1.0) + weights.get("beta", 0.0)
    return np.moveaxis(made, -1, layer.axis)


def layer_normalization(layer: LayerNormalization, inputs: list[Doubles], weights: Weights) -> Doubles:
    x, axes = inputs[0], _axes(layer, inputs[0])
    made = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + layer.epsilon)
    return made * _along(weights.get("gamma", np.float64(1)), axes, x) + _along(weights.get("beta", np.float64(0)), axes, x)


def rms_normalization(layer: RMSNormalization, inputs: list[Doubles], weights: Weights) -> Doubles:
    x, axes = inputs[0], _axes(layer, inputs[0])
    return x / np.sqrt((x**2).mean(axes, keepdims=True) + layer.epsilon) * _along(weights["scale"], axes, x)


def unit_normalization(layer: UnitNormalization, inputs: list[Doubles], _: Weights) -> Doubles:
    x, axes = inputs[0], _axes(layer, inputs[0])
    return x / np.maximum(np.sqrt((x**2).sum(axes, keepdims=True)), 1e-12)


def _axes(layer: Any, x: Doubles) -> tuple[int, ...]:
    axes = layer.axis if isinstance(layer.axis, tuple) else (layer.axis,)
    return tuple(sorted(axis % x.ndim for axis in axes))


def _along(weight: Any, axes: tuple[int, ...], x: Doubles) -> Doubles:
    """Return a weight that has the sizes of ascending axes, as it broadcasts along them; a number stays as it is."""
    return np.expand_dims(weight, [axis for axis in range(x.ndim) if axis not in axes]) if np.ndim(weight) else weight


def _swapped(oracle: Any) -> Any:
    def wrong(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
        return oracle(layer, inputs, {**weights, "gamma": weights["beta"], "beta": weights["gamma"]})

    return wrong


def _other(oracle: Any, **fields: Any) -> Any:
    def wrong(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
        return oracle(layer.model_copy(update=fields), inputs, weights)

    return wrong


def _interleaved(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    """Groups of every n-th channel in the place of neighbouring ones."""
    channels = inputs[0].shape[-1]
    order = np.arange(channels).reshape(-1, layer.groups).T.ravel()
    moved = {name: array[order] for name, array in weights.items()}
    return group_normalization(layer, [inputs[0][..., order]], moved)[..., np.argsort(order)]


def _over_the_batch(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    x = np.moveaxis(inputs[0], 0, 1)[None]
    flat = x.reshape(1, -1, inputs[0].shape[-1])
    return group_normalization(layer.model_copy(update={"axis": -1}), [flat], weights).reshape(x.shape[1:]).swapaxes(0, 1)


def _unbiased(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    x, axes = inputs[0], _axes(layer, inputs[0])
    made = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True, ddof=1) + layer.epsilon)
    return made * _along(weights["gamma"], axes, x) + _along(weights["beta"], axes, x)


def _deviation_and_epsilon(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    x, axes = inputs[0], _axes(layer, inputs[0])
    made = (x - x.mean(axes, keepdims=True)) / (x.std(axes, keepdims=True) + layer.epsilon)
    return made * _along(weights["gamma"], axes, x) + _along(weights["beta"], axes, x)


def _centred(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    """Keras's old ``LayerNormalization(rms_scaling=True)``: by the deviation."""
    x, axes = inputs[0], _axes(layer, inputs[0])
    return x / np.sqrt(x.var(axes, keepdims=True) + layer.epsilon) * _along(weights["scale"], axes, x)


def _along_the_last(layer: Any, inputs: list[Doubles], weights: Weights) -> Doubles:
    """What Keras 3.15 does on TensorFlow where the sizes allow it."""
    x, axes = inputs[0], _axes(layer, inputs[0])
    return x / np.sqrt((x**2).mean(axes, keepdims=True) + layer.epsilon) * weights["scale"]


ORACLE: Oracle = {
    BatchNormalization: batch_normalization,
    GroupNormalization: group_normalization,
    LayerNormalization: layer_normalization,
    RMSNormalization: rms_normalization,
    UnitNormalization: unit_normalization,
}

MUTATIONS: Mutations = {
    "gamma and beta swapped": ("BatchNormalization-image", BatchNormalization, _swapped(batch_normalization)),
    "PyTorch's epsilon": ("BatchNormalization-image", BatchNormalization, _other(batch_normalization, epsilon=1e-5)),
    "groups of every n-th channel": ("GroupNormalization-image", GroupNormalization, _interleaved),
    "groups over the batch": ("GroupNormalization-image", GroupNormalization, _over_the_batch),
    "one group": ("GroupNormalization-image", GroupNormalization, _other(group_normalization, groups=1)),
    "PyTorch's epsilon in groups": (
        "GroupNormalization-one-value-apart",
        GroupNormalization,
        _other(group_normalization, epsilon=1e-5),
    ),
    "LayerNormalization along the channels alone": (
        "LayerNormalization-image-axes",
        LayerNormalization,
        lambda layer, inputs, weights: layer_normalization(
            layer.model_copy(update={"axis": -1}), inputs, {name: array[0, 0] for name, array in weights.items()}
        ),
    ),
    "LayerNormalization with PyTorch's epsilon": (
        "LayerNormalization-image",
        LayerNormalization,
        _other(layer_normalization, epsilon=1e-5),
    ),
    "LayerNormalization with an unbiased variance": ("LayerNormalization-image", LayerNormalization, _unbiased),
    "LayerNormalization with epsilon beside the root": (
        "LayerNormalization-image",
        LayerNormalization,
        _deviation_and_epsilon,
    ),
    "LayerNormalization with gamma and beta swapped": (
        "LayerNormalization-axes-apart",
        LayerNormalization,
        _swapped(layer_normalization),
    ),
    "RMSNormalization by the deviation": ("RMSNormalization-image", RMSNormalization, _centred),
    "RMSNormalization with PyTorch's epsilon": (
        "RMSNormalization-small",
        RMSNormalization,
        _other(rms_normalization, epsilon=2.0**-52),
    ),
    "RMSNormalization's scale along the last axis": ("RMSNormalization-axis1-square", RMSNormalization, _along_the_last),
    "UnitNormalization along another axis": (
        "UnitNormalization-image",
        UnitNormalization,
        _other(unit_normalization, axis=1),
    ),
    "UnitNormalization by the largest": (
        "UnitNormalization-image",
        UnitNormalization,
        lambda _, inputs, __: inputs[0] / np.abs(inputs[0]).max(-1, keepdims=True),
    ),
    "UnitNormalization with a larger bound": (
        "UnitNormalization-tiny",
        UnitNormalization,
        lambda _, inputs, __: inputs[0] / np.maximum(np.linalg.norm(inputs[0], axis=-1, keepdims=True), 1e-7),
    ),
}
"""What a careless lowering would compute: the case that sees it, what to replace, and by what."""
