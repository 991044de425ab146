"""Activation functions: Keras's names, with the parameters of those that have any.

Each is a value of its own, so that ``"relu"``, ``{"type": "leaky_relu", "negative_slope": 0.1}`` and the ``activation``
field of any layer go one way. A formula stands in each docstring; sources are Keras 3's definitions.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from modelspec.layers.base import LayerError
from modelspec.layers.fields import Float32, Strict
from modelspec.tensors import float32


class Activation(Strict):
    """An activation function; a subclass adds ``type`` and its parameters."""

    def permuted(self, axes: tuple[int, ...]) -> Activation | None:
        """Return the function that does the same on axes reordered to ``axes``; None where there is none."""
        return self

    def check(self, rank: int) -> None:
        """Raise LayerError where the function does not apply to a tensor of ``rank`` axes, batch included."""


class Linear(Activation):
    """``x``"""

    type: Literal["linear"] = "linear"


class Relu(Activation):
    """``max(x, 0)``"""

    type: Literal["relu"] = "relu"


class Relu6(Activation):
    """``min(max(x, 0), 6)``"""

    type: Literal["relu6"] = "relu6"


class LeakyRelu(Activation):
    """``x`` where ``x >= 0``, else ``negative_slope * x``"""

    type: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: Float32 = float32(0.2)
    """The slope below zero."""


class Elu(Activation):
    """``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)``"""

    type: Literal["elu"] = "elu"
    alpha: Float32 = 1.0
    """The limit for large negative values, negated."""


class Selu(Activation):
    """``1.0507 * elu(x, 1.67326)`` (Klambauer et al. 2017)"""

    type: Literal["selu"] = "selu"


class Sigmoid(Activation):
    """``1 / (1 + exp(-x))``"""

    type: Literal["sigmoid"] = "sigmoid"


class Tanh(Activation):
    """``tanh(x)``"""

    type: Literal["tanh"] = "tanh"


class Softplus(Activation):
    """``log(1 + exp(x))``"""

    type: Literal["softplus"] = "softplus"


class Softsign(Activation):
    """``x / (1 + |x|)``"""

    type: Literal["softsign"] = "softsign"


class Exponential(Activation):
    """``exp(x)``"""

    type: Literal["exponential"] = "exponential"


class Silu(Activation):
    """``x * sigmoid(x)``, also called swish"""

    type: Literal["silu"] = "silu"


class Gelu(Activation):
    """``x * Phi(x)`` with the normal distribution's Phi, or its tanh approximation"""

    type: Literal["gelu"] = "gelu"
    approximate: bool = False
    """Whether to use the tanh approximation."""


class HardSigmoid(Activation):
    """``relu6(x + 3) / 6``"""

    type: Literal["hard_sigmoid"] = "hard_sigmoid"


class _AlongAxis(Activation):
    axis: int = -1
    """The axis, counted with the batch as 0."""

    def check(self, rank: int) -> None:
        if not -rank < self.axis < rank or self.axis == 0:
            raise LayerError("MS203", f"axis is {self.axis}; the tensor has axes 1 to {rank - 1} after the batch")

    def permuted(self, axes: tuple[int, ...]) -> Activation | None:
        return self.model_copy(update={"axis": axes.index(self.axis % len(axes))})


class Softmax(_AlongAxis):
    """``exp(x) / sum(exp(x))`` along an axis"""

    type: Literal["softmax"] = "softmax"


class LogSoftmax(_AlongAxis):
    """``x - log(sum(exp(x)))`` along an axis"""

    type: Literal["log_softmax"] = "log_softmax"


AnyActivation = (
    Linear | Relu | Relu6 | LeakyRelu | Elu | Selu | Sigmoid | Tanh | Softplus | Softsign | Exponential | Silu | Gelu
    | HardSigmoid | Softmax | LogSoftmax
)  # fmt: skip

LINEAR = Linear.model_construct()
_Name = Literal[
    "linear", "relu", "relu6", "leaky_relu", "elu", "selu", "sigmoid", "tanh", "softplus", "softsign", "exponential", "silu",
    "swish", "gelu", "hard_sigmoid", "softmax", "log_softmax",
]  # fmt: skip
_SYNONYMS = {"swish": "silu"}


def _from_name(value: Any) -> Any:
    if value is None:
        return {"type": "linear"}
    return {"type": _SYNONYMS.get(value, value)} if isinstance(value, str) else value


ActivationField = Annotated[
    AnyActivation, Field(discriminator="type"), BeforeValidator(_from_name, json_schema_input_type=_Name | AnyActivation | None)
]
"""A name such as ``"relu"``, null for none, or an object such as ``{"type": "softmax", "axis": 1}``."""
