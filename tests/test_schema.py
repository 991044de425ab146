"""The JSON Schema accepts what the compiler accepts, and names the field that is wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cases import CASES
from gates import document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import modelspec
from modelspec import library
from modelspec.document import BlockFile, Spec
from modelspec.findings import find
from modelspec.layers import LAYERS
from modelspec.schema import json_schema

ROOT = Path(__file__).parent.parent


@cache
def made_validator() -> jsonschema.Draft7Validator:
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.fixture
def validator() -> jsonschema.Draft7Validator:
    return made_validator()


@pytest.mark.parametrize("name", library.names())
def test_shipped_specs_are_valid(validator: jsonschema.Draft7Validator, name: str) -> None:
    assert list(validator.iter_errors(document(name))) == []


def test_the_documents_of_conformance_cases_are_valid(validator: jsonschema.Draft7Validator) -> None:
    distinct = {str([(layer["type"], *sorted(layer)) for layer in case.document["layers"]]): case for case in CASES}
    layers = {layer["type"] for case in distinct.values() for layer in case.document["layers"]}
    assert layers == {*LAYERS}
    assert [case.id for case in distinct.values() if not validator.is_valid(case.document)] == []


SPEC: dict[str, Any] = {
    "format_version": 1,
    "name": "net",
    "parameters": {"n": {"type": "integer", "default": 4}},
    "inputs": {"x": {"shape": ["height", 9, 3]}},
    "layers": [
        {"type": "Conv2D", "filters": "${n}", "kernel_size": ["${n - 1}", 3], "activation": {"type": "elu", "alpha": 0.5}},
        {"type": "GlobalAveragePooling2D", "keepdims": True},
        {"type": "TimeDistributed", "layer": {"type": "Bidirectional", "layer": {"type": "LSTM", "units": "${n}"}}},
    ],
}

CHANGES: list[tuple[tuple[str | int, ...], Any]] = [
    (("layers", 0, "filters"), 2.5),
    (("layers", 0, "kernel_size"), "three"),
    (("layers", 0, "padding"), "smae"),
    (("layers", 0, "activation"), "rleu"),
    (("layers", 0, "kernel_initializer"), "he_norml"),
    (("layers", 0, "kernal_size"), 3),
    (("layers", 0, "kernel_regularizer"), {"type": "L2", "l2": -1}),
    (("layers", 0, "kernel_constraint"), {"type": "MaxNorm", "axes": 0}),
    (("layers", 0, "bias_initializer"), {"type": "Constant", "value": "one"}),
    (("layers", 0, "type"), "Conv4D"),
    (("layers", 2, "layer", "type"), "Bidirectinal"),
    (("layers", 2, "layer", "type"), "TimeDistributed"),
    (("layers", 2, "layer", "type"), "Add"),
    (("layers", 2, "layer", "name"), "inner"),
    (("layers", 2, "layer", "layer", "unit"), 4),
    (("layers", 2, "layer", "layer", "units"), 0),
    (("layers", 2, "layer", "layer", "type"), "Dense"),
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
    deepest = tuple(max(_causes(errors), key=lambda error: len(error.absolute_path)).absolute_path)
    assert deepest[: len(path)] == path or deepest == path[:-1], "the message is at the field, or at the object that has it"
    with pytest.raises(modelspec.SpecError):
        modelspec.load(spec)


def _causes(errors: list[jsonschema.ValidationError]) -> list[jsonschema.ValidationError]:
    """Return errors, and those of the members of unions in them."""
    return [*errors, *(cause for error in errors for cause in _causes(error.context or []))]


def test_every_layer_field_is_documented() -> None:
    definitions = json_schema()["definitions"]
    beside = {**definitions["LayerStep"]["properties"], "type": {"description": "It is the same for all."}}
    for name in LAYERS:
        definition = definitions[f"layer.{name}"]
        for key, value in definition["properties"].items():
            shown = (
                beside[key] if key in beside else definitions.get(value.get("$ref", "").removeprefix("#/definitions/"), value)
            )
            assert shown["description"], f"{name}: {key}"
        assert definition["description"]


def test_what_layers_have_in_common_stands_once() -> None:
    schema = json_schema()
    texts = [json.dumps(definition) for definition in schema["definitions"].values()]
    assert len(set(texts)) == len(texts)
    assert len(json.dumps(schema, indent=2)) < 4_000 * len(LAYERS)


@pytest.mark.parametrize(("kind", "file"), [(Spec, "modelspec.schema.json"), (BlockFile, "modelspec-block.schema.json")])
def test_the_committed_schema_is_what_the_models_say(kind: type[Spec | BlockFile], file: str) -> None:
    block = " --block" if kind is BlockFile else ""
    assert json.loads((ROOT / "schemas" / file).read_text()) == json_schema(kind), f"modelspec schema{block} -o schemas/{file}"


DOCUMENTS: list[dict[str, Any]] = [
    *(case.document for case in CASES if len(json.dumps(case.document)) < 3000),
    *(document(name) for name in library.names() if not name.startswith("kernels")),
]
VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2, 1.5, 0.5, 2**31, "", "x", "relu", "same", "${1}", "a ${1}", "conv_1", "float32",
    "he_normal", [], [1], [1, 2], [1, 2, 3], ["x"], [1.5, 2], ["${1}", 2], {}, {"type": "relu"}, {"type": "L2"},
    {"type": "Nope"}, {"range": 3}, {"type": "Dense", "units": 3}, {"use": "b.json"}, [{"type": "ReLU"}],
    {"type": "Constant", "value": [1, 2]}, {"axis": 1},
    {"ignore": ["MS901"]}, {"ignore": ["MS1"]}, {"binary": {"num_classes": 2}},
]  # fmt: skip
KEYS = [
    "type", "name", "inputs", "units", "filters", "kernel_size", "strides", "with", "block", "for", "in", "if", "then", "else",
    "layers", "outputs", "lint", "description", "nope", "use", "minimum", "default", "axis", "data_format", "parameters",
    "parameter_sets", "choices", "activation", "padding",
]  # fmt: skip


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(item, (*path, key))


@st.composite
def changed(draw: st.DrawFn) -> dict[str, Any]:
    """A document of a conformance case or a shipped spec, changed at one place or two."""
    made = copy.deepcopy(DOCUMENTS[draw(st.integers(0, len(DOCUMENTS) - 1))])
    for _ in range(draw(st.integers(1, 2))):
        places = [path for path in paths(made) if path]
        *parents, last = places[draw(st.integers(0, len(places) - 1))]
        inside, value = find(made, tuple(parents)), copy.deepcopy(VALUES[draw(st.integers(0, len(VALUES) - 1))])
        match draw(st.sampled_from(("replace", "remove", "add", "rename"))):
            case "replace":
                inside[last] = value
            case "remove":
                inside.pop(last, None) if isinstance(inside, dict) else inside.pop(last)
            case "add":
                inside.append(value) if isinstance(inside, list) else inside.update({draw(st.sampled_from(KEYS)): value})
            case "rename" if isinstance(inside, dict):
                inside[draw(st.sampled_from(KEYS))] = inside.pop(last, value)
    return made


def beyond_schema(finding: modelspec.Diagnostic, value: Any) -> bool:
    """Return whether JSON Schema cannot tell what a finding says: 2.0 is an integer there, and lists may have any lengths."""
    whole = isinstance(value, float) and value.is_integer()
    return whole or "lists of equal lengths" in finding.message or not finding.code.startswith(("MS101", "MS20"))


@settings(max_examples=1500, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(changed())
def test_schema_and_compiler_agree_on_changed_documents(made: dict[str, Any]) -> None:
    fits = made_validator().is_valid(made)
    try:
        spec = modelspec.load(made)
    except modelspec.SpecError as error:
        clear = [it for it in error.diagnostics if not beyond_schema(it, find(made, parts(it.pointer)))]
        assert not (fits and clear), clear
        return
    if not fits:  # an expression may stand in the way until it has a value
        with pytest.raises(modelspec.SpecError):
            modelspec.elaborate(spec)


def parts(pointer: str) -> tuple[str | int, ...]:
    return tuple(int(part) if part.isdecimal() else part for part in pointer.split("/")[1:])
