"""Values for the fields of a layer, out of the JSON Schema of its class and a few tables of what fits where.

A field that no table names gets a value that its schema allows; whether the layer then takes its inputs is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import prod
from typing import Any

from modelspec.fuzz.choices import Choices
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer
from modelspec.tensors import DataFormat, TensorType

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Site:
    """Where a layer is to stand: what it reads, and the data format of the spec."""

    inputs: tuple[TensorType, ...]
    data_format: DataFormat

    @property
    def rank(self) -> int:
        """The number of axes of the first input, batch included."""
        return self.inputs[0].rank

    @property
    def channels(self) -> int:
        """The size along the axis of the channels; 1 where it is unknown."""
        shape = self.inputs[0].shape
        size = shape[0 if self.data_format == "channels_first" else -1]
        return size if isinstance(size, int) else 1


SMALL = (1, 2, 3, 2, 3, 1, 4, 5)
"""Integers for sizes, strides and counts."""
NUMBERS = (0.5, 1.0, 0.25, 2.0, 0.1, 0.0, -0.5, -1.0, 0.75, 3.0, 1e-3)
"""Numbers for everything else."""
OFTEN: Mapping[str, int] = {
    "_initializer": 2,
    "_regularizer": 2,
    "_constraint": 2,
    "seed": 1,
    "trainable": 3,
    "synchronized": 2,
    "antialias": 1,
    "mask_zero": 1,
    "unroll": 15,
    "recurrent_activation": 20,
}
"""How often, in percent, an optional field is given, by what its name ends with: what makes no difference in inference, and
what is mostly refused."""
USUALLY = 35
"""How often any other is."""
DEPTH = 2
"""How many layers stand in one another."""


def _axis(site: Site, choices: Choices) -> int:
    last = site.rank - 1
    return choices.pick([-1, *range(1, last + 1), *range(-last, -1)])


def _target_shape(site: Site, choices: Choices) -> list[int]:
    """Return a shape of as many elements, at times with one size left open."""
    elements, shape = site.inputs[0].elements, list[int]()
    for _ in range(choices.integer(0, 3)):
        divisors = [size for size in range(1, elements + 1) if elements % size == 0]
        shape.append(choices.pick(divisors))
        elements //= shape[-1]
    shape.append(elements)
    if choices.chance(40) or any(not isinstance(size, int) for size in site.inputs[0].shape):
        shape[choices.integer(0, len(shape) - 1)] = -1
    return shape


def _noise_shape(site: Site, choices: Choices) -> list[int | None]:
    shape = site.inputs[0].shape
    return [None, *(choices.pick([None, 1, size if isinstance(size, int) else None]) for size in shape)]


def _groups(site: Site, choices: Choices) -> int:
    return choices.pick([size for size in range(1, site.channels + 1) if site.channels % size == 0])


KNOWN: Mapping[str, Callable[[Site, Choices], Any]] = {
    "dims": lambda site, choices: choices.shuffled(range(1, site.rank)),
    "epsilon": lambda _, choices: choices.pick([1e-3, 1e-5, 0.1, 1e-7, 1.0]),
    "filters": lambda site, choices: choices.pick([*SMALL, 6, 8, site.channels]),
    "groups": _groups,
    "input_dim": lambda _, choices: choices.integer(4, 12),
    "noise_shape": _noise_shape,
    "target_shape": _target_shape,
}
"""What fields hold that must fit what the layer reads, or that would seldom be told apart, by name."""
INTEGERS: Mapping[str, Callable[[Site, Choices], int]] = {
    "axis": _axis,
    "axes": _axis,
    "attention_axes": _axis,
    "shared_axes": lambda site, choices: choices.integer(1, site.rank - 1),
    "cropping": lambda _, choices: choices.pick([0, 1, 0, 2]),
    "padding": lambda _, choices: choices.pick([1, 0, 2, 3]),
    "output_padding": lambda _, choices: choices.pick([0, 1, 2]),
    "height": lambda _, choices: choices.integer(1, 9),
    "width": lambda _, choices: choices.integer(1, 9),
}
"""The integers of a field, or of the lists in it, by name."""
LEAST: Mapping[str, float] = {"variance": 1e-3, "groups": -1}
"""The least number of a field whose schema allows what makes no sense."""
INSIDE: Mapping[str, Callable[[Site], Site]] = {
    "TimeDistributed": lambda site: replace(
        site, inputs=tuple(TensorType(it.shape[1:] or (1,), it.dtype) for it in site.inputs)
    ),
}
"""What the layer inside another reads, where that is not what the other reads."""


@cache
def schema_of(layer: type[Layer]) -> Schema:
    """Return the JSON Schema of a layer."""
    return layer.model_json_schema()


def fields_of(layer: type[Layer], site: Site, choices: Choices, depth: int = DEPTH) -> dict[str, Any]:
    """Return fields of a layer as a document has them."""
    schema = schema_of(layer)
    inside = INSIDE[layer.__name__](site) if layer.__name__ in INSIDE else site
    return _Fields(schema.get("$defs", {}), site, inside, choices, depth).object(schema)


@dataclass(frozen=True)
class _Fields:
    defs: Mapping[str, Schema]
    site: Site
    inside: Site
    """Where the layers of fields stand."""
    choices: Choices
    depth: int

    def object(self, schema: Schema) -> dict[str, Any]:
        """Return an object with what is required and some of the rest, without its type where that has a default."""
        required: Sequence[str] = schema.get("required", ())
        return {
            name: self.value(name, field)
            for name, field in schema["properties"].items()
            if name != "type" and (name in required or self.choices.chance(_often(name)))
        }

    def value(self, name: str, schema: Schema) -> Any:
        """Return a value of a field."""
        if _holds_arrays(schema):
            return self.array(LEAST.get(name, -1.0))
        if name in KNOWN and schema.get("type") != "boolean" and self.choices.chance(85):
            return KNOWN[name](self.site, self.choices)
        return self.of(name, schema)

    def of(self, name: str, schema: Schema) -> Any:
        """Return a value that a schema allows."""
        choices = self.choices
        if "$ref" in schema:
            schema = self.defs[schema["$ref"].rpartition("/")[2]]
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return choices.pick(schema["enum"])
        if branches := schema.get("anyOf") or schema.get("oneOf"):
            return self.of(name, choices.pick(branches))
        match schema.get("type"):
            case "integer":
                made = INTEGERS[name](self.site, choices) if name in INTEGERS else choices.pick(SMALL)
                return max(made, schema.get("minimum", made))
            case "number":
                return choices.pick([number for number in NUMBERS if _allows(schema, number)])
            case "boolean":
                return choices.pick([False, True])
            case "array":
                least = schema.get("minItems", 1)
                length = choices.integer(least, schema.get("maxItems", max(least, self.site.rank - 1)))
                return [self.of(name, schema["items"]) for _ in range(length)]
            case "object":
                return self.tagged(schema)
            case _:
                return None

    def tagged(self, schema: Schema) -> dict[str, Any]:
        """Return an object with its type: a layer, or what has a schema of its own."""
        kind = schema["properties"]["type"]
        if "enum" not in kind:
            return {"type": kind.get("const", kind.get("default")), **self.object(schema)}
        names = [name for name in kind["enum"] if self.depth > 1 or not _holds_layers(name)]
        name = self.choices.pick(names)
        return {"type": name, **fields_of(LAYERS[name], self.inside, self.choices, self.depth - 1)}

    def array(self, least: float) -> Any:
        """Return a number, or lists of numbers that broadcast to the first input."""
        shape = self.site.inputs[0].shape
        axes = self.choices.pick([0, 0, 1, 1, min(2, len(shape)), len(shape)])
        sizes = [self.choices.pick([size, size, 1]) if isinstance(size, int) else 1 for size in shape[len(shape) - axes :]]
        numbers = [max(least, self.choices.pick(NUMBERS)) for _ in range(prod(sizes) if sizes else 1)]
        return _nested(numbers, sizes)


def _nested(numbers: list[float], sizes: list[int]) -> Any:
    if not sizes:
        return numbers[0]
    step = len(numbers) // sizes[0]
    return [_nested(numbers[at * step : (at + 1) * step], sizes[1:]) for at in range(sizes[0])]


def _often(name: str) -> int:
    return next((percent for end, percent in OFTEN.items() if name.endswith(end)), USUALLY)


def _holds_arrays(schema: Schema) -> bool:
    """Return whether a schema is that of a number or an array of any rank."""
    branches: Sequence[Schema] = schema.get("anyOf", ())
    return any(it.get("type") == "number" for it in branches) and any(it.get("type") == "array" for it in branches)


def _holds_layers(name: str) -> bool:
    return "layer" in schema_of(LAYERS[name])["properties"]


def _allows(schema: Schema, number: float) -> bool:
    """Return whether a schema allows a number."""
    least, most = schema.get("minimum", schema.get("ge", number)), schema.get("maximum", schema.get("le", number))
    above, below = schema.get("exclusiveMinimum", schema.get("gt")), schema.get("exclusiveMaximum", schema.get("lt"))
    return least <= number <= most and (above is None or number > above) and (below is None or number < below)
