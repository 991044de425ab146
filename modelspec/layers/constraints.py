"""Projections of weights after each training step: Keras's constraints, as documents.

Keras applies them itself; ``modelspec_torch.constrain`` does the same in a PyTorch loop; ONNX has no training.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from modelspec.layers.deferred import Deferred
from modelspec.layers.fields import Axes, Strict, by_name

_Bound = Annotated[float, Field(ge=0)]


class MaxNorm(Strict):
    """Scales down what has a larger norm than ``max_value`` along ``axis``."""

    type: Literal["MaxNorm"] = "MaxNorm"
    max_value: _Bound = 2.0
    """The largest norm."""
    axis: Axes = 0
    """The axis, or list of axes, of the weight along which norms are taken."""


class MinMaxNorm(Strict):
    """Brings norms along ``axis`` between two bounds, ``rate`` of the way at each step."""

    type: Literal["MinMaxNorm"] = "MinMaxNorm"
    min_value: _Bound = 0.0
    """The smallest norm."""
    max_value: _Bound = 1.0
    """The largest norm."""
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    """How far towards the bounds one step goes."""
    axis: Axes = 0
    """The axis, or list of axes, of the weight along which norms are taken."""


class NonNeg(Strict):
    """Sets negative numbers to 0."""

    type: Literal["NonNeg"] = "NonNeg"


class UnitNorm(Strict):
    """Makes norms along ``axis`` 1."""

    type: Literal["UnitNorm"] = "UnitNorm"
    axis: Axes = 0
    """The axis, or list of axes, of the weight along which norms are taken."""


AnyConstraint = MaxNorm | MinMaxNorm | NonNeg | UnitNorm

NAMED: dict[str, dict[str, Any]] = {
    "max_norm": {"type": "MaxNorm"},
    "min_max_norm": {"type": "MinMaxNorm"},
    "non_neg": {"type": "NonNeg"},
    "unit_norm": {"type": "UnitNorm"},
}
"""Short names and what they stand for."""

_Name = Literal["max_norm", "min_max_norm", "non_neg", "unit_norm"]


_Given = BeforeValidator(by_name(NAMED), json_schema_input_type=_Name | AnyConstraint)
Constraint = Annotated[AnyConstraint, Deferred(Annotated[AnyConstraint, Field(discriminator="type"), _Given])] | None
"""A short name such as ``"non_neg"``, an object such as ``{"type": "MaxNorm", "max_value": 3}``, or null for none."""
