"""Hints for what people write where they do not know the language yet: how to say what they most likely mean."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from modelspec.diagnostics import CODES, listed, shown
from modelspec.expressions import ExpressionError, parse
from modelspec.source import Path

KINDS = ("type", "block", "for", "if")
"""The keys that say what a step is."""
OF_DOCUMENT: Mapping[str, str] = {
    "format_version": 'write "format_version": 1',
    "name": 'give the model a name: "name": "my_net"',
    "inputs": 'say what it reads: "inputs": {"image": {"shape": [28, 28, 1]}}',
    "layers": 'list its layers: "layers": [{"type": "Dense", "units": 10}]',
}
"""What a spec must have, and how it is written."""


def of_value(path: Path, found: Any, wanted: Collection[str]) -> str:
    """Return how to write what a value of the wrong kind most likely means; empty where that is not known."""
    words = " or ".join(wanted)
    value: object = found  # pyright: ignore[reportUnknownVariableType]
    if path[-1:] == ("in",) and isinstance(found, int):
        return f'to count, write {{"range": {found}}}'
    if path[-2:-1] == ("inputs",) and len(path) == 2 and isinstance(found, list) and not has_objects(value):
        return f'write {{"shape": {shown(value)}}}'
    if path == ("inputs",) and isinstance(found, list) and not has_objects(value):
        return f'give the input a name: {{"image": {{"shape": {shown(value)}}}}}'
    if path[-2:-1] == ("parameters",) and (kind := _KINDS_OF_VALUES.get(type(value))):
        return f'write {{"type": "{kind}", "default": {shown(value)}}}'
    if "an expression" in words and _is_bare_expression(value):
        return f'an expression stands in ${{}}: "${{{value}}}"'
    sizes = path[-1:] and isinstance(path[-1], int) and "a string" in words and ("an integer" in words or "at least" in words)
    if sizes and (found is None or found == -1):
        return 'an unknown size has a name, such as "height"; the batch is left out'
    return ""


def has_objects(value: object) -> bool:
    """Return whether a list has anything but numbers, words and null."""
    return isinstance(value, list) and any(isinstance(item, dict | list) for item in value)  # pyright: ignore[reportUnknownVariableType]


_KINDS_OF_VALUES: Mapping[type[object], str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def _is_bare_expression(value: object) -> bool:
    """Return whether a string would be an expression that reads a name, and does more than that."""
    if not isinstance(value, str) or value.isidentifier() or len(value) > 100:
        return False
    try:
        return bool(parse(f"${{{value}}}").names)
    except ExpressionError:
        return False


def of_expression(found: Any, names: Collection[str]) -> str:
    """Return how to read a name where a string that is one, or has it in braces, stands in the place of another value."""
    inner = found.strip("${} ") if isinstance(found, str) else ""
    return f'to read {inner}, write "${{{inner}}}"' if inner in names else ""


def of_lint(word: str) -> str:
    """Return why a code is no rule of lint."""
    if word in CODES:
        return f"{word} is an error, which cannot be kept quiet"
    return "" if word.startswith("MS9") else "lint rules are those from MS901 on"


def of_step(key: str) -> str:
    """Return what a step is, where a key that makes it one thing stands in a step that is another."""
    return f"a step has only one of {listed(KINDS, 'and')}" if key in KINDS else ""


def of_no_step(step: Mapping[str, Any]) -> str:
    """Return what is meant by a step that says otherwise what it is; empty where that is not known."""
    if "class_name" in step:
        return 'Keras writes "class_name" and "config"; here a layer is {"type": ...} with its fields'
    if "repeat" in step:
        return f'to repeat, write {{"for": "i", "in": {{"range": {shown(step["repeat"], 20)}}}, "layers": [...]}}'
    return ""
