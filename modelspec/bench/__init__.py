"""How fast a model runs, in backends and on providers that take turns."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from modelspec.bench.contestants import Contestant, contestants

if TYPE_CHECKING:
    from modelspec.bench.results import Bench, Latency, Standing
    from modelspec.bench.rounds import Plan, bench

__all__ = ["Bench", "Contestant", "Latency", "Plan", "Standing", "bench", "contestants"]

_HOMES = {
    "Bench": "results",
    "Latency": "results",
    "Plan": "rounds",
    "Standing": "results",
    "bench": "rounds",
}


def __getattr__(name: str) -> Any:
    """Import what is public when it is asked for: the schema of results needs no NumPy."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"modelspec.bench.{_HOMES[name]}"), name)
