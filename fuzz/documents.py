"""Documents made out of the JSON Schema: a layer that the catalogue gains is drawn without a change here.

A layer that does not fit what stands before it is mostly left out again, so that most documents are models.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import modelspec
from modelspec.diagnostics import SpecError
from modelspec.schema import json_schema

Json = Any
Schema = dict[str, Any]
_Item = TypeVar("_Item")

MOST_STEPS = 6
TRIES = 6
"""How many layers are drawn for a place until one fits."""
_DEEP = 6
_NUMBERS = (0.5, 0.0, 1.0, -1.0, 2.0, 1e-3, 0.25, -0.5, 3.7, 1e-7, 100.0)
_BESIDE = ("name", "inputs", "description", "lint")
"""What a step has beside the fields of its layer."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Where a document's decisions come from: ``between`` returns an integer of a range, its ends included.

    The least is taken to mean the least: a source that runs dry gives that, and the document ends.
    """

    between: Callable[[int, int], int]

    def of(self, items: Sequence[_Item]) -> _Item:
        """Return one of several."""
        return items[self.between(0, len(items) - 1)]

    def once_in(self, times: int) -> bool:
        """Return true about once in so many times."""
        return self.between(0, times - 1) == times - 1


@cache
def _definitions() -> dict[str, Schema]:
    definitions: dict[str, Schema] = json_schema()["definitions"]
    return definitions


def document(choices: Choices) -> Json:
    """Return a document of a few layers, some of them in blocks, repetitions and conditions."""
    made: Json = {"format_version": 1, "name": "net", "inputs": _inputs(choices), "layers": []}
    if choices.once_in(4):
        made["data_format"] = "channels_first"
    for number in range(choices.between(1, MOST_STEPS)):
        for _ in range(TRIES):
            step = _step(choices, number, [*made["inputs"], *_names(made)])
            grown = {**made, "layers": [*made["layers"], step]}
            if fits(grown) or choices.once_in(60):
                made = grown
                break
    for number in range(choices.between(0, 3)):
        wrapped = _wrapped(choices, made, number)
        if fits(wrapped) or choices.once_in(20):
            made = wrapped
    made = _of_use(made)
    if (names := _names(made)) and choices.once_in(4):
        several = made | {"outputs": [choices.of(names), names[-1]]}
        made = several if fits(several) else made | {"outputs": {"out": names[-1]}}
    return made


def _inputs(choices: Choices) -> Json:
    shape = [_size(choices, axis) for axis in range(choices.between(1, 4))]
    inputs = {"x": {"shape": shape, "dtype": _dtype(choices)}}
    if choices.once_in(3):
        inputs["y"] = copy.deepcopy(inputs["x"]) if choices.once_in(2) else {"shape": [_size(choices, 0), 3]}
    return inputs


def _names(made: Json) -> list[str]:
    return [it["name"] for it in made["layers"] if "name" in it]


def _of_use(made: Json) -> Json:
    """Return a document without the second input, where no layer names it."""
    inputs = {name: it for name, it in made["inputs"].items() if name == "x" or any("y" in _read(it) for it in made["layers"])}
    return {**made, "inputs": inputs}


def _read(step: Json) -> Sequence[str]:
    inner = [name for key in ("layers", "then") for it in step.get(key, ()) for name in _read(it)]
    return [*step.get("inputs", ()), *inner]


def fits(made: Json) -> bool:
    """Return whether a document is a model."""
    try:
        modelspec.elaborate(_of_use(made))
    except SpecError:
        return False
    return True


def _size(choices: Choices, axis: int) -> int | str:
    return f"size{axis}" if choices.once_in(8) else choices.between(1, 9)


def _dtype(choices: Choices) -> str:
    kinds: list[str] = _enum(_definitions()["Input"]["properties"]["dtype"])
    return choices.of(kinds) if choices.once_in(4) else kinds[0]


def _enum(schema: Schema) -> list[Any]:
    return next(option["enum"] for option in [schema, *schema.get("anyOf", [])] if "enum" in option)


def _step(choices: Choices, number: int, names: list[str]) -> Json:
    step = layer(choices, choices.of(_enum(_definitions()["LayerStep"]["properties"]["type"])))
    if not choices.once_in(4):
        step["name"] = f"layer_{number}"
    if (number == 0 and len(names) > 1) or choices.once_in(4):
        step["inputs"] = [choices.of(names) for _ in range(choices.between(1, 3))]
    return step


def layer(choices: Choices, kind: str, depth: int = 0) -> Json:
    """Return a layer of a type, without what stands beside its fields."""
    schema = _definitions()[f"layer.{kind}"]
    return {"type": kind, **_members(choices, schema, depth, (*_BESIDE, "type"))}


def _members(choices: Choices, schema: Schema, depth: int, without: Sequence[str]) -> Json:
    required = schema.get("required", ())
    return {
        key: value(choices, field, depth + 1)
        for key, field in schema.get("properties", {}).items()
        if key not in without and (key in required or choices.once_in(6))
    }


def value(choices: Choices, schema: Any, depth: int = 0) -> Json:
    """Return a value that a schema allows, or would but for a number that is too large; an expression too."""
    if not isinstance(schema, dict):
        return None
    if "$ref" in schema:
        return value(choices, _definitions()[schema["$ref"].removeprefix("#/definitions/")], depth)
    if "anyOf" in schema:
        options = [it for it in schema["anyOf"] if not _is_expression(it)]
        made = value(choices, choices.of(options[:1] if depth > _DEEP else options), depth)
        written = len(options) < len(schema["anyOf"]) and choices.once_in(16)
        return f"${{{json.dumps(made)}}}" if written and isinstance(made, int | float) else made
    for key in ("const", "enum"):
        if key in schema:
            return schema[key] if key == "const" else choices.of(schema[key])
    match schema.get("type"):
        case "integer":
            return _integer(choices, schema)
        case "number":
            return _number(choices, schema)
        case "boolean":
            return choices.once_in(2)
        case "array":
            return _array(choices, schema, depth)
        case "object" if "allOf" in schema:
            return layer(choices, choices.of(_enum(schema["properties"]["type"])), depth)
        case "object":
            return _members(choices, schema, depth, ())
        case "string":
            return "x"
        case _:
            return None


def _is_expression(schema: Schema) -> bool:
    return schema.get("$ref") == "#/definitions/expression"


def _integer(choices: Choices, schema: Schema) -> int:
    least, most = schema.get("minimum", -3), schema.get("maximum", 2**31)
    if choices.once_in(64):
        return choices.of([least - 1, most, 64, 1000])
    return min(most, least + choices.between(0, 5))


def _number(choices: Choices, schema: Schema) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", float("-inf")))
    high = schema.get("maximum", schema.get("exclusiveMaximum", float("inf")))
    return choices.of([it for it in _NUMBERS if low <= it <= high])


def _array(choices: Choices, schema: Schema, depth: int) -> Json:
    items = schema.get("items", {})
    if isinstance(items, list):
        return [value(choices, it, depth + 1) for it in items]
    least = schema.get("minItems", 0)
    return [value(choices, items, depth + 1) for _ in range(choices.between(least, min(schema.get("maxItems", 9), least + 4)))]


def _wrapped(choices: Choices, made: Json, number: int) -> Json:
    """Return a document some steps of which are made by a block, a repetition or a condition."""
    made = copy.deepcopy(made)
    steps = made["layers"]
    if not steps:
        return made
    start = choices.between(0, len(steps) - 1)
    end = choices.between(start + 1, len(steps))
    inner = steps[start:end]
    match choices.between(0, 2):
        case 0:
            block: Json = {"layers": inner}
            call: Json = {"block": f"block_{number}", "name": f"call_{number}"}
            if (parameter := _parametrized(choices, inner, "n")) is not None:
                block["parameters"] = {"n": {"type": "integer", "default": parameter}}
                call |= {"with": {"n": parameter + 1}} if choices.once_in(3) else {}
            made.setdefault("blocks", {})[f"block_{number}"] = block
            steps[start:end] = [call] * choices.of((1, 1, 2)) if choices.once_in(2) else [call]
        case 1:
            first = _parametrized(choices, inner, "i")
            values: Json = {"range": choices.between(1, 3)} if first is None else [first] * choices.between(1, 3)
            steps[start:end] = [{"for": "i", "in": values, "index": "k", "layers": inner, "name": f"loop_{number}"}]
        case _:
            steps[start:end] = [{"if": "${x.rank > 0}", "then": inner, "else": [{"type": "Identity"}]}]
    return made


def _parametrized(choices: Choices, steps: Json, name: str) -> int | None:
    """Put an expression in the place of an integer among the fields of steps, and return that integer."""
    there = [
        (step, key)
        for step in steps
        for key, it in step.items()
        if key not in _BESIDE and isinstance(it, int) and it is not True
    ]
    if not there or choices.once_in(4):
        return None
    step, key = choices.of(there)
    number = int(step[key])
    step[key] = f"${{{name}}}"
    return number
