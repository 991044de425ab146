"""Where Keras keeps the weights of a layer: the attribute path of each below the Keras layer; read without Keras."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.layers.attention import GroupQueryAttention, MultiHeadAttention
from modelspec.layers.base import Layer
from modelspec.layers.recurrent import GRU, LSTM, SimpleRNN
from modelspec.layers.residual import LayerScale
from modelspec.layers.wrappers import Bidirectional, SpectralNormalization, TimeDistributed

_PROJECTIONS = tuple((role, part) for role in ("query", "key", "gate", "value", "output") for part in ("kernel", "bias"))
_PUBLIC = ("query", "key", "value", "output")
"""The projections that MultiHeadAttention also has as properties, under which Keras then saves them."""

_CELL = {"kernel": "cell.kernel", "recurrent_kernel": "cell.recurrent_kernel", "bias": "cell.bias"}
PATHS: Mapping[type[Layer], Mapping[str, str]] = {
    GRU: _CELL,
    LSTM: _CELL,
    SimpleRNN: _CELL,
    GroupQueryAttention: {f"{role}_{part}": f"_{role}_dense.{part}" for role, part in _PROJECTIONS},
    LayerScale: {"gamma": "kernel"},
    MultiHeadAttention: {
        f"{role}_{part}": f"{'' if role in _PUBLIC else '_'}{role}_dense.{part}" for role, part in _PROJECTIONS
    },
}
"""By layer and the weight's own name: ``{"kernel": "cell.kernel"}``. What is not here is an attribute of its own name."""


def variable_path(layer: Layer, weight: str) -> str:
    """Return the attribute path of a weight, dotted where it is a nested layer's."""
    if isinstance(layer, TimeDistributed):
        return f"layer.{variable_path(layer.layer, weight)}"
    if isinstance(layer, SpectralNormalization) and weight != "vector_u":
        return f"layer.{variable_path(layer.layer, weight)}"
    if isinstance(layer, Bidirectional):
        prefix = next(prefix for prefix in layer.directions if weight.startswith(prefix))
        return f"{prefix}layer.{variable_path(layer.directions[prefix], weight.removeprefix(prefix))}"
    return PATHS.get(type(layer), {}).get(weight, weight)


def saved_paths(layer: Layer, weight: str) -> tuple[str, ...]:
    """Return the attribute paths under which Keras saves a weight: two for one that it saves twice."""
    path = variable_path(layer, weight)
    return (weight, path) if isinstance(layer, SpectralNormalization) and weight == layer.kernel else (path,)
