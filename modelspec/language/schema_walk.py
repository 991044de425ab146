"""What the JSON Schema says of a place in a document that is being written: its keys and values, and their docs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from modelspec import library
from modelspec.document import STEP_KEYS
from modelspec.language.reading import items, members
from modelspec.source import Path

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Word:
    """Something that can be written: a key, or a value as JSON has it, and what it means."""

    value: Any
    doc: str = ""


@cache
def _schema(is_block: bool) -> Schema:
    name = "modelspec-block.schema.json" if is_block else "modelspec.schema.json"
    return json.loads((library.packaged("schemas") / name).read_bytes())


class Walk:
    """The schema of one kind of document, applied to values that may be incomplete."""

    def __init__(self, is_block: bool) -> None:
        self.root = _schema(is_block)

    def keys(self, value: Any, path: Path) -> list[Word]:
        """Return the keys that the object at a path may have."""
        found: dict[str, Word] = {}
        for schema in self._at(value, path):
            for key, inner in schema.get("properties", {}).items():
                doc = self._doc(inner)
                if inner is not False and (key not in found or not found[key].doc):
                    found[key] = Word(key, doc)
        return list(found.values())

    def values(self, value: Any, path: Path) -> list[Word]:
        """Return the values that are named one by one: choices, true and false, the types of objects."""
        found: dict[str, Word] = {}
        for schema in (*self._at(value, path), *self._at(_without(value, path), path)):
            listed = schema.get("enum", [schema["const"]] if "const" in schema else [])
            if schema.get("type") == "boolean":
                listed = [True, False]
            for item in listed:
                found.setdefault(repr(item), Word(item, schema.get("description", "")))
        return list(found.values())

    def doc(self, value: Any, path: Path) -> str:
        """Return what the schema says of the value at a path."""
        return next((text for schema in self._at(value, path) if (text := schema.get("description", ""))), "")

    def layer_doc(self, kind: str) -> str:
        """Return what a layer type is."""
        return self.root["definitions"].get(f"layer.{kind}", {}).get("description", "")

    def _doc(self, schema: Any) -> str:
        return next((text for it in self._options(schema, None) if (text := it.get("description", ""))), "")

    def _at(self, value: Any, path: Path) -> list[Schema]:
        """Return the schemas without combinators that apply at a path."""
        reached: list[Any] = [self.root]
        for part in path:
            inner = [child for schema in reached for it in self._options(schema, value) for child in _children(it, part)]
            reached, value = inner, _member(value, part)
        return [it for schema in reached for it in self._options(schema, value)]

    def _options(self, schema: Any, value: Any) -> Iterator[Schema]:
        known = members(schema)
        if not known:
            return
        if "$ref" in known:
            yield from self._options(self.root["definitions"][known["$ref"].removeprefix("#/definitions/")], value)
            return
        yield known
        for inner in known.get("allOf", ()):
            yield from self._options(inner, value)
        for inner in known.get("anyOf", ()):
            yield from (it for it in self._options(inner, value) if _may_be(it, value))
        if "if" in known and isinstance(value, dict) and not STEP_KEYS.keys() & members(value).keys():
            yield {"properties": {key: {} for key in known["if"].get("required", ()) if key in STEP_KEYS}}
        if "if" in known:
            yield from self._options(known.get("then" if _holds(known["if"], value) else "else"), value)


def _children(schema: Schema, part: str | int) -> Iterator[Any]:
    if isinstance(part, int):
        inner = schema.get("items")
        if isinstance(inner, dict):
            yield inner
        yield from items(inner)[part : part + 1]
        return
    if part in schema.get("properties", {}):
        yield schema["properties"][part]
    else:
        yield from (it for pattern, it in schema.get("patternProperties", {}).items() if re.search(pattern, part))
        if isinstance(schema.get("additionalProperties"), dict):
            yield schema["additionalProperties"]


def _without(value: Any, path: Path) -> Any:
    """Return a value without what stands at a path, so that a ``type`` half written does not rule the others out."""
    if len(path) <= 1:
        return {key: item for key, item in members(value).items() if key not in path}
    inner = _without(_member(value, path[0]), path[1:])
    if isinstance(value, list):
        return [inner if number == path[0] else item for number, item in enumerate(items(value))]
    return {**members(value), path[0]: inner}


def _member(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None


def _may_be(schema: Schema, value: Any) -> bool:
    """Return whether an alternative may be what a value is meant to be: one of another ``type`` is not."""
    kind = members(schema.get("properties", {}).get("type"))
    written = members(value)
    return not kind or "type" not in written or written["type"] in kind.get("enum", [kind.get("const")])


def _holds(condition: Schema, value: Any) -> bool:
    written = members(value)
    constants = {key: it["const"] for key, it in condition.get("properties", {}).items() if "const" in it}
    return all(key in written for key in condition.get("required", ())) and constants.items() <= _scalars(written).items()


def _scalars(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if not isinstance(item, dict | list)}
