"""What a mutation is: a lowering that is wrong on purpose, a spec in which that shows, and the layer that must be named.

The wrong rule stands in a backend's own table, in the process of that backend, for as long as ``made`` says. Nothing here
imports a framework.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from modelspec.backend import RulesByFamily
from modelspec.verify.workers import Worker

Json = dict[str, Any]
Wrong = Callable[..., Any]
"""A wrong rule: of the right one, and what that takes (the layer and its place)."""

TABLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "keras": (("modelspec_keras.lower", "RULES"),),
    "onnx": (("modelspec_onnx.lower", "RULES"), ("modelspec_onnx.lower.activations", "RULES")),
    "torch": (("modelspec_torch.lower", "RULES"), ("modelspec_torch.activations", "ACTIVATIONS")),
}
"""Where each backend's rules stand: by layers, and by activation functions."""

BEFORE: Json = {"type": "Rescaling", "name": "before", "scale": 0.75, "offset": 0.0625}
AFTER: Json = {"type": "Activation", "name": "after", "activation": "softsign"}


@dataclass(frozen=True)
class Mutation:
    """A rule that is wrong on purpose."""

    id: str
    row: str
    """What frameworks differ in."""
    wrong: str
    """What is done instead of the right thing."""
    backend: str
    of: tuple[type, ...]
    """The layers, or activation functions, whose rules are wrong."""
    rule: Wrong
    document: Json
    layer: str
    """The name of the layer that must be found; none for a loss."""
    trap: str = ""
    """The known trap that must explain it; empty where there is none for it."""
    tier: str = "semantics"
    """The comparison that must find it."""
    trained: str = ""
    """What must show it first where it shows in training alone: a loss, a gradient or a weight."""


def spec(*layers: Json, shape: tuple[Any, ...] = (), before: Json = BEFORE, after: Json = AFTER, **sections: Any) -> Json:
    """Return a spec of some layers with an innocent one before and one after them, or of the layers alone where it has inputs
    of its own."""
    if "inputs" in sections:
        return {"format_version": 1, "name": "mutated", **sections, "layers": [*layers, after]}
    inputs = {"x": {"shape": list(shape)}}
    return {"format_version": 1, "name": "mutated", "inputs": inputs, **sections, "layers": [before, *layers, after]}


@contextmanager
def made(mutation: Mutation, worker: Worker) -> Iterator[None]:
    """Make a mutation in its backend's process, and put the right rules back."""
    worker.call(_substitute, mutation.backend, mutation.id)
    try:
        yield
    finally:
        worker.call(_restore)


STEPS = 3
"""How many steps of training are compared, where a mutation shows in training alone."""
_RIGHT: list[tuple[dict[type, Any], type, Any]] = []
"""In the process of a backend: what was replaced, and where."""


def _substitute(backend: str, identifier: str) -> None:
    """Put a mutation's rule in the place of the right ones."""
    from mutations import BY_ID

    mutation = BY_ID[identifier]
    tables: list[Any] = [getattr(import_module(module), name) for module, name in TABLES[backend]]
    for kind in mutation.of:
        table = next(table for table in tables if kind in table)
        if isinstance(table, RulesByFamily):
            table = table.family(kind)
        _RIGHT.append((table, kind, table[kind]))
        table[kind] = partial(mutation.rule, table[kind])


def _restore() -> None:
    """Put the right rules back."""
    while _RIGHT:
        table, kind, rule = _RIGHT.pop()
        table[kind] = rule
