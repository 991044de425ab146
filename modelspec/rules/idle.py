"""Layers that change nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from modelspec.findings import has_expression
from modelspec.graph import Node
from modelspec.rules.subject import Model, Remark, type_of, value_of

DROPOUTS = (
    "AlphaDropout", "Dropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "StochasticDepth",
)  # fmt: skip
"""The layers that drop a share, their ``rate``, of something in training."""


def numbers(value: Any) -> Iterator[float]:
    """Yield the numbers of a field that holds one, or lists of them however nested."""
    if isinstance(value, tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from numbers(item)
    elif isinstance(value, int | float):
        yield value


def in_every_call(model: Model, nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield one layer for each step all of whose layers, those of every call and repetition, are among some nodes."""
    found: dict[Any, list[Node]] = {}
    for node in nodes:
        found.setdefault(node.origin.path, []).append(node)
    if found:
        made = Counter(node.origin.path for node in model.graph.nodes)
        yield from (same[0] for path, same in found.items() if len(same) == made[path])


def _all(name: str, wanted: float) -> Callable[[Node], bool]:
    """Return whether all numbers of a field are one number, as a question to a node."""
    return lambda node: all(number == wanted for number in numbers(value_of(node, name)))


def _per_axis(kind: str) -> tuple[str, ...]:
    return tuple(f"{kind}{rank}D" for rank in (1, 2, 3))


def _scales_by_1(node: Node) -> bool:
    floats = node.input_types[0] == node.output  # integers become floating-point numbers, which is something
    return floats and _all("scale", 1)(node) and _all("offset", 0)(node)


def _pools_1(node: Node) -> bool:
    return _all("pool_size", 1)(node) and _all("strides", 1)(node)


def _joins_one(node: Node) -> bool:
    return len({*node.inputs}) == 1


_IDLE: Mapping[str, tuple[str, Callable[[Node], bool]]] = {
    "Activation": ("activation", lambda node: type_of(value_of(node, "activation")) == "linear"),
    "ActivityRegularization": ("", lambda node: _all("l1", 0)(node) and _all("l2", 0)(node)),
    "Average": ("inputs", _joins_one),
    "Flatten": ("", lambda node: len(node.input_types[0].shape) == 1),
    "GaussianNoise": ("stddev", _all("stddev", 0)),
    "Maximum": ("inputs", _joins_one),
    "Minimum": ("inputs", _joins_one),
    "Permute": ("dims", lambda node: [*numbers(value_of(node, "dims"))] == sorted(numbers(value_of(node, "dims")))),
    "Rescaling": ("scale", _scales_by_1),
    "Reshape": ("target_shape", lambda node: node.input_types[0] == node.output),
    "ScaledAdd": ("scale", _all("scale", 0)),
    **{name: ("rate", _all("rate", 0)) for name in DROPOUTS},
    **{name: ("padding", _all("padding", 0)) for name in _per_axis("ZeroPadding")},
    **{name: ("cropping", _all("cropping", 0)) for name in _per_axis("Cropping")},
    **{name: ("size", _all("size", 1)) for name in _per_axis("UpSampling")},
    **{name: ("pool_size", _pools_1) for kind in ("MaxPooling", "AveragePooling") for name in _per_axis(kind)},
}
"""By layer: the field that a remark stands at, and whether a layer of this type hands on its input as it is."""


def changes_nothing(model: Model) -> Iterator[Remark]:
    """A layer that hands on its input says something that its author did not mean, or is left over.

    One with an expression may do nothing for some parameters only, one in a block for some calls only; a linear activation
    with a name gives its input that name.
    """
    idle = [node for node in model.of(_IDLE) if _IDLE[node.layer.kind][1](node) and not _is_meant(model, node)]
    for node in in_every_call(model, idle):
        kind = node.layer.kind
        yield model.remark(node, f"{kind} changes nothing here", "remove it, or give it something to do", _IDLE[kind][0])


def _is_meant(model: Model, node: Node) -> bool:
    step = model.spec.source.at(node.origin.path)
    if not isinstance(step, dict):
        return False
    return has_expression(step) or ("name" in step and node.layer.kind == "Activation")
