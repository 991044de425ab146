"""Traps of attention: what a mask means, the scale of scores, and the order of inputs."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from modelspec.layers.attention import ProjectedAttention
from modelspec.verify.traps.trap import Alone, Trap, Variant


def _inverted(it: Alone) -> Iterator[Variant]:
    masks = [array.dtype == np.bool_ for array in it.inputs]
    if any(masks):
        yield it.but(inputs=tuple(~array if mask else array for array, mask in zip(it.inputs, masks, strict=True)))


def _ignored(it: Alone) -> Iterator[Variant]:
    if any(array.dtype == np.bool_ for array in it.inputs):
        yield it.but(inputs=tuple(np.ones_like(array) if array.dtype == np.bool_ else array for array in it.inputs))


def _unscaled(it: Alone) -> Iterator[Variant]:
    if isinstance(it.layer, ProjectedAttention):
        factor = sqrt(it.layer.heads.key_size)
        names = [name for name in ("query_kernel", "query_bias") if name in it.weights]
        yield it.but(weights={name: it.weights[name].astype(np.float64) * factor for name in names})


def _key_first(it: Alone) -> Iterator[Variant]:
    """Yield what comes out where key and value are taken for one another."""
    given = [array for array in it.inputs if array.dtype != np.bool_]
    if it.layer.kind.endswith("Attention") and len(given) == 3 and given[1].shape == given[2].shape:
        yield it.but(inputs=(it.inputs[0], it.inputs[2], it.inputs[1], *it.inputs[3:]))


TRAPS: tuple[Trap, ...] = (
    Trap("true in a mask blocks, as in PyTorch", _inverted),
    Trap("the mask is left out", _ignored),
    Trap("scores are not scaled by 1 / sqrt(key_dim)", _unscaled),
    Trap("the key comes before the value, as in PyTorch", _key_first),
)
