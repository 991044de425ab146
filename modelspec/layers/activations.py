"""Activation functions: Keras's names, with the parameters of those that have any.

Each is a value of its own, so that ``"relu"``, ``{"type": "leaky_relu", "negative_slope": 0.1}`` and the ``activation``
field of any layer go one way. A formula stands in each docstring; sources are Keras 3's definitions.
"""

from __future__ import annotations

from math import inf
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from modelspec.layers.axes import is_axis
from modelspec.layers.base import LayerError
from modelspec.layers.deferred import Deferred
from modelspec.layers.fields import Float32, Strict
from modelspec.tensors import TensorType, float32, format_shape


class Activation(Strict):
    """An activation function; a subclass adds ``type`` and its parameters."""

    makes: ClassVar[tuple[float, float]] = (-inf, inf)
    """The least and the largest value that it can make."""
    keeps: ClassVar[tuple[float, float] | None] = None
    """The least and the largest input between which it hands on every number as it is; None where it keeps none."""

    @property
    def is_identity(self) -> bool:
        """Whether it hands on every number as it is."""
        return self.keeps == (-inf, inf)

    def keeps_all_of(self, before: Activation) -> bool:
        """Return whether it changes nothing of what another function makes: ``relu(relu(x))`` is ``relu(x)``."""
        if self.keeps is None:
            return False
        return self.keeps[0] <= before.makes[0] and before.makes[1] <= self.keeps[1]

    def permuted(self, axes: tuple[int, ...]) -> Activation | None:
        """Return the function that does the same on axes reordered to ``axes``; None where there is none."""
        return self

    def check(self, rank: int) -> None:
        """Raise LayerError where the function cannot end a layer whose output has ``rank`` axes, batch included."""

    def applied(self, value: TensorType) -> TensorType:
        """Return the type that the function makes as a layer of its own, or raise LayerError where it does not apply."""
        self.check(value.rank)
        return value


class Linear(Activation):
    """``x``"""

    keeps: ClassVar = (-inf, inf)
    type: Literal["linear"] = "linear"


class Relu(Activation):
    """``max(x, 0)``"""

    makes: ClassVar = (0.0, inf)
    keeps: ClassVar = (0.0, inf)
    type: Literal["relu"] = "relu"


class Relu6(Activation):
    """``min(max(x, 0), 6)``"""

    makes: ClassVar = (0.0, 6.0)
    keeps: ClassVar = (0.0, 6.0)
    type: Literal["relu6"] = "relu6"


class LeakyRelu(Activation):
    """``x`` where ``x >= 0``, else ``negative_slope * x`` (Maas et al. 2013)"""

    keeps: ClassVar = (0.0, inf)
    type: Literal["leaky_relu"] = "leaky_relu"
    negative_slope: Float32 = float32(0.2)
    """The slope below zero."""

    @property
    def is_identity(self) -> bool:
        return self.negative_slope == 1


class Elu(Activation):
    """``x`` where ``x > 0``, else ``alpha * (exp(x) - 1)`` (Clevert et al. 2016)"""

    keeps: ClassVar = (0.0, inf)
    type: Literal["elu"] = "elu"
    alpha: Float32 = 1.0
    """The limit for large negative values, negated."""


class Celu(Activation):
    """``x`` where ``x > 0``, else ``alpha * (exp(x / alpha) - 1)`` (Barron 2017)"""

    keeps: ClassVar = (0.0, inf)
    type: Literal["celu"] = "celu"
    alpha: Annotated[Float32, Field(gt=0)] = 1.0
    """The limit for large negative values, negated."""


class Selu(Activation):
    """``1.0507 * elu(x, 1.67326)`` (Klambauer et al. 2017)"""

    type: Literal["selu"] = "selu"


class Sigmoid(Activation):
    """``1 / (1 + exp(-x))``"""

    makes: ClassVar = (0.0, 1.0)
    type: Literal["sigmoid"] = "sigmoid"


class Tanh(Activation):
    """``tanh(x)``"""

    type: Literal["tanh"] = "tanh"


class Softplus(Activation):
    """``log(1 + exp(x))``"""

    makes: ClassVar = (0.0, inf)
    type: Literal["softplus"] = "softplus"


class Squareplus(Activation):
    """``(x + sqrt(x ** 2 + b)) / 2`` (Barron 2021)"""

    type: Literal["squareplus"] = "squareplus"
    b: Annotated[Float32, Field(gt=0)] = 4.0
    """How smooth the bend is."""


class Softsign(Activation):
    """``x / (1 + |x|)``"""

    type: Literal["softsign"] = "softsign"


class Exponential(Activation):
    """``exp(x)``"""

    makes: ClassVar = (0.0, inf)
    type: Literal["exponential"] = "exponential"


class Silu(Activation):
    """``x * sigmoid(x)``, also called swish (Elfwing et al. 2018)"""

    type: Literal["silu"] = "silu"


class HardSilu(Activation):
    """``x * relu6(x + 3) / 6``, also called hard_swish (Howard et al. 2019)"""

    type: Literal["hard_silu"] = "hard_silu"


class Mish(Activation):
    """``x * tanh(softplus(x))`` (Misra 2019)"""

    type: Literal["mish"] = "mish"


class Gelu(Activation):
    """``x * Phi(x)`` with the normal distribution's Phi, or its tanh approximation (Hendrycks and Gimpel 2016)"""

    type: Literal["gelu"] = "gelu"
    approximate: bool = False
    """Whether to use the tanh approximation."""


class HardSigmoid(Activation):
    """``relu6(x + 3) / 6``"""

    makes: ClassVar = (0.0, 1.0)
    type: Literal["hard_sigmoid"] = "hard_sigmoid"


class HardTanh(Activation):
    """``min(max(x, -1), 1)``"""

    makes: ClassVar = (-1.0, 1.0)
    keeps: ClassVar = (-1.0, 1.0)
    type: Literal["hard_tanh"] = "hard_tanh"


class LogSigmoid(Activation):
    """``-log(1 + exp(-x))``"""

    type: Literal["log_sigmoid"] = "log_sigmoid"


class TanhShrink(Activation):
    """``x - tanh(x)``"""

    type: Literal["tanh_shrink"] = "tanh_shrink"


class SoftShrink(Activation):
    """``x - threshold`` where ``x > threshold``, ``x + threshold`` where ``x < -threshold``, else 0"""

    type: Literal["soft_shrink"] = "soft_shrink"
    threshold: Annotated[Float32, Field(ge=0)] = 0.5
    """How far from 0 an input must be to pass."""

    @property
    def is_identity(self) -> bool:
        return self.threshold == 0


class HardShrink(Activation):
    """``x`` where ``|x| > threshold``, else 0"""

    type: Literal["hard_shrink"] = "hard_shrink"
    threshold: Annotated[Float32, Field(ge=0)] = 0.5
    """How far from 0 an input must be to pass."""

    @property
    def is_identity(self) -> bool:
        return self.threshold == 0


class Threshold(Activation):
    """``x`` where ``x > threshold``, else ``default_value``; Keras gives neither a default, so it has no short name"""

    type: Literal["threshold"] = "threshold"
    threshold: Float32
    """What an input must exceed to pass."""
    default_value: Float32
    """What takes the place of the others."""


class SparsePlus(Activation):
    """0 where ``x <= -1``, ``x`` where ``x >= 1``, ``(x + 1) ** 2 / 4`` between"""

    makes: ClassVar = (0.0, inf)
    type: Literal["sparse_plus"] = "sparse_plus"


class SparseSigmoid(Activation):
    """``min(max((x + 1) / 2, 0), 1)`` (Blondel et al. 2019)"""

    makes: ClassVar = (0.0, 1.0)
    type: Literal["sparse_sigmoid"] = "sparse_sigmoid"


class Step(Activation):
    """Heaviside's function: 0 where ``x < 0``, 1 where ``x > 0``. Its gradient is 0 everywhere; Keras has no such function"""

    type: Literal["step"] = "step"
    value_at_zero: Float32 = 1.0
    """The value where ``x`` is 0."""


class _AlongAxis(Activation):
    axis: int = -1
    """The axis, counted with the batch as 0."""

    def check(self, rank: int) -> None:
        if not is_axis(self.axis, rank):
            raise LayerError("MS203", f"axis is {self.axis}; the tensor has axes 1 to {rank - 1} after the batch")

    def permuted(self, axes: tuple[int, ...]) -> Activation | None:
        return self.model_copy(update={"axis": axes.index(self.axis % len(axes))})


class Softmax(_AlongAxis):
    """``exp(x) / sum(exp(x))`` along an axis"""

    makes: ClassVar = (0.0, 1.0)
    type: Literal["softmax"] = "softmax"


class LogSoftmax(_AlongAxis):
    """``x - log(sum(exp(x)))`` along an axis"""

    type: Literal["log_softmax"] = "log_softmax"


class Sparsemax(_AlongAxis):
    """``max(x - t, 0)``, with the ``t`` that makes the sum along an axis 1 (Martins and Astudillo 2016).

    Keras 3.15's own function gives other numbers, whose sum is not 1; each backend computes the paper's.
    """

    makes: ClassVar = (0.0, 1.0)
    type: Literal["sparsemax"] = "sparsemax"


class Glu(_AlongAxis):
    """``a * sigmoid(b)``, where ``a`` and ``b`` are the halves of ``x`` along an axis (Dauphin et al. 2016). It halves the
    axis, so that it only is a layer of its own."""

    type: Literal["glu"] = "glu"

    def check(self, rank: int) -> None:
        raise LayerError(
            "MS203",
            "glu halves an axis, but the activation of a layer keeps the shape",
            'put {"type": "Activation", "activation": "glu"} after the layer',
        )

    def applied(self, value: TensorType) -> TensorType:
        super().check(value.rank)
        place = self.axis % value.rank - 1
        size = value.shape[place]
        if not isinstance(size, int) or size % 2:
            raise LayerError(
                "MS501",
                f"glu needs a known, even size along axis {self.axis}, but its input is {format_shape(value.shape)}",
                "it splits the axis into two halves",
            )
        return TensorType((*value.shape[:place], size // 2, *value.shape[place + 1 :]), value.dtype)


AnyActivation = (
    Linear | Relu | Relu6 | LeakyRelu | Elu | Celu | Selu | Sigmoid | Tanh | Softplus | Squareplus | Softsign | Exponential
    | Silu | HardSilu | Mish | Gelu | HardSigmoid | HardTanh | LogSigmoid | TanhShrink | SoftShrink | HardShrink | Threshold
    | SparsePlus | SparseSigmoid | Step | Softmax | LogSoftmax | Sparsemax | Glu
)  # fmt: skip

LINEAR = Linear.model_construct()
_Name = Literal[
    "linear", "relu", "relu6", "leaky_relu", "elu", "celu", "selu", "sigmoid", "tanh", "softplus", "squareplus", "softsign",
    "exponential", "silu", "swish", "hard_silu", "hard_swish", "mish", "gelu", "hard_sigmoid", "hard_tanh", "log_sigmoid",
    "tanh_shrink", "soft_shrink", "hard_shrink", "sparse_plus", "sparse_sigmoid", "step", "softmax", "log_softmax",
    "sparsemax", "glu",
]  # fmt: skip
_SYNONYMS = {"swish": "silu", "hard_swish": "hard_silu"}


def _from_name(value: Any) -> Any:
    if value is None:
        return {"type": "linear"}
    if not isinstance(value, str | dict | Activation):
        raise PydanticCustomError("size", 'a name such as "relu", or an object with a "type"')
    if value == "threshold":
        wanted = 'an object with both numbers: {"type": "threshold", "threshold": 0.5, "default_value": 0.0}'
        raise PydanticCustomError("size", wanted)
    return {"type": _SYNONYMS.get(value, value)} if isinstance(value, str) else value  # pyright: ignore[reportUnknownVariableType]


_Given = BeforeValidator(_from_name, json_schema_input_type=_Name | AnyActivation | None)
ActivationField = Annotated[AnyActivation, Deferred(Annotated[AnyActivation, Field(discriminator="type"), _Given])]
"""A name such as ``"relu"``, null for none, or an object such as ``{"type": "softmax", "axis": 1}``."""
