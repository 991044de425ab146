"""Layers that hold another layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from modelspec.layers.wrappers import Bidirectional, FoldTime, UnfoldTime
from modelspec.tensors import Symbol
from modelspec_onnx.emitter import Site
from modelspec_onnx.lower.recurrent import states, time_first
from modelspec_onnx.lower.rules import Rules

_MERGES: Mapping[str, str] = {"sum": "Add", "mul": "Mul"}


def bidirectional(layer: Bidirectional, site: Site) -> None:
    """Lower to an operator for each direction, whose weights keep their names, and the merge."""
    sequence = time_first(site)
    outputs = [
        states(inner, site, sequence, prefix, f"{prefix}output", flip=inner.return_sequences and prefix == "backward_")
        for prefix, inner in layer.directions.items()
    ]
    match layer.merge_mode:
        case "concat":
            site.emit("Concat", outputs, axis=-1)
        case "ave":
            site.emit("Mul", [site.emit("Add", outputs, step="sum"), site.constant("half", 0.5)])
        case mode:
            site.emit(_MERGES[mode], outputs)


def fold_time(layer: FoldTime, site: Site) -> None:
    """Lower to Reshape."""
    _reshape(site, [-1], 2)


def unfold_time(layer: UnfoldTime, site: Site) -> None:
    """Lower to Reshape; batch and time are those of the second input where they are known only at run time."""
    if layer.steps is None:
        _reshape(site, site.emit("Shape", [site.inputs[1]], step="front", end=2), 1)
    else:
        _reshape(site, [-1, layer.steps], 1)


def _reshape(site: Site, front: list[int] | str, kept: int) -> None:
    """Put other axes, known or those that a tensor has, in the place of those before axis ``kept``."""
    tail = site.node.input_types[0].shape[kept - 1 :]
    known = not any(isinstance(size, Symbol) for size in tail)
    if known and isinstance(front, list):
        shape = site.constant("shape", [*front, *tail], np.int64)
    else:
        first = site.constant("front", front, np.int64) if isinstance(front, list) else front
        rest = site.constant("sizes", tail, np.int64) if known else site.emit("Shape", [site.input], step="sizes", start=kept)
        shape = site.emit("Concat", [first, rest], step="shape", axis=0)
    site.emit("Reshape", [site.input, shape])


RULES: Rules = {
    Bidirectional: bidirectional,
    FoldTime: fold_time,
    UnfoldTime: unfold_time,
}
