"""The proof of equivalence: run backends on the same weights and inputs, and compare everything that is made on the way."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modelspec.verify.probes import Probe
    from modelspec.verify.results import Verification
    from modelspec.verify.verifier import Verifier

__all__ = ["Probe", "Verification", "Verifier"]

_HOMES = {"Probe": "probes", "Verification": "results", "Verifier": "verifier"}


def __getattr__(name: str) -> Any:
    """Import what is public when it is asked for: reports and their schema need no NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"modelspec.verify.{_HOMES[name]}"), name)
