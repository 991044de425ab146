"""The JSON Schema accepts what the compiler accepts, and names the field that is wrong."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest
from gates import document

import modelspec
from modelspec import library
from modelspec.schema import json_schema


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize("name", library.names())
def test_shipped_specs_are_valid(validator: jsonschema.Draft7Validator, name: str) -> None:
    assert list(validator.iter_errors(document(name))) == []


SPEC: dict[str, Any] = {
    "format_version": 1,
    "name": "net",
    "parameters": {"n": {"type": "integer", "default": 4}},
    "inputs": {"x": {"shape": ["height", 9, 3]}},
    "layers": [
        {"type": "Conv2D", "filters": "${n}", "kernel_size": ["${n - 1}", 3], "activation": {"type": "elu", "alpha": 0.5}}
    ],
}

CHANGES: list[tuple[tuple[str | int, ...], Any]] = [
    (("layers", 0, "filters"), 2.5),
    (("layers", 0, "kernel_size"), "three"),
    (("layers", 0, "padding"), "smae"),
    (("layers", 0, "activation"), "rleu"),
    (("layers", 0, "kernel_initializer"), "he_norml"),
    (("layers", 0, "kernal_size"), 3),
    (("layers", 0, "type"), "Conv4D"),
    (("layers", 0, "name"), 7),
    (("layers", 0), {"block": "b", "width": {}}),
    (("layers", 0), {"for": "i", "in": 3, "layers": []}),
    (("layers", 0), {"if": 1, "then": []}),
    (("layers", 0), {}),
    (("layers", 0), "Conv2D"),
    (("inputs", "x", "shape"), [0]),
    (("inputs", "x", "dtype"), "float31"),
    (("parameters", "n", "type"), "int"),
    (("parameters", "n", "default"), "four"),
    (("format_version",), 2),
    (("nam",), "net"),
]


def test_the_spec_to_be_changed_is_valid(validator: jsonschema.Draft7Validator) -> None:
    assert list(validator.iter_errors(SPEC)) == []
    modelspec.elaborate(SPEC)


@pytest.mark.parametrize(("path", "value"), CHANGES, ids=lambda it: "/".join(map(str, it)) if isinstance(it, tuple) else None)
def test_schema_and_compiler_refuse_the_same(
    validator: jsonschema.Draft7Validator, path: tuple[str | int, ...], value: Any
) -> None:
    spec = copy.deepcopy(SPEC)
    target: Any = spec
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    errors = list(validator.iter_errors(spec))
    assert errors
    deepest = tuple(max(errors, key=lambda error: len(error.absolute_path)).absolute_path)
    assert deepest[: len(path)] == path or deepest == path[:-1], "the message is at the field, or at the object that has it"
    with pytest.raises(modelspec.SpecError):
        modelspec.load(spec)


def test_every_layer_field_is_documented() -> None:
    for name, definition in json_schema()["definitions"].items():
        if name.startswith("layer."):
            undocumented = [
                key for key, value in definition["properties"].items() if key != "type" and "description" not in value
            ]
            assert not undocumented, name
            assert definition["description"]
