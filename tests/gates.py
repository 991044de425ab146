"""Tolerances and the material of comparisons: documents, weights, images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from workers import Array

from modelspec import library
from modelspec.graph import Graph
from modelspec.verify import gates
from modelspec.verify.gates import SEMANTICS
from modelspec.weights import initialize

ROUNDING_CAP = gates.ROUNDING_CAP["float32"]
"""No backend's float32 may be further from float64, in relative L2."""


def document(name: str) -> dict[str, Any]:
    """Return a shipped spec as a document, to be changed."""
    return json.loads(library.shipped(name).read_text())


def random_weights(graph: Graph, seed: int) -> dict[str, Array]:
    """Return weights in which everything shows: no zero bias, no batch normalization that does nothing."""
    noise = np.random.default_rng(seed)
    arrays = initialize(graph, seed)
    for key, array in arrays.items():
        match key.rpartition("/")[2]:
            case "bias" | "beta" | "moving_mean":
                arrays[key] = noise.normal(0, 0.1, array.shape).astype(np.float32)
            case "gamma" | "moving_variance":
                arrays[key] = noise.uniform(0.5, 1.5, array.shape).astype(np.float32)
    return arrays


def images(shape: tuple[int, ...], seed: int) -> Array:
    """Return smooth and noisy pixels of 0 to 255 in float32."""
    noise = np.random.default_rng(seed)
    base = noise.uniform(0, 255, shape)
    ramp = np.linspace(0, 255, shape[2])[None, None, :, None]
    return np.where(noise.random((*shape[:1], 1, 1, 1)) < 0.5, base, (base + ramp) / 2).astype(np.float32)


def same(found: Array, wanted: Array, gate: float = SEMANTICS) -> None:
    """Assert that two float64 arrays agree relative to the largest value."""
    assert found.shape == wanted.shape
    assert found.dtype == wanted.dtype == np.float64
    error = np.abs(found - wanted).max() / np.abs(wanted).max()
    assert error <= gate, f"{error:.3g} > {gate:.3g}"


def distance(found: Array, exact: Array) -> float:
    """Return the relative L2 distance of float32 from float64."""
    assert found.shape == exact.shape
    assert found.dtype == np.float32
    return float(np.linalg.norm(found.astype(np.float64) - exact) / np.linalg.norm(exact))


def rounds_like(found: Mapping[str, Array], native: Array, exact: Array) -> None:
    """Assert the float32 gate: no backend is further from float64 than 3 times the framework's own float32, plus 1e-6."""
    gate = min(3 * distance(native, exact) + 1e-6, ROUNDING_CAP)
    errors = {name: distance(array, exact) for name, array in found.items()}
    assert all(error <= gate for error in errors.values()), f"{errors} > {gate:.3g}"
