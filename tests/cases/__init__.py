"""The conformance cases: for each layer, every hyperparameter that matters, at the sizes where frameworks differ.

A case is one layer, or a short chain where the layout pass has something to do; one file a family, as in ``modelspec.layers``.
"""

from __future__ import annotations

from case import Case

from cases import (
    activation_layers,
    activations,
    attention,
    chains,
    convolution,
    core,
    depthwise,
    free,
    initial,
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
)

CASES: tuple[Case, ...] = (
    *activation_layers.CASES,
    *activations.CASES,
    *attention.CASES,
    *chains.CASES,
    *convolution.CASES,
    *core.CASES,
    *depthwise.CASES,
    *free.CASES,
    *initial.CASES,
    *merging.CASES,
    *normalization.CASES,
    *padding.CASES,
    *pooling.CASES,
    *preprocessing.CASES,
    *recurrent.CASES,
    *regularization.CASES,
    *reshaping.CASES,
    *residual.CASES,
    *resizing.CASES,
    *transposed.CASES,
    *wrappers.CASES,
)
