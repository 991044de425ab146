"""Scaled and stochastic residual branches: Keras has no layers for them, and others stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from modelspec.layers.preprocessing import Rescaling
from modelspec.layers.residual import LayerScale, ScaledAdd, StochasticDepth
from modelspec.tensors import Symbol
from modelspec_keras.framework import keras
from modelspec_keras.lower.arguments import weight_arguments
from modelspec_keras.lower.preprocessing import rescaling
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def layer_scale(layer: LayerScale, site: Site) -> Chain:
    """Lower to ``keras.layers.EinsumDense`` with ``gamma`` for its kernel: ``abcd,d->abcd``."""
    letters = "abcdefghijklmnopqrstuvwxyz"[: site.output.rank]
    return (
        keras.layers.EinsumDense(
            f"{letters},{letters[layer.axis_of(site.output)]}->{letters}",
            output_shape=tuple(None if isinstance(size, Symbol) else size for size in site.output.shape),
            **weight_arguments(layer, kernel="gamma"),
            **site.common,
        ),
    )


def stochastic_depth(layer: StochasticDepth, site: Site) -> Chain:
    """Lower to ``keras.layers.Dropout`` with one mask for all of an example."""
    shape = layer.noise_shape(site.output.rank)
    return (keras.layers.Dropout(layer.rate, noise_shape=shape, seed=layer.seed, **site.common),)


def scaled_add(layer: ScaledAdd, site: Site) -> Chain:
    """Lower to ``keras.layers.Rescaling`` of the second input by the negative factor, and ``keras.layers.Subtract``: a sum is
    wrong for some shapes that broadcast, as ``modelspec_keras.lower.merging.add`` says."""
    second = site.input_types[1]
    scaled = rescaling(Rescaling(scale=-layer.scale), replace(site.beside("scaled"), input_types=(second,), output=second))
    difference = keras.layers.Subtract(**site.common)

    def apply(values: Sequence[Any]) -> Any:
        branch = values[1]
        for operation in scaled:
            branch = operation(branch)
        return difference([values[0], branch])

    return (apply,)


RULES: Rules = {
    LayerScale: layer_scale,
    ScaledAdd: scaled_add,
    StochasticDepth: stochastic_depth,
}
