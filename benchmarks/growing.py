"""Networks of any number of layers, in the shapes that specs have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Layers = list[dict[str, Any]]


def document(made: Mapping[str, Any], features: int = 8) -> dict[str, Any]:
    """Return a spec with what one of ``SHAPES`` made."""
    return {"format_version": 1, "name": "net", "inputs": {"x": {"shape": [features]}}, **made}


def _written_out(count: int) -> dict[str, Any]:
    return {"layers": [{"type": "Dense", "units": 8 + number % 7} for number in range(count)]}


def _loop(count: int) -> dict[str, Any]:
    body = [{"type": "Dense", "units": "${8 + i % 4}"}, {"type": "Activation", "activation": "relu"}]
    return {"layers": [{"for": "i", "in": {"range": count // 2}, "layers": body}]}


def _nested_blocks(count: int) -> dict[str, Any]:
    units = {"units": {"type": "integer"}}
    inner: Layers = [{"type": "Dense", "units": "${units}"}, {"type": "Activation", "activation": "relu"}]
    calls = [{"block": "inner", "with": {"units": f"${{units + {number}}}"}} for number in (0, 1)]
    outer = {"parameters": units, "layers": [*calls, {"type": "Dropout", "rate": 0.1}]}
    body = [{"block": "outer", "with": {"units": "${8 + i % 4}"}}]
    return {
        "blocks": {"inner": {"parameters": units, "layers": inner}, "outer": outer},
        "layers": [{"for": "i", "in": {"range": count // 5}, "layers": body}],
    }


def _chain_of_adds(count: int) -> dict[str, Any]:
    adds = [{"type": "Add", "inputs": [f"a{number - 1}", "x"], "name": f"a{number}"} for number in range(1, count)]
    return {"layers": [{"type": "Dense", "units": 8, "name": "a0"}, *adds]}


def _wide_concatenate(count: int) -> dict[str, Any]:
    branches = [{"type": "Dense", "units": 1, "name": f"d{number}", "inputs": "x"} for number in range(count - 1)]
    return {"layers": [*branches, {"type": "Concatenate", "inputs": [branch["name"] for branch in branches]}]}


SHAPES: dict[str, Callable[[int], dict[str, Any]]] = {
    "layers written out": _written_out,
    "a loop": _loop,
    "nested blocks in a loop": _nested_blocks,
    "a chain of Add": _chain_of_adds,
    "a wide Concatenate": _wide_concatenate,
}
