"""Inputs and weights that tell things apart: nothing in them is 0, 1 or alike by accident."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modelspec.diagnostics import SpecError
from modelspec.graph import Graph, Node
from modelspec.layers.base import Layer, Weight
from modelspec.layers.initializers import Constant
from modelspec.layers.recurrent import LSTM
from modelspec.model import check_sizes
from modelspec.tensors import Symbol, TensorType
from modelspec.weights import Array, Arrays, initialize

MAX_BYTES = 2**30
"""What the values of all layers may take in float64, for all examples of a probe together."""
EXAMPLES = 8
"""How many examples a graph is trained on at most; a normalization of few leaves little but their signs."""
MAX_SIZE = 512
"""The largest size that is tried for a dimension whose size is free."""
MAX_ROWS = 2**20
"""What whole numbers stay below, where no table of fewer rows is read with them."""


@dataclass(frozen=True)
class Probe:
    """A batch for every input, and what each example of it is."""

    name: str
    examples: tuple[str, ...]
    inputs: Mapping[str, Array]


@dataclass(frozen=True)
class Lesson:
    """A batch to train on: arrays by the names of inputs, and what the outputs should be, by theirs."""

    inputs: Mapping[str, Array]
    targets: Mapping[str, Array]


def generator(seed: int, name: str) -> np.random.Generator:
    """Return a random generator that follows from a seed and a name alone."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "little"))


def revealing_weights(graph: Graph, seed: int) -> dict[str, Array]:
    """Return the initial weights of a graph, where those that would hide something are drawn at random: no bias is 0, no
    normalization does nothing, and nothing is made of two numbers, as an LSTM's bias is. Numbers of the spec stay."""
    arrays = initialize(graph, seed)
    for layer, bound in [(node.layer, bound) for node in graph.nodes for bound in node.weights]:
        key, weight = bound.key, bound.weight
        array, random = arrays[key], generator(seed, key)
        if _stands_in_the_spec(layer, weight) or not array.size:
            continue
        if "variance" in weight.name:
            arrays[key] = random.uniform(0.5, 1.5, array.shape).astype(np.float32)
        elif weight.name == "count":  # which Keras holds as a whole number
            arrays[key] = random.integers(1, 1000, array.shape).astype(np.float32)
        elif np.all((array == array.min()) | (array == array.max())):
            arrays[key] = (array + random.uniform(-0.5, 0.5, array.shape)).astype(np.float32)
    return arrays


def _stands_in_the_spec(layer: Layer, weight: Weight) -> bool:
    """Return whether the numbers of a weight stand in the spec; the ones for an LSTM's forget gate do not."""
    cell = getattr(layer, "layer", layer)
    if isinstance(cell, LSTM) and weight.name.endswith("bias"):
        return isinstance(cell.bias_initializer, Constant)
    return isinstance(weight.initializer, Constant)


def probes(graph: Graph, seed: int) -> tuple[Probe, ...]:
    """Return the batches that a graph is compared on: all kinds of examples in one, a batch of one, and, where a size is free,
    odd and even sizes. How many examples there are follows from the memory that the graph takes."""
    kinds = [*KINDS][: _affordable(graph, len(KINDS))]
    first, *others = _sizes(graph)
    batches = [("all kinds", kinds, first), ("a batch of one", kinds[:1], first)]
    batches += [(written(sizes), kinds[:2], sizes) for sizes in others]
    return tuple(_probe(graph, seed, name, some, sizes) for name, some, sizes in batches)


def lesson(graph: Graph, seed: int) -> Lesson:
    """Return the batch that a graph is trained on: examples at random, none of whose values are alike but for those of
    integers, and targets at random."""
    sizes, count = _sizes(graph)[0], _affordable(graph, EXAMPLES)
    examples = [_probe(graph, seed, f"training {number}", ["uniform"], sizes).inputs for number in range(count)]
    targets = {
        name: generator(seed, f"{name}/target").normal(size=(count, *sized(kind, sizes)))
        for name, kind in graph.output_types.items()
    }
    return Lesson({name: np.concatenate([it[name] for it in examples]) for name in graph.inputs}, targets)


def _affordable(graph: Graph, wanted: int) -> int:
    """Return how many examples of those that are wanted fit in the memory that may be taken, 2 at least."""
    return max(2, min(wanted, MAX_BYTES // max(1, 2 * sum(node.output.bytes for node in graph.nodes))))


def written(sizes: Mapping[str, int]) -> str:
    """Return what sizes a batch has, as its name."""
    return ", ".join(f"{name}={size}" for name, size in sizes.items())


def _sizes(graph: Graph) -> list[dict[str, int]]:
    """Return what the free dimensions are in turn, the least that the layers take among them: nothing where none is free."""
    return free_sizes(graph.inputs, lambda sizes: _fits(graph, sizes))


def free_sizes(inputs: Mapping[str, TensorType], fits: Callable[[Mapping[str, int]], bool]) -> list[dict[str, int]]:
    """Return what the free dimensions of inputs are in turn, of the sizes that fit; the least is tried for all alike."""
    names = [dim.name for kind in inputs.values() for dim in kind.shape if isinstance(dim, Symbol)]
    if not names:
        return [{}]
    least = next((size for size in range(1, MAX_SIZE) if fits(dict.fromkeys(names, size))), MAX_SIZE)
    even = max(least + least % 2, 4)
    wanted = ((even + 8, even + 9), (even + 9, even + 8), (even + 2, even + 4), (even + 5, even + 3))
    tried = [{name: pair[at % 2] for at, name in enumerate(dict.fromkeys(names))} for pair in wanted]
    return [*(sizes for sizes in tried if fits(sizes)), dict.fromkeys(names, least)]


def _fits(graph: Graph, sizes: Mapping[str, int]) -> bool:
    arrays = {name: np.broadcast_to(np.int8(0), (1, *sized(kind, sizes))) for name, kind in graph.inputs.items()}
    try:
        check_sizes(graph, arrays)
    except SpecError:
        return False
    return True


def sized(kind: TensorType, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """Return the shape of an example of an input or an output, with sizes in the place of what is free."""
    return tuple(dim.at(sizes[dim.name]) if isinstance(dim, Symbol) else dim for dim in kind.shape)


def _probe(graph: Graph, seed: int, name: str, kinds: list[str], sizes: Mapping[str, int]) -> Probe:
    inputs: dict[str, Array] = {}
    for input_, kind in graph.inputs.items():
        readers = [node for node in graph.nodes if input_ in node.inputs]
        scales = [getattr(node.layer, "scale", 1.0) for node in readers if node.layer.kind == "Rescaling"]
        pixels = any(np.abs(scale).max() < 0.1 for scale in scales)
        rows = min([MAX_ROWS, *map(_rows, readers)])
        inputs[input_] = batch(kind, sized(kind, sizes), kinds, f"{input_}/{name}", seed, pixels=pixels, rows=rows)
    return Probe(name, tuple(kinds), inputs)


def batch(
    kind: TensorType,
    shape: tuple[int, ...],
    examples: Sequence[str],
    name: str,
    seed: int,
    *,
    pixels: bool,
    rows: int = MAX_ROWS,
) -> Array:
    """Return examples of an input: ``pixels`` are 0 to 255, and whole numbers are less than ``rows``."""
    return np.stack([_example(kind, shape, it, generator(seed, f"{name}/{it}"), pixels=pixels, rows=rows) for it in examples])


def _example(
    kind: TensorType, shape: tuple[int, ...], example: str, random: np.random.Generator, *, pixels: bool, rows: int
) -> Array:
    if kind.dtype == "bool":
        mask = random.random(shape) < 0.7
        if shape:
            mask[..., :1] = True  # what attends to nothing has no answer
        return mask
    values = KINDS[example](shape, random)
    if kind.dtype.startswith("float"):
        made = ((values + 3) * 42.5).clip(0, 255) if pixels else values
        return made.clip(-rows, rows - 1).astype(kind.dtype)
    most = min(256 if kind.dtype == "uint8" else 10, rows)
    return ((values + 3) / 6 * most).clip(0, most - 1).astype(kind.dtype)


def _rows(node: Node) -> int:
    """Return how many rows the table has that a layer, or the one inside it, looks its input up in."""
    return getattr(getattr(node.layer, "layer", node.layer), "input_dim", MAX_ROWS)


def _smooth(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Return a slope along each axis, of which no two are alike."""
    slopes = [np.linspace(-1, 1, size).reshape([-1 if axis == at else 1 for at in range(len(shape))]) * (1 + axis / 3)
              for axis, size in enumerate(shape)]  # fmt: skip
    return sum(slopes, np.zeros(shape)) + random.normal(0, 0.1, shape)


def _one_hot(shape: tuple[int, ...], _: np.random.Generator) -> Array:
    """Return zeros with one element set, in the second row and the third column where there are such."""
    values = np.zeros(shape)
    values[tuple(min(1 + axis, size - 1) for axis, size in enumerate(shape))] = 2.5
    return values


KINDS: Mapping[str, Callable[[tuple[int, ...], np.random.Generator], Array]] = {
    "random": lambda shape, random: random.normal(0, 1, shape),
    "smooth": _smooth,
    "extremes": lambda shape, random: random.choice(np.array([-3.0, 3.0]), shape),
    "a constant": lambda shape, _: np.full(shape, 0.625),
    "one element": _one_hot,
    "uniform": lambda shape, random: random.uniform(-3, 3, shape),
    "zeros": lambda shape, _: np.zeros(shape),
    "sparse": lambda shape, random: np.where(random.random(shape) < 0.1, random.normal(0, 2, shape), 0.0),
}
"""The kinds of examples, about 0 with values between -3 and 3 mostly; pixels are shifted to 0 to 255."""


def as_dtype(arrays: Arrays, dtype: str) -> dict[str, Array]:
    """Return arrays with those of floating-point numbers in another type; arrays hold bfloat16 as float32."""
    held = "float32" if dtype == "bfloat16" else dtype
    return {name: array.astype(held) if array.dtype.kind == "f" else array for name, array in arrays.items()}
