"""Parameters: what a value must be, and how given values, defaults and declarations make a scope."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from modelspec.diagnostics import listed, shown
from modelspec.document import (
    BooleanParameter,
    IntegerParameter,
    ListParameter,
    NumberParameter,
    Parameter,
    ShapeParameter,
    StringParameter,
)
from modelspec.expressions import TensorValue, Value
from modelspec.tensors import Symbol


def mismatch(parameter: Parameter, value: Any) -> tuple[str, str] | None:
    """Return what a value of a parameter must be and a hint, where it is something else."""
    wanted = _type_mismatch(parameter, value)
    if wanted:
        halved = isinstance(value, float) and value.is_integer() and isinstance(parameter, IntegerParameter)
        return wanted, "divide with // to get an integer" if halved else ""
    if parameter.choices is not None and not any(_equal(plain(value), choice) for choice in parameter.choices):
        return f"one of {listed([shown(choice) for choice in parameter.choices])}", ""
    if isinstance(parameter, IntegerParameter | NumberParameter | ShapeParameter | ListParameter):
        for number in _numbers(value):
            if parameter.minimum is not None and number < parameter.minimum:
                return f"at least {parameter.minimum}", ""
            if parameter.maximum is not None and number > parameter.maximum:
                return f"at most {parameter.maximum}", ""
    return None


def as_value(parameter: Parameter, value: Any) -> Value:
    """Return a fitting value as expressions see it: the names in a shape stand for unknown dimensions."""
    if isinstance(parameter, ShapeParameter):
        return [Symbol(dim) if isinstance(dim, str) else dim for dim in value]
    if isinstance(parameter, NumberParameter):
        return float(value)
    return value


def plain(value: Value) -> Any:
    """Return a value as JSON would write it."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, TensorValue):
        return "a tensor"
    return str(value) if isinstance(value, Symbol) else value


def _type_mismatch(parameter: Parameter, value: Any) -> str | None:
    match parameter:
        case IntegerParameter():
            return None if _is_integer(value) else "an integer"
        case NumberParameter():
            return None if _is_number(value) else "a number"
        case BooleanParameter():
            return None if isinstance(value, bool) else "true or false"
        case StringParameter():
            return None if isinstance(value, str) else "a string"
        case ShapeParameter():
            fits = isinstance(value, list) and all(_is_dimension(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
            return None if fits else "a list of sizes (at least 1) and names of unknown sizes"
        case ListParameter():
            if not isinstance(value, list):
                return "a list"
            checks = {"integer": _is_integer, "number": _is_number, "boolean": _is_boolean, "string": _is_string}
            if parameter.items is not None and not all(checks[parameter.items](item) for item in value):  # pyright: ignore[reportUnknownVariableType]
                return f"a list of {parameter.items}s"
            return None


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _is_string(value: Any) -> bool:
    return isinstance(value, str)


def _is_dimension(value: Any) -> bool:
    if isinstance(value, str):
        return value.isidentifier() and value.isascii()
    return isinstance(value, Symbol) or (_is_integer(value) and value >= 1)


def _equal(value: Any, choice: Any) -> bool:
    return value == choice and isinstance(value, bool) == isinstance(choice, bool)


def _numbers(value: Any) -> Iterable[float]:
    return (item for item in (value if isinstance(value, list) else [value]) if _is_number(item))  # pyright: ignore[reportUnknownVariableType]
