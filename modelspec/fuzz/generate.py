"""Random specs that are valid: layers are drawn, tried on tensors that are there or on new inputs, and kept where they fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from modelspec.fuzz.choices import Choices
from modelspec.fuzz.fields import Site, fields_of
from modelspec.fuzz.structure import structured, tidy
from modelspec.graph import Applied
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer, LayerError
from modelspec.tensors import FLOATS, DataFormat, DType, Shape, Symbol, TensorType

MAX_LAYERS = 8
"""How many layers a spec has at most, unless told otherwise."""
MAX_INPUTS = 4
MAX_ELEMENTS = 2_000
"""How many numbers a layer makes, holds and has as weights at most, for one example."""
ATTEMPTS = 40
"""How often fields are drawn for one layer."""
OTHERS = 5
"""How many types of layers are tried on what is there, where the network is to grow in depth."""
MOST: Mapping[int, int] = {1: 12, 2: 9, 3: 8, 4: 5}
"""The largest size along an axis, by the number of axes."""
INTEGERS: Sequence[DType] = ("int32", "int64", "uint8")
READS_INDICES = ("Embedding",)
"""The layers whose input is rows of a table: an integer input, for what other layers make may be beyond the table."""
MASKS: Mapping[str, tuple[bool, bool]] = {
    "attention_mask": (True, True),
    "query_mask": (True, False),
    "value_mask": (False, True),
}
"""The fields that announce a mask as a further input, and whether it has the axes of the query and of the value."""


@dataclass(frozen=True)
class Tried:
    """A layer that fits: its fields, what it reads, the inputs that it needs, and what it makes."""

    kind: str
    fields: Mapping[str, Any]
    reads: Mapping[int, tuple[str, TensorType]]
    new: Mapping[str, TensorType]
    output: TensorType


def generate(choices: Choices, layers: int = MAX_LAYERS) -> dict[str, Any]:
    """Return a document: a valid spec of 1 to ``layers`` layers before its blocks are called and its loops run."""
    drawing = _Drawing(choices)
    wanted = choices.integer(1, layers)
    for _ in range(wanted):
        drawing.grow()
    while not drawing.steps:
        drawing.grow()
    drawing.finish()
    return tidy(structured(drawing.document(), choices), choices)


class _Drawing:
    """A network that grows by a layer at a time."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.data_format: DataFormat = choices.pick(("channels_last", "channels_last", "channels_first"))
        self.inputs: dict[str, TensorType] = {}
        self.steps: list[dict[str, Any]] = []
        self.made: dict[str, TensorType] = {}
        self.has_unknown = choices.chance(20)
        """Whether sizes may be known only at run time."""

    def grow(self) -> None:
        """Add a layer, if one that is drawn fits: one of several types on what is there, or one type on whatever it takes."""
        names = [*LAYERS]
        kinds = [self.choices.pick(names) for _ in range(OTHERS)] if self.made and self.choices.chance(60) else []
        for kind in kinds:
            if tried := self._tried(kind, ATTEMPTS // OTHERS, new=0):
                return self._keep(tried)
        if tried := self._tried(self.choices.pick(names), ATTEMPTS, new=70 if self.made else 100):
            return self._keep(tried)
        return None

    def _keep(self, tried: Tried) -> None:
        self.inputs |= tried.new
        name = f"n{len(self.steps) + 1}"
        reads = [name for name, _ in tried.reads.values()]
        self.steps.append({"type": tried.kind, "name": name, "inputs": reads, **tried.fields})
        self.made[name] = tried.output

    def _tried(self, kind: str, attempts: int, new: int) -> Tried | None:
        """Return a layer of a type that fits; ``new`` is how often, in percent, it is tried on new inputs."""
        layer = LAYERS[kind]
        for _ in range(attempts):
            fresh: dict[str, TensorType] = {}
            first = self._first(kind, layer, new, fresh)
            if first is None:
                return None
            reads = [first, *(self._partner(first, fresh, bool(new)) for _ in range(self._more(layer)))]
            site = Site(tuple(value for _, value in reads), self.data_format)
            fields = fields_of(layer, site, self.choices)
            if _looks_up(fields) and first[0] in self.made:
                continue
            reads += self._masks(fields, reads, fresh)
            output = fitted(layer, fields, [value for _, value in reads], self.data_format)
            if output is not None and len(self.inputs) + len(fresh) <= MAX_INPUTS:
                return Tried(kind, fields, dict(enumerate(reads)), fresh, output)
        return None

    def _more(self, layer: type[Layer]) -> int:
        """Return how many inputs a layer reads beside the first."""
        least, most = layer.arity
        return self.choices.integer(least - 1, min(least + 1, most or least + 1) - 1)

    def _first(self, kind: str, layer: type[Layer], new: int, fresh: dict[str, TensorType]) -> tuple[str, TensorType] | None:
        there = [*self.inputs.items(), *self.made.items()]
        if kind in READS_INDICES:
            there = [(name, value) for name, value in self.inputs.items() if value.dtype in INTEGERS]
        if not there or self.choices.chance(new):
            return self._new(self._type(kind, layer), fresh) if new else None
        return there[-1] if self.choices.chance(60) else self.choices.pick(there)

    def _new(self, value: TensorType, fresh: dict[str, TensorType]) -> tuple[str, TensorType]:
        name = f"x{len(self.inputs) + len(fresh) + 1}"
        fresh[name] = value
        return name, value

    def _type(self, kind: str, layer: type[Layer]) -> TensorType:
        spatial = getattr(layer, "spatial_rank", None)
        rank = spatial + 1 if isinstance(spatial, int) else self.choices.pick([2, 1, 3, 3, 2, 4])
        integers = 100 if kind in READS_INDICES else 6
        dtype: DType = self.choices.pick(INTEGERS) if self.choices.chance(integers) else "float32"
        if dtype == "float32" and self.choices.chance(5):
            dtype = "float64"
        return TensorType(self._shape(rank), dtype)

    def _shape(self, rank: int) -> Shape:
        most = MOST[rank]
        shape: list[Any] = [self.choices.integer(1, most) for _ in range(rank)]
        if self.has_unknown and self.choices.chance(60):
            places = range(1, rank) if self.data_format == "channels_first" else range(rank - 1)
            for at in places or range(rank):
                if self.choices.chance(60):
                    shape[at] = Symbol(self.choices.pick(("height", "width", "depth")))
        return tuple(shape)

    def _partner(self, first: tuple[str, TensorType], fresh: dict[str, TensorType], new: bool) -> tuple[str, TensorType]:
        """Return what a layer reads beside the first input: a tensor of the same shape, any other, or a new input like it."""
        alike = [it for it in (*self.inputs.items(), *self.made.items()) if it[1] == first[1]]
        if new and self.choices.chance(50):
            shape = tuple(1 if self.choices.chance(15) else size for size in first[1].shape)
            if len(shape) > 1 and self.choices.chance(15):
                at = self.choices.integer(0, len(shape) - 1)
                shape = (*shape[:at], self.choices.integer(1, 6), *shape[at + 1 :])
            if len(shape) > 1 and self.choices.chance(10):
                shape = shape[1:]
            return self._new(TensorType(shape, first[1].dtype), fresh)
        if self.choices.chance(20) and self.made:
            return self.choices.pick([*self.made.items()])
        return self.choices.pick([*alike, first])

    def _masks(
        self, fields: Mapping[str, Any], reads: list[tuple[str, TensorType]], fresh: dict[str, TensorType]
    ) -> list[tuple[str, TensorType]]:
        query, value = reads[0][1].shape[:-1], reads[-1][1].shape[:-1]
        shapes = [
            (query if of_query else ()) + (value if of_value else ())
            for field, (of_query, of_value) in MASKS.items()
            if fields.get(field) is True
        ]
        return [self._new(TensorType(shape or (1,), "bool"), fresh) for shape in shapes]

    def finish(self) -> None:
        """Make a floating-point number of what would be an output and is none, which no spec hands out."""
        read = {name for step in self.steps for name in step["inputs"]}
        for name, value in [*self.made.items()]:
            if name not in read and value.dtype not in FLOATS:
                self._keep(Tried("Rescaling", {"scale": 0.5}, {0: (name, value)}, {}, value.as_floats))

    def document(self) -> dict[str, Any]:
        """Return the spec: its outputs are what nothing reads, and at times what is read, too."""
        read = {name for step in self.steps for name in step["inputs"]}
        outputs = [
            name for name, value in self.made.items() if name not in read or (value.dtype in FLOATS and self.choices.chance(10))
        ]
        return {
            "format_version": 1,
            "name": "fuzz",
            "data_format": self.data_format,
            "inputs": {name: written(value) for name, value in self.inputs.items()},
            "layers": self.steps,
            "outputs": {f"y{number}": name for number, name in enumerate(outputs, 1)},
        }


def written(value: TensorType) -> dict[str, Any]:
    """Return an input as a document has it."""
    return {"shape": [size.name if isinstance(size, Symbol) else size for size in value.shape], "dtype": value.dtype}


def _looks_up(fields: Mapping[str, Any]) -> bool:
    """Return whether a layer inside reads indices, which what other layers make may be beyond."""
    inner: Any = fields.get("layer")
    return inner is not None and (inner["type"] in READS_INDICES or _looks_up(inner))


def fitted(
    layer: type[Layer], fields: Mapping[str, Any], types: Sequence[TensorType], default: DataFormat
) -> TensorType | None:
    """Return what a layer with these fields makes, or None where it does not take them or becomes too large."""
    least, most = layer.arity
    if len(types) < least or (most is not None and len(types) > most):
        return None
    try:
        applied = Applied.of(layer.model_validate(dict(fields)).with_default_format(default), tuple(types))
    except (ValidationError, LayerError):
        return None
    size = max(applied.output.elements, applied.parameters, applied.inner_elements)
    return applied.output if size <= MAX_ELEMENTS else None
