"""Layers that join several inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modelspec.layers.merging import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.normalization import unit
from modelspec_onnx.lower.rules import Rules


def add(_: Add, site: Site) -> None:
    """Lower to Add, or to Sum for more than two inputs."""
    _sum(site, aligned(site))


def average(_: Average, site: Site) -> None:
    """Lower to a sum, and its quotient: Mean does not broadcast everywhere."""
    site.emit("Div", [_sum(site, aligned(site), "sum"), site.constant("count", len(site.inputs))])


def multiply(_: Multiply, site: Site) -> None:
    """Lower to Mul, one after another."""
    first, *others = aligned(site)
    for number, value in enumerate(others, 2):
        first = site.emit("Mul", [first, value], step=f"product_{number}" if number < len(site.inputs) else "")


def subtract(_: Subtract, site: Site) -> None:
    """Lower to Sub."""
    site.emit("Sub", aligned(site))


def maximum(_: Maximum, site: Site) -> None:
    """Lower to Max."""
    site.emit("Max", aligned(site))


def minimum(_: Minimum, site: Site) -> None:
    """Lower to Min."""
    site.emit("Min", aligned(site))


def aligned(site: Site) -> list[str]:
    """Return the inputs, with sizes of 1 after the batch where they have fewer axes than the output."""
    values: list[str] = []
    for number, (value, kind) in enumerate(zip(site.inputs, site.node.input_types, strict=True), 1):
        missing = range(1, 1 + site.node.output.rank - kind.rank)
        if missing:
            axes = site.constant(f"axes_{number}", missing, np.int64)
            values.append(site.emit("Unsqueeze", [value, axes], step=f"aligned_{number}"))
        else:
            values.append(value)
    return values


def _sum(site: Site, values: Sequence[str], step: str = "") -> str:
    return site.emit("Add" if len(values) == 2 else "Sum", values, step=step)


def concatenate(layer: Concatenate, site: Site) -> None:
    """Lower to Concat."""
    site.emit("Concat", site.inputs, axis=layer.axis_of(site.node.output))


def dot(layer: Dot, site: Site) -> None:
    """Lower to Einsum, and Unsqueeze where no axis is left."""
    types, values = site.node.input_types, site.inputs
    if layer.normalize:
        axes = layer.axes_of(types)
        values = [
            unit(site, value, (axis,), 1e-7, step) for value, axis, step in zip(values, axes, ("first", "second"), strict=True)
        ]
    if all(value.rank == 2 for value in types):
        product = site.emit("Einsum", values, step="product", equation=layer.equation(types))
        site.emit("Unsqueeze", [product, site.constant("axes", [1], np.int64)])
    else:
        site.emit("Einsum", values, equation=layer.equation(types))


RULES: Rules = {
    Add: add,
    Average: average,
    Concatenate: concatenate,
    Dot: dot,
    Maximum: maximum,
    Minimum: minimum,
    Multiply: multiply,
    Subtract: subtract,
}
