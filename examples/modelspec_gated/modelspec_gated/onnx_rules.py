"""The rules for ONNX: standard operators."""

from __future__ import annotations

import numpy as np

from modelspec_gated import GatedUnit
from modelspec_onnx.emitter import Site


def gated_unit(layer: GatedUnit, site: Site) -> None:
    """MatMul and Add, and the halves of what they make multiplied, one of them through Sigmoid."""
    kernel, bias = site.array("kernel"), site.array("bias")
    assert kernel is not None
    product = site.emit("MatMul", [site.input, site.weight("kernel", kernel)], step="product")
    if bias is not None:
        product = site.emit("Add", [product, site.weight("bias", bias)], step="sum")
    axis = site.constant("axis", [-1], np.int64)
    ends = [site.constant(f"end_{half}", [half * layer.units], np.int64) for half in range(3)]
    value = site.emit("Slice", [product, ends[0], ends[1], axis], step="value")
    gate = site.emit("Slice", [product, ends[1], ends[2], axis], step="gate")
    site.emit("Mul", [value, site.emit("Sigmoid", [gate], step="open")])
