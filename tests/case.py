"""What a conformance case is: a spec, with weights and inputs that follow from its id alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import modelspec
from modelspec.graph import Graph
from modelspec.weights import initialize

Shape = tuple[int | str, ...]

NEAR = (0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 1.5)
"""Values at which an activation has a kink, put among the random inputs."""
FAR = (0.0, 40.0, -40.0, 80.0, -80.0, 1e-4, -1e-4)
"""Values at which a naive formula overflows or loses all digits."""


@dataclass(frozen=True, eq=False)
class Case:
    """A spec that is compiled and compared; ``shapes`` leave out the batch, and may have names that ``sizes`` resolves."""

    id: str
    layers: tuple[dict[str, Any], ...]
    shapes: tuple[Shape, ...]
    dtype: str = "float32"
    data_format: str = "channels_last"
    """The spec's own data format."""
    special: tuple[float, ...] = NEAR
    initial: bool = False
    """Whether the weights are the spec's initial ones and not random."""
    outputs: tuple[str, ...] = ()
    shift: float = 0.0
    """What is added to the inputs."""
    batch: int = 2
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    """The sizes that named dimensions have in the inputs."""
    document: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        document: dict[str, Any] = {
            "format_version": 1,
            "name": "case",
            "data_format": self.data_format,
            "inputs": {f"x{i}": {"shape": list(shape), "dtype": self.dtype} for i, shape in enumerate(self.shapes)},
            "layers": [dict(layer) for layer in self.layers],
        }
        if self.outputs:
            document["outputs"] = list(self.outputs)
        object.__setattr__(self, "document", document)

    @property
    def graph(self) -> Graph:
        """The elaborated graph, as no backend has touched it."""
        return modelspec.elaborate(modelspec.load(self.document))

    def inputs(self) -> dict[str, NDArray[Any]]:
        """Return a batch: bytes, or float32 numbers with some of the special values among them."""
        random = generator(f"{self.id}/inputs")
        shapes = [tuple(self.sizes[size] if isinstance(size, str) else size for size in shape) for shape in self.shapes]
        arrays = [_values(random, (self.batch, *shape), self.dtype, self.special) for shape in shapes]
        return {f"x{i}": array + np.asarray(self.shift, array.dtype) for i, array in enumerate(arrays)}

    def weights(self, graph: Graph) -> dict[str, NDArray[np.float32]]:
        """Return float32 weights: random ones, so that a swapped or dropped one shows."""
        if self.initial:
            return initialize(graph)
        return random_weights(graph, self.id)


def generator(name: str) -> np.random.Generator:
    """Return a random generator that follows from a name alone."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little"))


def random_weights(graph: Graph, name: str) -> dict[str, NDArray[np.float32]]:
    """Return weights in (-1, 1), and variances in (0.2, 2), that follow from ``name`` and their keys."""
    return {
        key: generator(f"{name}/{key}")
        .uniform(*((0.2, 2.0) if bound.weight.name == "moving_variance" else (-1.0, 1.0)), bound.weight.shape)
        .astype(np.float32)
        for key, bound in graph.weights.items()
    }


def _values(random: np.random.Generator, shape: tuple[int, ...], dtype: str, special: tuple[float, ...]) -> NDArray[Any]:
    if dtype == "uint8":
        return random.integers(0, 256, shape, dtype=np.uint8)
    values = random.normal(0, 2, shape)
    chosen = random.random(shape) < 0.25
    values[chosen] = random.choice(special, int(chosen.sum()))
    return values.astype(dtype)


def case(kind: str, name: str, *shapes: Shape, **fields: Any) -> Case:
    """Return a case of one layer; ``spec`` gives the case's own fields, everything else the layer's."""
    own = fields.pop("spec", {})
    inputs = {"inputs": [f"x{i}" for i in range(len(shapes))]} if len(shapes) > 1 else {}
    return Case(f"{kind}-{name}", ({"type": kind, "name": "layer", **inputs, **fields},), shapes, **own)


def chain(name: str, *layers: dict[str, Any], shapes: tuple[Shape, ...] = ((5, 6, 3),), **own: Any) -> Case:
    """Return a case of several layers, the first of which reads ``x0``."""
    first = {"inputs": "x0", **layers[0]}
    return Case(f"Chain-{name}", (first, *layers[1:]), shapes, **own)
