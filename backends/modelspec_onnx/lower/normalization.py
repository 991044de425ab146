"""Normalization layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modelspec.geometry import inverse
from modelspec.layers.normalization import (
    BatchNormalization,
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from modelspec.weights import Array
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.rules import Rules


def batch_normalization(layer: BatchNormalization, site: Site) -> None:
    """Lower to BatchNormalization along axis 1, and to a product and a sum along any other."""
    mean, variance = site.required("moving_mean"), site.required("moving_variance")
    axis = layer.axis_of(site.node.output)
    if axis == 1:
        parts = [_weight(site, "gamma", np.ones_like(mean)), _weight(site, "beta", np.zeros_like(mean))]
        parts += [site.weight("moving_mean", mean), site.weight("moving_variance", variance)]
        site.emit("BatchNormalization", [site.input, *parts], epsilon=layer.epsilon)
        return
    gamma, beta = site.array("gamma"), site.array("beta")
    with np.errstate(divide="ignore", invalid="ignore"):  # of a negative variance, as the operator does
        factor = (1.0 if gamma is None else gamma.astype(np.float64)) / np.sqrt(variance.astype(np.float64) + layer.epsilon)
    offset = (0.0 if beta is None else beta.astype(np.float64)) - mean.astype(np.float64) * factor
    shape = [-1] + [1] * (site.node.output.rank - 1 - axis)
    scaled = site.emit("Mul", [site.input, site.constant("factor", factor.reshape(shape))], step="scaled")
    site.emit("Add", [scaled, site.constant("offset", offset.reshape(shape))])


def group_normalization(layer: GroupNormalization, site: Site) -> None:
    """Lower to InstanceNormalization of the groups, each laid out in a row: GroupNormalization with weights for each channel
    came with operator set 21."""
    value, kind = site.input, site.node.output
    axis, groups, channels = layer.axis_of(kind), layer.groups_of(kind), layer.size(kind)
    to_first = (0, axis, *(each for each in range(1, kind.rank) if each != axis))
    sizes = [kind.shape[each - 1] for each in to_first[1:]]
    if axis != 1:
        value = site.emit("Transpose", [value], step="channels_first", perm=to_first)
    rows = site.emit("Reshape", [value, site.constant("rows", [0, groups, -1], np.int64)], step="in_rows")
    units = [site.constant("ones", np.ones(groups)), site.constant("zeros", np.zeros(groups))]
    normal = site.emit("InstanceNormalization", [rows, *units], step="normal_rows", epsilon=layer.epsilon)
    unknown = [axis for axis, size in enumerate(sizes, 1) if not isinstance(size, int)]
    if len(unknown) > 1:
        shape = site.emit("Shape", [value], step="shape")
    else:
        shape = site.constant("shape", [0, *(size if isinstance(size, int) else -1 for size in sizes)], np.int64)
    row = [channels, *[1] * (kind.rank - 2)]
    result = _affine(site, "Reshape", [normal, shape], row, "" if axis == 1 else "normal_channels_first")
    if axis != 1:
        site.emit("Transpose", [result], perm=inverse(to_first))


def layer_normalization(layer: LayerNormalization, site: Site) -> None:
    """Lower to LayerNormalization along the last axes, and to its definition along any others."""
    kind = site.node.output
    axes = layer.axes_of(kind)
    gamma, beta = site.array("gamma"), site.array("beta")
    row = _row(axes, site)
    if axes == tuple(range(axes[0], kind.rank)):
        parts = [site.constant("gamma", np.ones(row[axes[0] - 1 :])) if gamma is None else site.weight("gamma", gamma)]
        parts += [] if beta is None else [site.weight("beta", beta)]
        site.emit("LayerNormalization", [site.input, *parts], axis=axes[0], epsilon=layer.epsilon)
        return
    centred = site.emit("Sub", [site.input, site.reduce("ReduceMean", site.input, axes, step="mean")], step="centred")
    squares = site.emit("Mul", [centred, centred], step="squares")
    variance = site.reduce("ReduceMean", squares, axes, step="variance")
    steady = site.emit("Add", [variance, site.constant("epsilon", layer.epsilon)], step="steady_variance")
    _affine(site, "Div", [centred, site.emit("Sqrt", [steady], step="deviation")], row)


def rms_normalization(layer: RMSNormalization, site: Site) -> None:
    """Lower to the definition: RMSNormalization came with operator set 23."""
    axes = layer.axes_of(site.node.output)
    squares = site.emit("Mul", [site.input, site.input], step="squares")
    mean_square = site.reduce("ReduceMean", squares, axes, step="mean_square")
    steady = site.emit("Add", [mean_square, site.constant("epsilon", layer.epsilon)], step="steady_mean_square")
    normal = site.emit("Div", [site.input, site.emit("Sqrt", [steady], step="root")], step="normal")
    site.emit("Mul", [normal, _reshaped(site, "scale", _row(axes, site))])


def unit_normalization(layer: UnitNormalization, site: Site) -> None:
    """Lower to the definition."""
    unit(site, site.input, layer.axes_of(site.node.output), 1e-12)


def unit(site: Site, value: str, axes: Sequence[int], least: float, step: str = "") -> str:
    """Emit a tensor over its L2 norm along axes, which counts as ``least`` where it is smaller; its constants and steps are
    named below ``step``."""
    below = f"{step}/" if step else ""
    squares = site.emit("Mul", [value, value], step=f"{below}squares")
    total = site.reduce("ReduceSum", squares, axes, step=f"{below}square_sum")
    norm = site.emit("Sqrt", [total], step=f"{below}norm")
    bounded = site.emit("Max", [norm, site.constant(f"{below}least", least)], step=f"{below}bounded_norm")
    return site.emit("Div", [value, bounded], step=step)


def _affine(site: Site, op: str, inputs: Sequence[str], shape: Sequence[int], last: str = "") -> str:
    """Emit an operator, and what the layer has of ``gamma`` and ``beta`` after it, in ``shape``; the last is named ``last``."""
    after = [(name, op) for name, op in (("gamma", "Mul"), ("beta", "Add")) if site.array(name) is not None]
    result = site.emit(op, inputs, step="normal" if after else last)
    for number, (name, joined) in enumerate(after, 1):
        step = last if number == len(after) else "scaled"
        result = site.emit(joined, [result, _reshaped(site, name, shape)], step=step)
    return result


def _row(axes: Sequence[int], site: Site) -> list[int]:
    """Return the shape in which weights with the sizes of the axes broadcast, without the batch."""
    shape = site.node.output.shape
    return [size if axis in axes and isinstance(size, int) else 1 for axis, size in enumerate(shape, 1)]


def _reshaped(site: Site, name: str, shape: Sequence[int]) -> str:
    return site.weight(name, site.required(name).reshape(shape))


def _weight(site: Site, name: str, absent: Array) -> str:
    array = site.array(name)
    return site.constant(name, absent) if array is None else site.weight(name, array)


RULES: Rules = {
    BatchNormalization: batch_normalization,
    GroupNormalization: group_normalization,
    LayerNormalization: layer_normalization,
    RMSNormalization: rms_normalization,
    UnitNormalization: unit_normalization,
}
