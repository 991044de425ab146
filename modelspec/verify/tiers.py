"""The tiers of a verification: what each computes in, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from modelspec import plugins
from modelspec.diagnostics import SpecError, did_you_mean
from modelspec.tensors import DType

Precision = Literal["float64", "float32", "tf32", "float16", "bfloat16"]
"""What numbers are rounded to: TF32 is float32 with factors of 10 bits."""


@dataclass(frozen=True)
class Tier:
    """What a comparison computes in, and where."""

    dtype: DType
    provider: str = "cpu"
    tf32: bool = False
    """Whether CUDA may round the factors of products to 10 bits of mantissa."""

    @property
    def precision(self) -> Precision:
        """What numbers are rounded to at most."""
        return "tf32" if self.tf32 else self.dtype  # pyright: ignore[reportReturnType] - no tier computes in integers

    def __str__(self) -> str:
        place = "" if self.provider == "cpu" else f" on {self.provider}"
        return f"{self.dtype}{place}{' with TF32' if self.tf32 else ''}"


TIERS: Mapping[str, Tier] = {
    "semantics": Tier("float64"),
    "rounding": Tier("float32"),
    "float16": Tier("float16"),
    "bfloat16": Tier("bfloat16"),
    "cuda": Tier("float32", "cuda"),
    "cuda-tf32": Tier("float32", "cuda", tf32=True),
}
"""Every tier by its name. The first is what all the others are held against."""
EXACT, ESSENTIAL = "semantics", ("semantics", "rounding")
"""The tier that others need; and those that every backend computes, so that one that fails there has failed."""
DEFAULT = ESSENTIAL
BY_DTYPE: Mapping[str, str] = {"float32": "rounding", "float16": "float16", "bfloat16": "bfloat16"}
"""The tier of each data type that ``--dtype`` takes."""


def chosen(dtypes: Sequence[str], provider: str) -> tuple[str, ...]:
    """Return the tiers of data types and of a provider, in their order; raises SpecError (MS704) for another data type."""
    for name in dtypes:
        if name not in BY_DTYPE:
            hint = did_you_mean(name, BY_DTYPE) or f"{', '.join(BY_DTYPE)}; float64 is always compared"
            raise SpecError.of("MS704", f'--dtype is "{name}", which no tier computes in', hint)
    wanted = {EXACT, *(BY_DTYPE[name] for name in dtypes)}
    return tuple(name for name, tier in TIERS.items() if name in wanted or (tier.provider == provider != "cpu"))


def computes(backend: str, tier: str) -> bool:
    """Return whether a backend takes part in a tier: where a provider is asked for, those that run on providers do."""
    return TIERS[tier].provider == "cpu" or plugins.runtime(backend) is not None
