"""The JSON Schema (draft-07) of the spec format, made from the pydantic models.

It allows an expression wherever a value is, and tells the kind of a step by ``if``/``then`` rather than ``oneOf``, so that an
editor names the field that is wrong.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from modelspec.document import STEP_KEYS, BlockFile, Spec
from modelspec.documentation import field_docs
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer

Schema = dict[str, Any]

DIALECT = "http://json-schema.org/draft-07/schema#"
_EXPRESSION: Schema = {"$ref": "#/definitions/expression"}
_STEP_MODELS = {"<layer>": "LayerStep", "<block>": "BlockStep", "<for>": "RepeatStep", "<if>": "ConditionStep"}


def json_schema(kind: type[Spec | BlockFile] = Spec) -> Schema:
    """Return the schema of a spec file, or of a block file."""
    spec = kind.model_json_schema(ref_template="#/definitions/{model}", schema_generator=_Documented)
    definitions: Schema = {name: _draft07(schema) for name, schema in spec.pop("$defs").items()}
    layer_step = definitions["LayerStep"]
    for name, layer in sorted(LAYERS.items()):
        definitions |= _layer(name, layer, layer_step["properties"])
    layer_step["additionalProperties"] = True
    layer_step["properties"]["type"] = {"enum": sorted(LAYERS), "description": "The layer's type, as in Keras."}
    layer_step["allOf"] = [
        {"if": {"properties": {"type": {"const": name}}, "required": ["type"]}, "then": {"$ref": f"#/definitions/layer.{name}"}}
        for name in sorted(LAYERS)
    ]
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


def _layer(name: str, layer: type[Layer], common: Schema) -> Schema:
    """Return the definitions of a layer: its own, and those that its fields refer to, under names of their own."""
    schema = layer.model_json_schema(ref_template="#/definitions/value.{model}", schema_generator=_Documented)
    nested = {f"value.{key}": _with_expressions(_draft07(value)) for key, value in schema.pop("$defs", {}).items()}
    body = _with_expressions(_draft07(schema))
    body["properties"] = {**common, **body["properties"], "type": {"const": name}}
    return {f"layer.{name}": body, **nested}


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
    """Allow an expression in place of every value of an object schema, but for its ``type``."""
    properties = {
        name: value if name == "type" else _or_expression(value) for name, value in schema.get("properties", {}).items()
    }
    return {**schema, "properties": properties}


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
