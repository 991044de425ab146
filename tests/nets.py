"""Small specs as documents in Python, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from cProfile import Profile
from typing import Any

import pytest

import modelspec
from modelspec import SpecError
from modelspec.graph import Graph

Json = dict[str, Any]
RELU: Json = {"type": "ReLU"}


def calls(function: Callable[[], object]) -> int:
    """Run a function and return how many calls it took: how much work it is, whatever else the machine does."""
    profile = Profile()
    profile.runcall(function)
    return sum(entry.callcount for entry in profile.getstats())


def net(*steps: Json, **sections: Any) -> Json:
    inputs = {"x": {"shape": [8, 8, 3]}}
    return {"format_version": 1, "name": "net", "inputs": inputs, **sections, "layers": list(steps)}


def dense(units: Any, **fields: Any) -> Json:
    return {"type": "Dense", "units": units, **fields}


def conv(filters: Any, **fields: Any) -> Json:
    return {"type": "Conv2D", "filters": filters, "kernel_size": 1, **fields}


def built(spec: Json, **parameters: Any) -> Graph:
    """Elaborate and check a spec that has nothing wrong."""
    graph = modelspec.elaborate(spec, parameters)
    graph.check()
    return graph


def findings(spec: Json, **parameters: Any) -> list[str]:
    with pytest.raises(SpecError) as caught:
        modelspec.elaborate(spec, parameters)
    return [finding.code for finding in caught.value.diagnostics]
