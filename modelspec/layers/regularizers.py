"""Penalties on weights and outputs: Keras's regularizers, as documents.

Keras adds them to its loss; ``modelspec_torch.penalty`` computes the same sum for a PyTorch loop; ONNX has no training.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from modelspec.layers.deferred import Deferred
from modelspec.layers.fields import Float32, Strict, by_name
from modelspec.tensors import float32

_Factor = Annotated[Float32, Field(ge=0)]
"""Keras keeps the factors in float32, whatever the weights are."""


class L1(Strict):
    """``l1 * sum(|x|)``"""

    type: Literal["L1"] = "L1"
    l1: _Factor = float32(0.01)
    """The factor."""


class L2(Strict):
    """``l2 * sum(x ** 2)``"""

    type: Literal["L2"] = "L2"
    l2: _Factor = float32(0.01)
    """The factor."""


class L1L2(Strict):
    """``l1 * sum(|x|) + l2 * sum(x ** 2)``"""

    type: Literal["L1L2"] = "L1L2"
    l1: _Factor = 0.0
    """The factor of the absolute values."""
    l2: _Factor = 0.0
    """The factor of the squares."""


class OrthogonalRegularizer(Strict):
    """``factor * mean(|cosine of two rows|)`` over all pairs of rows (or columns) of a matrix, as Keras defines it; an output
    has no such penalty."""

    type: Literal["OrthogonalRegularizer"] = "OrthogonalRegularizer"
    factor: _Factor = float32(0.01)
    """The factor."""
    mode: Literal["rows", "columns"] = "rows"
    """Whether rows or columns are made orthogonal."""


AnyRegularizer = L1 | L2 | L1L2 | OrthogonalRegularizer

NAMED: dict[str, dict[str, Any]] = {
    "l1": {"type": "L1"},
    "l2": {"type": "L2"},
    "l1_l2": {"type": "L1L2"},
    "orthogonal_regularizer": {"type": "OrthogonalRegularizer"},
}
"""Short names and what they stand for."""

_Name = Literal["l1", "l2", "l1_l2", "orthogonal_regularizer"]


_Given = BeforeValidator(by_name(NAMED), json_schema_input_type=_Name | AnyRegularizer)
_OutputName = Literal["l1", "l2", "l1_l2"]
_OutputGiven = BeforeValidator(
    by_name({name: NAMED[name] for name in ("l1", "l2", "l1_l2")}), json_schema_input_type=_OutputName | L1 | L2 | L1L2
)
Regularizer = Annotated[AnyRegularizer, Deferred(Annotated[AnyRegularizer, Field(discriminator="type"), _Given])] | None
"""A short name such as ``"l2"``, an object such as ``{"type": "L2", "l2": 1e-4}``, or null for none."""
ActivityRegularizer = (
    Annotated[L1 | L2 | L1L2, Deferred(Annotated[L1 | L2 | L1L2, Field(discriminator="type"), _OutputGiven])] | None
)
"""A regularizer of what a layer makes. An orthogonal one is for a matrix of weights: Keras fails on outputs of other ranks, and
divides by 0 in a batch of one."""
