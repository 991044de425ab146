"""The catalogue: every layer type by its name, family by family."""

from __future__ import annotations

from modelspec.layers import (
    activation_layers,
    attention,
    convolution,
    core,
    depthwise,
    merging,
    normalization,
    padding,
    pooling,
    preprocessing,
    recurrent,
    regularization,
    reshaping,
    residual,
    resizing,
    transposed,
    wrappers,
)  # fmt: skip
from modelspec.layers.base import Layer

CATALOGUE: tuple[type[Layer], ...] = (
    *core.LAYERS,
    *activation_layers.LAYERS,
    *convolution.LAYERS,
    *depthwise.LAYERS,
    *transposed.LAYERS,
    *pooling.LAYERS,
    *normalization.LAYERS,
    *regularization.LAYERS,
    *reshaping.LAYERS,
    *padding.LAYERS,
    *resizing.LAYERS,
    *merging.LAYERS,
    *residual.LAYERS,
    *preprocessing.LAYERS,
    *recurrent.LAYERS,
    *attention.LAYERS,
    *wrappers.LAYERS,
)

LAYERS: dict[str, type[Layer]] = {layer.__name__: layer for layer in CATALOGUE}
