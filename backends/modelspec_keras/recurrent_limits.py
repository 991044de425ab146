"""What Keras cannot do of recurrent layers; a part of ``limits``."""

from __future__ import annotations

from modelspec.backend import Limit, Limits
from modelspec.graph import Node
from modelspec.layers import activations
from modelspec.layers.activations import Activation
from modelspec.layers.base import Spatial
from modelspec.layers.recurrent import Recurrent, SimpleRNN
from modelspec.layers.wrappers import Bidirectional


def _has_unnamed_functions(layer: Recurrent | Bidirectional, _: Node) -> bool:
    inside = layer.directions.values() if isinstance(layer, Bidirectional) else [layer]
    return not all(_is_named(function) for it in inside for function in it.functions)


def _is_named(function: Activation) -> bool:
    """Return whether a name in Keras stands for a function, parameters included, that is applied to (batch, units)."""
    match function:
        case activations.Glu() | activations.Sparsemax() | activations.Step() | activations.Threshold():
            return False
        case activations.Softmax(axis=axis) | activations.LogSoftmax(axis=axis):
            return axis in (-1, 1)
        case _:
            return function == type(function)()


_UNNAMED_FUNCTION = Limit(
    "a function has no name in Keras, whose recurrent layers take functions by name, or has other parameters than those that"
    " the name stands for",
    _has_unnamed_functions,
    "use a function with its default parameters",
)

LIMITS: Limits = {
    "Bidirectional": (
        _UNNAMED_FUNCTION,
        Limit(
            "a SimpleRNN inside has an activity_regularizer, which Keras forgets",
            lambda layer, _: any(
                isinstance(inner, SimpleRNN) and inner.activity_regularizer is not None for inner in layer.directions.values()
            ),
            "use an ActivityRegularization after the Bidirectional",
        ),
    ),
    "GRU": (_UNNAMED_FUNCTION,),
    "LSTM": (_UNNAMED_FUNCTION,),
    "SimpleRNN": (_UNNAMED_FUNCTION,),
    "TimeDistributed": (
        Limit(
            "the layer inside is channels_first, which TensorFlow does not compute on a CPU",
            lambda layer, _: isinstance(layer.layer, Spatial) and layer.layer.data_format == "channels_first",
            'set "data_format" to "channels_last" in the layer inside, and permute its input',
        ),
    ),
}
"""The uses of recurrent layers and of wrappers that are refused."""
