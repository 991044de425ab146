"""The rules: one function for each layer, in a file that mirrors its family's in ``modelspec.layers``."""

from __future__ import annotations

from modelspec_onnx.lower import (
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
)
from modelspec_onnx.lower.rules import Rules

RULES: Rules = {
    **activation_layers.RULES,
    **attention.RULES,
    **convolution.RULES,
    **core.RULES,
    **depthwise.RULES,
    **merging.RULES,
    **normalization.RULES,
    **padding.RULES,
    **pooling.RULES,
    **preprocessing.RULES,
    **recurrent.RULES,
    **regularization.RULES,
    **reshaping.RULES,
    **residual.RULES,
    **resizing.RULES,
    **transposed.RULES,
    **wrappers.RULES,
}
"""Every layer that has a rule."""
