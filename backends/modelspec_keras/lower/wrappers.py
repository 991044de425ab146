"""Layers that hold another layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from modelspec.backend import rule_of
from modelspec.layers.wrappers import Bidirectional, SpectralNormalization, TimeDistributed
from modelspec_keras import lower
from modelspec_keras.framework import keras
from modelspec_keras.lower import recurrent
from modelspec_keras.lower.arguments import penalized_at_the_end
from modelspec_keras.lower.rules import Rules
from modelspec_keras.lower.site import Chain, Site


def bidirectional(layer: Bidirectional, site: Site) -> Chain:
    """Lower to ``keras.layers.Bidirectional``, which names the layers inside after itself."""
    forward, backward = (
        recurrent.RULES[type(inner)](inner, replace(site.beside(prefix.rstrip("_")), trainable=inner.trainable))[0]
        for prefix, inner in layer.directions.items()
    )
    return (keras.layers.Bidirectional(forward, merge_mode=layer.merge_mode, backward_layer=backward, **site.common),)


def time_distributed(layer: TimeDistributed, site: Site) -> Chain:
    """Lower to ``keras.layers.TimeDistributed`` around what the layer inside becomes; what is no Keras layer is put in a model
    of its own."""
    step = replace(site.input_types[0], shape=site.input_types[0].shape[1:])
    output = replace(site.output, shape=site.output.shape[1:])
    inside = replace(
        site.beside("layer"), trainable=site.trainable and layer.layer.trainable, input_types=(step,), output=output
    )
    chain = rule_of(layer.layer, lower.RULES, "keras")(layer.layer, inside)
    if all(isinstance(part, keras.layers.Layer) for part in chain):
        sites = [site, *(site.beside(str(place)) for place in range(1, len(chain)))]
        return tuple(keras.layers.TimeDistributed(part, **at.common) for part, at in zip(chain, sites, strict=True))
    if isinstance(chain[0], keras.layers.Layer):
        return keras.layers.TimeDistributed(chain[0], **site.common), _Model(chain[1:], site.beside("after"))
    return (_Model(chain, site),)


def spectral_normalization(layer: SpectralNormalization, site: Site) -> Chain:
    """Lower to ``keras.layers.SpectralNormalization`` around the Keras layer that holds the kernel."""
    inner = layer.layer
    inside = replace(site.beside("layer"), trainable=site.trainable and inner.trainable)
    holder, *after = penalized_at_the_end(inner, rule_of(inner, lower.RULES, "keras")(inner, inside), inside)
    return keras.layers.SpectralNormalization(holder, layer.power_iterations, **site.common), *after


class _Model:
    """Applies a chain to every time step, as a functional model."""

    def __init__(self, chain: Chain, site: Site) -> None:
        self.chain, self.site = chain, site

    def __call__(self, x: Any) -> Any:
        start: Any = keras.Input(x.shape[2:], dtype=x.dtype)
        value = start
        for part in self.chain:
            value = part(value)
        model = keras.Model(start, value, name=self.site.beside("model").name)
        return keras.layers.TimeDistributed(model, **self.site.common)(x)


RULES: Rules = {
    Bidirectional: bidirectional,
    SpectralNormalization: spectral_normalization,
    TimeDistributed: time_distributed,
}
