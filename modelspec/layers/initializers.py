"""How weights start: Keras's initializers, as documents. ``modelspec.initializers`` draws the numbers."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from modelspec.layers.deferred import Deferred
from modelspec.layers.fields import InFloat32, Numbers, Strict, by_name


class _Seeded(Strict):
    seed: int | None = None
    """A seed of this weight's own; by default it follows from the model's seed and the weight's path."""


class Zeros(Strict):
    """All zeros."""

    type: Literal["Zeros"] = "Zeros"


class Ones(Strict):
    """All ones."""

    type: Literal["Ones"] = "Ones"


class Constant(Strict):
    """One value everywhere, or the numbers themselves."""

    type: Literal["Constant"] = "Constant"
    value: Numbers = 0.0
    """A number, or nested lists that fill the weight's leading axes and are repeated along the others: ``[[0, 1], [2, 3]]``
    is the same 2x2 kernel for every input and output channel."""


class RandomUniform(_Seeded):
    """Uniform between two bounds."""

    type: Literal["RandomUniform"] = "RandomUniform"
    minval: InFloat32 = -0.05
    """The lower bound."""
    maxval: InFloat32 = 0.05
    """The upper bound."""


class RandomNormal(_Seeded):
    """Normally distributed."""

    type: Literal["RandomNormal"] = "RandomNormal"
    mean: InFloat32 = 0.0
    """The mean."""
    stddev: InFloat32 = 0.05
    """The standard deviation."""


class TruncatedNormal(_Seeded):
    """Normally distributed, cut off at two standard deviations."""

    type: Literal["TruncatedNormal"] = "TruncatedNormal"
    mean: InFloat32 = 0.0
    """The mean."""
    stddev: InFloat32 = 0.05
    """The standard deviation before the cut."""


class VarianceScaling(_Seeded):
    """Scaled by the number of inputs, outputs, or both (He et al. 2015, Glorot and Bengio 2010)."""

    type: Literal["VarianceScaling"] = "VarianceScaling"
    scale: Annotated[InFloat32, Field(gt=0)] = 1.0
    """The factor of the variance."""
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    """What the variance is divided by."""
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = "truncated_normal"
    """The distribution that is drawn from."""


class Orthogonal(_Seeded):
    """An orthogonal matrix (Saxe et al. 2014); the last axis against all others."""

    type: Literal["Orthogonal"] = "Orthogonal"
    gain: InFloat32 = 1.0
    """The factor."""


class Identity(Strict):
    """The identity matrix; only for weights with two axes."""

    type: Literal["Identity"] = "Identity"
    gain: InFloat32 = 1.0
    """The factor."""


AnyInitializer = (
    Zeros | Ones | Constant | RandomUniform | RandomNormal | TruncatedNormal | VarianceScaling | Orthogonal | Identity
)

NAMED: dict[str, dict[str, Any]] = {
    "zeros": {"type": "Zeros"},
    "ones": {"type": "Ones"},
    "random_uniform": {"type": "RandomUniform"},
    "uniform": {"type": "RandomUniform"},
    "random_normal": {"type": "RandomNormal"},
    "normal": {"type": "RandomNormal"},
    "truncated_normal": {"type": "TruncatedNormal"},
    "orthogonal": {"type": "Orthogonal"},
    "identity": {"type": "Identity"},
    "glorot_uniform": {"type": "VarianceScaling", "scale": 1.0, "mode": "fan_avg", "distribution": "uniform"},
    "glorot_normal": {"type": "VarianceScaling", "scale": 1.0, "mode": "fan_avg", "distribution": "truncated_normal"},
    "he_uniform": {"type": "VarianceScaling", "scale": 2.0, "mode": "fan_in", "distribution": "uniform"},
    "he_normal": {"type": "VarianceScaling", "scale": 2.0, "mode": "fan_in", "distribution": "truncated_normal"},
    "lecun_uniform": {"type": "VarianceScaling", "scale": 1.0, "mode": "fan_in", "distribution": "uniform"},
    "lecun_normal": {"type": "VarianceScaling", "scale": 1.0, "mode": "fan_in", "distribution": "truncated_normal"},
}
"""Keras's short names and what they stand for."""

_Name = Literal[
    "zeros", "ones", "random_uniform", "uniform", "random_normal", "normal", "truncated_normal", "orthogonal", "identity",
    "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal",
]  # fmt: skip


_Given = BeforeValidator(by_name(NAMED), json_schema_input_type=_Name | AnyInitializer)
Initializer = Annotated[AnyInitializer, Deferred(Annotated[AnyInitializer, Field(discriminator="type"), _Given])]
"""A short name such as ``"he_normal"``, or an object such as ``{"type": "RandomNormal", "stddev": 0.01}``."""

GLOROT_UNIFORM = VarianceScaling.model_construct(mode="fan_avg", distribution="uniform")
ZEROS = Zeros.model_construct()
ONES = Ones.model_construct()
