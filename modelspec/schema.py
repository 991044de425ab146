"""The JSON Schema (draft-07) of the spec format, made from the pydantic models.

It allows an expression wherever a value is, and tells the kind of a step and the type of a layer by ``if``/``then`` rather than
``oneOf``, so that an editor names the field that is wrong. What many layers have in common stands in it once.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from modelspec.document import STEP_KEYS, BlockFile, Spec
from modelspec.documentation import field_docs
from modelspec.layers import LAYERS
from modelspec.layers.activations import ActivationField
from modelspec.layers.constraints import Constraint
from modelspec.layers.initializers import Initializer
from modelspec.layers.regularizers import Regularizer

Schema = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"
_EXPRESSION: Schema = {"$ref": "#/definitions/expression"}
_VALUES: dict[str, Any] = {
    "activation": ActivationField,
    "constraint": Constraint,
    "initializer": Initializer,
    "regularizer": Regularizer,
}
"""The types of fields that have a definition of their own."""
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""What pydantic writes as its own keyword where a validator stands between the number and its bound."""
_STEP_MODELS = {"<layer>": "LayerStep", "<block>": "BlockStep", "<for>": "RepeatStep", "<if>": "ConditionStep"}


def json_schema(kind: type[Spec | BlockFile] = Spec) -> Schema:
    """Return the schema of a spec file, or of a block file."""
    spec = kind.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_Documented)
    definitions: Schema = {name: _draft07(schema) for name, schema in spec.pop("$defs").items()}
    layer_step = definitions["LayerStep"]
    beside = {key: True for key in layer_step["properties"] if key != "type"}
    definitions |= _layers(beside)
    layer_step["additionalProperties"] = True
    layer_step["properties"]["type"] = {"enum": sorted(LAYERS), "description": "The layer's type, as in Keras."}
    layer_step["allOf"] = [{"$ref": "#/definitions/layer"}]
    definitions["layer"] = {"allOf": [_of_type(name) for name in sorted(LAYERS)]}
    definitions["inner_layer"] = {"properties": dict.fromkeys(beside, False), "allOf": [{"$ref": "#/definitions/layer"}]}
    definitions["step"] = _step()
    definitions["block"] = {
        "type": "object",
        "if": {"required": ["use"]},
        "then": {"$ref": "#/definitions/Use"},
        "else": {"$ref": "#/definitions/Block"},
    }
    definitions["expression"] = {"type": "string", "pattern": "\\$\\{", "description": 'An expression: "${2 * filters}".'}
    body = _draft07(spec)
    body["properties"]["format_version"] = {"const": 1, "description": "The version of the spec format."}
    title = "modelspec" if kind is Spec else "modelspec block"
    return {"$schema": DIALECT, "title": title, **body, "definitions": dict(sorted(definitions.items()))}


def _step() -> Schema:
    chain: Schema = {"required": ["type"]}
    for key, tag in reversed(STEP_KEYS.items()):
        chain = {"if": {"required": [key]}, "then": {"$ref": f"#/definitions/{_STEP_MODELS[tag]}"}, "else": chain}
    return {"type": "object", **chain}


def _of_type(name: str) -> Schema:
    """Return what a layer of a type must be, beside what every step may have."""
    is_one: Schema = {"properties": {"type": {"const": name}}, "required": ["type"]}
    return {"if": is_one, "then": {"$ref": f"#/definitions/layer.{name}"}}


def _layers(beside: Schema) -> dict[str, Schema]:
    """Return the definitions of all layers, of the values of their fields, and of the fields that several have alike.

    ``beside`` stands for what a step has beside the layer's own fields; it is checked elsewhere.
    """
    values: dict[str, Schema] = {}
    named = {_text(_values(kind, values)): name for name, kind in _VALUES.items()}
    definitions = {name: {"anyOf": json.loads(options)} for options, name in named.items()}
    layers: dict[str, Schema] = {}
    for name, layer in sorted(LAYERS.items()):
        schema = layer.model_json_schema(ref_template="#/definitions/value.{model}", schema_generator=_Documented)
        values |= _nested(schema)
        fields = _draft07(schema)
        layers[name] = {
            **fields,
            "properties": {key: _field(value, named, values) for key, value in fields["properties"].items()},
        }
    shared = _shared(layers, definitions)
    for name, layer in layers.items():
        fields = {key: shared.get(_text(value), value) for key, value in layer["properties"].items()}
        definitions[f"layer.{name}"] = {**layer, "properties": {**beside, **fields, "type": {"const": name}}}
    return definitions | values


def _values(kind: Any, values: dict[str, Schema]) -> list[Schema]:
    """Return the schemas that a field of a type may fit; what they refer to is added to ``values``."""
    schema = TypeAdapter(kind).json_schema(ref_template="#/definitions/value.{model}", schema_generator=_Documented)
    values |= _nested(schema)
    return _options(_draft07(schema))


def _nested(schema: Schema) -> dict[str, Schema]:
    """Take the definitions out of a schema and return them, without those of layers."""
    inner: dict[str, Schema] = schema.pop("$defs", {})
    return {
        f"value.{name}": _with_expressions(_draft07(value))
        for name, value in inner.items()
        if name not in LAYERS or value["properties"]["type"]["const"] != name
    }


def _field(schema: Schema, named: dict[str, str], values: dict[str, Schema]) -> Schema:
    """Return the schema of a field, in which a type of ``_VALUES`` is referred to, and a layer too."""
    described = {key: schema[key] for key in ("description", "default") if key in schema}
    options = _options({key: value for key, value in schema.items() if key not in described})
    name = named.get(_text(options))
    options = [{"$ref": f"#/definitions/{name}"}] if name else _layers_inside(options, values)
    return {**described, "anyOf": [*options, _EXPRESSION]}


def _layers_inside(options: list[Schema], values: dict[str, Schema]) -> list[Schema]:
    """Return options with those that are layers in one, which says by its type what else it must be."""

    def types(option: Schema) -> list[str]:
        referred = option.get("$ref", "").removeprefix("#/definitions/")
        listed: list[str] = option.get("properties", {}).get("type", {}).get("enum", [])
        return [referred.removeprefix("value.")] if referred and referred not in values else listed

    known = sorted({name for option in options for name in types(option)})
    if not known:
        return options
    inner: Schema = {"type": "object", "properties": {"type": {"enum": known}}, "required": ["type"]}
    return [{**inner, "allOf": [{"$ref": "#/definitions/inner_layer"}]}, *(option for option in options if not types(option))]


def _shared(layers: dict[str, Schema], definitions: dict[str, Schema]) -> dict[str, Schema]:
    """Define the fields that several layers have alike; return references to them by their text."""
    fields = [(key, value) for layer in layers.values() for key, value in layer["properties"].items() if key != "type"]
    times = Counter(_text(value) for _, value in fields)
    shared: dict[str, Schema] = {}
    for key, value in fields:
        if times[_text(value)] > 1 and _text(value) not in shared:
            number = sum(name.split("-")[0] == f"field.{key}" for name in definitions)
            name = f"field.{key}-{number + 1}" if number else f"field.{key}"
            definitions[name] = value
            shared[_text(value)] = {"$ref": f"#/definitions/{name}"}
    return shared


def _text(value: Any) -> str:
    return json.dumps(value)


class _Documented(GenerateJsonSchema):
    """Describes each field of a model by the docstring under it."""

    def model_schema(self, schema: core_schema.ModelSchema) -> Schema:
        made = super().model_schema(schema)
        docs = field_docs(schema["cls"])
        properties = {
            name: {"description": docs[name], **value} if name in docs else value
            for name, value in made.get("properties", {}).items()
        }
        return {**made, "properties": properties}


def _draft07(schema: Any) -> Any:
    """Rewrite pydantic's 2020-12 output, without titles, and with steps and blocks referred to by one name each."""
    if isinstance(schema, list):
        return [_draft07(item) for item in schema]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, dict):
        return schema
    members: Schema = schema  # pyright: ignore[reportUnknownVariableType]
    if any(item == {"$ref": "#/definitions/LayerStep"} for item in members.get("oneOf", [])):
        return {"$ref": "#/definitions/step"}
    if any(item == {"$ref": "#/definitions/Use"} for item in members.get("oneOf", [])):
        return {"$ref": "#/definitions/block"}
    result: Schema = {}
    for key, value in members.items():
        match key:
            case "title" if isinstance(value, str):
                continue
            case "discriminator":
                continue
            case "oneOf":
                result["anyOf"] = _draft07(value)
            case "ge" | "gt" | "le" | "lt":
                result[_BOUNDS[key]] = value
            case "prefixItems":
                result["items"] = _draft07(value)
            case "properties":
                result[key] = {name: _draft07(item) for name, item in value.items()}
            case "default" | "const" | "enum":
                result[key] = value
            case _:
                result[key] = _draft07(value)
    return result


def _with_expressions(schema: Schema) -> Schema:
    """Allow an expression in place of every value of an object schema, but for its ``type``, which it must have."""
    required = {"required": sorted({"type", *schema.get("required", [])})} if "type" in schema.get("properties", {}) else {}
    properties = {
        name: value if name == "type" else _or_expression(value) for name, value in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties, **required}


def _or_expression(schema: Schema) -> Schema:
    described = {key: schema[key] for key in ("description", "default") if key in schema}
    bare = {key: value for key, value in schema.items() if key not in described}
    return {**described, "anyOf": [*_options(bare), _EXPRESSION]}


def _options(schema: Schema) -> list[Schema]:
    if "anyOf" in schema:
        return [option for item in schema["anyOf"] for option in _options(item)]
    items = schema.get("items")
    if isinstance(items, list):
        return [{**schema, "items": [_or_expression(item) for item in items]}]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(items, dict):
        return [{**schema, "items": _or_expression(items)}]  # pyright: ignore[reportUnknownArgumentType]
    return [schema]
