"""Reports for programs: what a dataclass holds as JSON, with a version of the format and a schema made from the dataclass."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import modelspec
from modelspec.diagnostics import printable
from modelspec.documentation import own_docs

DIALECT = "http://json-schema.org/draft-07/schema#"
_NUMBER = {
    "description": "A number; NaN and infinities, which JSON lacks, are strings.",
    "anyOf": [{"type": "number"}, {"enum": ["NaN", "Infinity", "-Infinity"]}],
}
_TYPES: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"$ref": "#/definitions/number"},
    NoneType: {"type": "null"},
    object: {},
}


def render(found: Any, format_version: int) -> str:
    """Return a dataclass as JSON in ASCII, keys in the order of the fields; every text in it is safe to print."""
    document = {"format_version": format_version, "modelspec": modelspec.__version__, **as_json(found)}
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def as_json(value: Any) -> Any:
    """Return a value as JSON has it: a dataclass is an object of its fields and its properties."""
    match value:
        case float() if not math.isfinite(value):
            return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        case str():
            return printable(value)
        case Mapping():
            return {printable(str(key)): as_json(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case tuple() | list():
            return [as_json(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        case _ if is_dataclass(value):
            return {name: as_json(getattr(value, name)) for name in _members(type(value))}
        case _:
            return value


def json_schema(kind: type[Any], title: str, format_version: int) -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of the reports of a dataclass."""
    definitions: dict[str, Any] = {"number": _NUMBER}
    body = _object(kind, definitions)
    beside = {
        "format_version": {"const": format_version, "description": "The version of the format of reports."},
        "modelspec": {"type": "string", "description": "The version of modelspec that wrote the report."},
    }
    return {
        "$schema": DIALECT,
        "title": title,
        **body,
        "properties": {**beside, **body["properties"]},
        "required": [*beside, *body["required"]],
        "definitions": dict(sorted(definitions.items())),
    }


def _members(kind: type[Any]) -> dict[str, tuple[Any, str]]:
    """Return the fields and the properties of a dataclass: the type of each, and what it is."""
    docs, hints = own_docs(kind), get_type_hints(kind)
    found = {field.name: (hints[field.name], docs.get(field.name, "")) for field in fields(kind)}
    for name, member in vars(kind).items():
        if isinstance(member, property):
            found[name] = (get_type_hints(member.fget)["return"], inspect.getdoc(member) or "")
    return found


def _object(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    members = _members(kind)
    properties = {name: _described(_schema(hint, definitions), text) for name, (hint, text) in members.items()}
    return {
        "description": inspect.cleandoc(kind.__doc__).replace("\n", " "),
        "type": "object",
        "properties": properties,
        "required": list(members),
    }


def _described(schema: dict[str, Any], text: str) -> dict[str, Any]:
    """Return a schema with a description; a reader of draft-07 ignores what stands beside ``$ref``."""
    if not text:
        return schema
    return {"description": " ".join(text.split()), **({"allOf": [schema]} if "$ref" in schema else schema)}


def _schema(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if hint in _TYPES:
        return _TYPES[hint]
    arguments = get_args(hint)
    origin = get_origin(hint)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}
    if arguments:
        return {"anyOf": [_schema(it, definitions) for it in arguments]}
    if hint.__name__ not in definitions:
        definitions[hint.__name__] = {}  # so that one that refers to itself ends
        definitions[hint.__name__] = _object(hint, definitions)
    return {"$ref": f"#/definitions/{hint.__name__}"}
