"""Layers that prepare data."""

from __future__ import annotations

from typing import Any

import numpy as np

from modelspec.layers.preprocessing import Rescaling
from modelspec.tensors import Symbol
from modelspec_keras.framework import keras
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def rescaling(layer: Rescaling, site: Site) -> Chain:
    """Lower to ``keras.layers.Rescaling``.

    Where the user's Keras is configured for ``channels_first``, it takes a list of fewer than 3 dimensions for channels and
    moves them; one with 3 dimensions means the same everywhere. A smaller input is given 3 dimensions for as long.
    Keras rounds Python's numbers to float32 even where it computes in float64, so there they are arrays.
    """
    scale: Any = layer.scale
    offset: Any = layer.offset
    double = site.output.dtype == "float64"
    if not double and not isinstance(scale, tuple) and not isinstance(offset, tuple):
        return (keras.layers.Rescaling(scale, offset, **site.common),)
    scale, offset = _three_dimensional(scale), _three_dimensional(offset)
    if double:
        scale, offset = np.asarray(scale, np.float64), np.asarray(offset, np.float64)
    rescaled = keras.layers.Rescaling(scale, offset, **site.common)
    sizes = [-1 if isinstance(size, Symbol) else size for size in site.output.shape]
    if len(sizes) >= 3 or sizes.count(-1) > 1:
        return (rescaled,)
    common = site.beside("to_3d").common
    common["dtype"] = site.input_types[0].dtype
    to = keras.layers.Reshape((*[1] * (3 - len(sizes)), *sizes), **common)
    return to, rescaled, keras.layers.Reshape(sizes, **site.beside("from_3d").common)


def _three_dimensional(constant: Any) -> Any:
    depth, inner = 0, constant
    while isinstance(inner, tuple):
        depth, inner = depth + 1, inner[0]
    for _ in range(3 - depth):
        constant = (constant,)
    return constant


RULES: Rules = {
    Rescaling: rescaling,
}
