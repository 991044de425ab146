"""Values of expressions: bounded in size and cost, and nothing of Python's ``eval``."""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from modelspec.expressions import (
    MAX_NUMBER,
    Attribute,
    Binary,
    Call,
    Conditional,
    Expression,
    ExpressionError,
    Index,
    Items,
    Literal,
    Name,
    Unary,
    parse,
)
from modelspec.tensors import Dim, Symbol

MAX_LENGTH = 1_000
"""The most items of a list, those of the lists in it included, and the most characters of a string."""
MAX_DEPTH = 64


@dataclass(frozen=True)
class TensorValue:
    """What an expression sees of a block's input: ``input.shape``, ``input.rank``, ``input.channels``."""

    shape: tuple[Dim, ...]
    channels: Dim | None
    """None where there is but one number for an example."""


Value = None | bool | int | float | str | Symbol | TensorValue | list["Value"]
Scope = Mapping[str, Value]
_Value = TypeVar("_Value")
_Number = TypeVar("_Number", int, float)


def layered(own: dict[str, Value], around: Scope) -> Scope:
    """Return a scope that sees its own names before those around it; neither is copied."""
    return ChainMap(own, around)  # pyright: ignore[reportArgumentType] - nothing is written to it


def evaluate(text: str, scope: Scope) -> Value:
    """Return the value of a string that may hold expressions, or raise ExpressionError."""
    template = parse(text)
    if len(template.parts) == 1 and not isinstance(template.parts[0], str):
        return _evaluate(template.parts[0], scope)
    return kept("".join(part if isinstance(part, str) else _as_text(_evaluate(part, scope)) for part in template.parts))


def _evaluate(expression: Expression, scope: Scope) -> Value:
    match expression:
        case Literal(value):
            return value
        case Name(name):
            if name not in scope:
                raise ExpressionError("MS402", f'nothing here is named "{name}"')
            return scope[name]
        case Items(items):
            return kept([_evaluate(item, scope) for item in items])
        case Attribute(target, name):
            return _attribute(_evaluate(target, scope), name)
        case Index(target, index):
            return _index(_evaluate(target, scope), _evaluate(index, scope))
        case Unary(operator, operand):
            value = _evaluate(operand, scope)
            if operator == "not":
                return not _truth(value)
            number = _operand(value)
            return -number if operator == "-" else number
        case Binary("and", left, right):
            return _truth(_evaluate(left, scope)) and _truth(_evaluate(right, scope))
        case Binary("or", left, right):
            return _truth(_evaluate(left, scope)) or _truth(_evaluate(right, scope))
        case Binary(operator, left, right):
            return _binary(operator, _evaluate(left, scope), _evaluate(right, scope))
        case Conditional(test, then, otherwise):
            return _evaluate(then if _truth(_evaluate(test, scope)) else otherwise, scope)
        case Call(function, arguments):
            return _bounded(FUNCTIONS[function]([_evaluate(argument, scope) for argument in arguments]))


def _attribute(target: Value, name: str) -> Value:
    if not isinstance(target, TensorValue):
        raise ExpressionError("MS403", f"{describe(target)} has no .{name}", "a block's input has .shape, .channels and .rank")
    match name:
        case "shape":
            return list(target.shape)
        case "channels" if target.channels is None:
            raise ExpressionError("MS403", "a tensor of one number has no channels", "its shape is []")
        case "channels":
            return target.channels
        case "rank":
            return len(target.shape)
        case _:
            raise ExpressionError("MS403", f"a tensor has no .{name}", "it has .shape, .channels and .rank")


def _index(target: Value, index: Value) -> Value:
    if not isinstance(target, list | str):
        raise ExpressionError("MS403", f"{describe(target)} cannot be indexed", "lists and strings can be")
    if not isinstance(index, int) or isinstance(index, bool):
        hint = "divide with // to get an integer" if isinstance(index, float) else ""
        raise ExpressionError("MS403", f"an index is an integer, not {describe(index)}", hint)
    if not -len(target) <= index < len(target):
        hint = f"items count from 0 to {len(target) - 1}, and back from -1" if target else "it is empty"
        raise ExpressionError("MS403", f"the index {index} is outside {describe(target)}", hint)
    return target[index]


MAKE_IT_KNOWN = "give the dimension a number in the input's shape, or make it a parameter"


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError("MS403", f"expected true or false, not {describe(value)}", "write a comparison, such as n > 0")
    return value


def _operand(value: Value) -> int | float:
    if isinstance(value, Symbol):
        raise ExpressionError(
            "MS404",
            f'the dimension "{value}" is unknown until run time, so nothing can be computed with it',
            MAKE_IT_KNOWN,
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = 'comparisons are joined with "and" and "or"' if isinstance(value, bool) else ""
        hint = "take one of its items: [0]" if isinstance(value, list) else hint
        raise ExpressionError("MS403", f"expected a number, not {describe(value)}", hint)
    return value


def _binary(operator: str, left: Value, right: Value) -> Value:
    if operator in ("==", "!="):
        for side in (left, right):
            if isinstance(side, Symbol) and left != right:
                _operand(side)
        return (_comparable(left) == _comparable(right)) == (operator == "==")
    if isinstance(left, str) and isinstance(right, str):
        if operator == "+":
            return kept(left + right)
        if operator in ("<", "<=", ">", ">="):
            raise ExpressionError("MS403", f"strings are compared with == and !=, not with {operator}")
    if isinstance(left, list) and isinstance(right, list) and operator == "+":
        return kept(left + right)
    return _arithmetic(operator, _operand(left), _operand(right))


def _arithmetic(operator: str, a: int | float, b: int | float) -> Value:
    if operator in ("/", "//", "%") and b == 0:
        raise ExpressionError("MS403", f"{a} {operator} 0 is a division by zero")
    match operator:
        case "+":
            return _bounded(a + b)
        case "-":
            return _bounded(a - b)
        case "*":
            return _bounded(a * b)
        case "/":
            return _bounded(a / b)
        case "//":
            return _bounded(a // b)
        case "%":
            return _bounded(a % b)
        case "<":
            return a < b
        case "<=":
            return a <= b
        case ">":
            return a > b
        case _:
            return a >= b


def _comparable(value: Value) -> object:
    """Tag booleans, so that ``true == 1`` is false."""
    return (bool, value) if isinstance(value, bool) else value


def _bounded(value: _Number) -> _Number:
    if not abs(value) <= MAX_NUMBER:
        raise ExpressionError("MS405", "the result is beyond ±2**53", "no size and no count is beyond 2**31")
    return value


def kept(value: _Value) -> _Value:
    """Return a value, or raise ExpressionError where it is too large: lists of lists grow faster than the text that says so."""
    size = len(value) if isinstance(value, str) else size_of(value)
    if size > MAX_LENGTH:
        message = f"the result has more than {MAX_LENGTH:,} items or characters, or {MAX_DEPTH} levels"
        raise ExpressionError("MS405", message, 'a repetition counts with {"range": n}, without a list')
    return value


def size_of(value: object) -> int:
    """Return how many items a value has, those of inner lists and long strings counted; too deep is too many."""
    size, pending = 0, [(value, 0)]
    while pending and size <= MAX_LENGTH:
        item, depth = pending.pop()
        if depth > MAX_DEPTH:
            return MAX_LENGTH + 1
        if isinstance(item, dict):
            item = list(item.values())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType, reportUnknownMemberType]
        if isinstance(item, list):
            size += not item
            pending += ((inner, depth + 1) for inner in item)  # pyright: ignore[reportUnknownVariableType]
        else:
            size += 1 + (len(item) // 100 if isinstance(item, str) else 0)
    return size


def _as_text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | str):
        return str(value)
    raise ExpressionError("MS403", f"{describe(value)} cannot stand inside a string")


def describe(value: Value) -> str:
    """Return a value with its type, as a message names it."""
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {'true' if value else 'false'}"
        case int():
            return f"the integer {value}"
        case float():
            return f"the number {value}"
        case str():
            return f"the string {value[:40]!r}"
        case list():
            return f"a list of {len(value)}"
        case Symbol():
            return f'the unknown dimension "{value}"'
        case TensorValue():
            return "a tensor"


def _numbers(arguments: list[Value]) -> list[int | float]:
    first = arguments[0] if len(arguments) == 1 else None
    values = first if isinstance(first, list) else arguments
    if not values:
        raise ExpressionError("MS403", "min and max need at least one number")
    return [_operand(value) for value in values]


def _single(function: str, arguments: list[Value]) -> int | float:
    if len(arguments) != 1:
        raise ExpressionError("MS403", f"{function} takes one number, not {len(arguments)}")
    return _operand(arguments[0])


def _length(arguments: list[Value]) -> int:
    if len(arguments) != 1 or not isinstance(arguments[0], list | str):
        raise ExpressionError("MS403", "len takes one list or string")
    return len(arguments[0])


FUNCTIONS: dict[str, Callable[[list[Value]], int | float]] = {
    "min": lambda arguments: min(_numbers(arguments)),
    "max": lambda arguments: max(_numbers(arguments)),
    "round": lambda arguments: round(_single("round", arguments)),
    "floor": lambda arguments: math.floor(_single("floor", arguments)),
    "ceil": lambda arguments: math.ceil(_single("ceil", arguments)),
    "int": lambda arguments: int(_single("int", arguments)),
    "len": _length,
}
