"""The expressions of a spec: ``"${filters * 2}"``. Parsed, checked and evaluated here; nothing of Python's ``eval``.

    value      = conditional
    conditional= or ["if" or "else" conditional]
    or         = and {"or" and}            and = not {"and" not}            not = "not" not | comparison
    comparison = sum {("==" | "!=" | "<" | "<=" | ">" | ">=") sum}
    sum        = product {("+" | "-") product}
    product    = unary {("*" | "/" | "//" | "%") unary}
    unary      = ("-" | "+") unary | postfix
    postfix    = atom {"[" value "]" | "." name}
    atom       = number | string | "true" | "false" | "null" | name | function "(" values ")" | "[" values "]" | "(" value ")"

A string that is one expression has the value's own type; text around it makes a string. ``$${`` stands for a literal ``${``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from modelspec.tensors import Dim, Symbol

MAX_SOURCE = 1_000
MAX_DEPTH = 32
MAX_TOKENS = 300
MAX_LENGTH = 10_000
MAX_NUMBER = 2.0**53


@dataclass(frozen=True)
class TensorValue:
    """What an expression sees of a block's input: ``input.shape``, ``input.rank``, ``input.channels``."""

    shape: tuple[Dim, ...]
    channels: Dim


Value = None | bool | int | float | str | Symbol | TensorValue | list["Value"]
Scope = Mapping[str, Value]
_Sized = TypeVar("_Sized", str, list[Value])


class ExpressionError(Exception):
    """An expression that does not parse or has no value."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


@dataclass(frozen=True, slots=True)
class Literal:
    value: None | bool | int | float | str


@dataclass(frozen=True, slots=True)
class Name:
    name: str


@dataclass(frozen=True, slots=True)
class Items:
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    target: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    target: Expression
    index: Expression


@dataclass(frozen=True, slots=True)
class Unary:
    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Conditional:
    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Expression, ...]


Expression = Literal | Name | Items | Attribute | Index | Unary | Binary | Conditional | Call


@dataclass(frozen=True, slots=True)
class Template:
    """A string with its expressions parsed; ``parts`` alternates between text and expressions."""

    parts: tuple[str | Expression, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names that the expressions read."""
        return frozenset[str]().union(*(_names(part) for part in self.parts if not isinstance(part, str)))


def is_template(value: object) -> bool:
    """Return whether a document value holds an expression or an escaped ``${``."""
    return isinstance(value, str) and "${" in value


@lru_cache(maxsize=4096)
def parse(text: str) -> Template:
    """Parse a string that may hold expressions, or raise ExpressionError."""
    if len(text) > MAX_SOURCE:
        raise ExpressionError("MS405", f"the expression has {len(text):,} characters; at most {MAX_SOURCE:,} are read")
    parts: list[str | Expression] = []
    literal, position = "", 0
    while True:
        start = text.find("${", position)
        if start < 0:
            literal += text[position:]
            break
        if start > position and text[start - 1] == "$":
            literal += text[position : start - 1] + "${"
            position = start + 2
            continue
        literal += text[position:start]
        if literal:
            parts.append(literal)
        parser = _Parser(text, start + 2)
        parts.append(parser.whole())
        literal, position = "", parser.end
    if literal or not parts:
        parts.append(literal)
    return Template(tuple(parts))


def evaluate(text: str, scope: Scope) -> Value:
    """Return the value of a string that may hold expressions, or raise ExpressionError."""
    template = parse(text)
    if len(template.parts) == 1 and not isinstance(template.parts[0], str):
        return _evaluate(template.parts[0], scope)
    return "".join(part if isinstance(part, str) else _as_text(_evaluate(part, scope)) for part in template.parts)


_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<string>'[^'\\]*'|\"[^\"\\]*\")|(?P<operator>//|==|!=|<=|>=|[-+*/%<>()\[\],.}]))"
)
KEYWORDS = frozenset({"and", "or", "not", "if", "else", "true", "false", "null"})
_CONSTANTS = {"true": True, "false": False, "null": None}
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"==", "!=", "<", "<=", ">", ">="}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "//", "%"}),
)


class _Parser:
    def __init__(self, text: str, start: int) -> None:
        self.text, self.end, self.depth, self.tokens = text, start, 0, 0
        self.kind, self.token = "", ""
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.end)
        if match is None:
            rest = self.text[self.end :].strip()
            raise ExpressionError(
                "MS401",
                f"unexpected {rest[0]!r} in the expression" if rest else "the expression is not closed",
                "" if rest else "close it with }",
            )
        self.kind, self.token = match.lastgroup or "", match[match.lastgroup or 0]
        self.end = match.end()
        self.tokens += 1
        if self.tokens > MAX_TOKENS:
            raise ExpressionError("MS405", f"the expression has more than {MAX_TOKENS} numbers, names and operators")

    def whole(self) -> Expression:
        expression = self.conditional()
        if self.token != "}":
            raise ExpressionError("MS401", f"unexpected {self.token!r} in the expression")
        return expression

    def take(self, token: str) -> bool:
        if self.token == token:
            self.advance()
            return True
        return False

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise ExpressionError("MS401", f"expected {token!r} before {self.token!r} in the expression")

    def conditional(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError("MS405", f"the expression is nested more than {MAX_DEPTH} levels deep")
        expression = self.binary(0)
        if self.take("if"):
            test = self.binary(0)
            self.expect("else")
            expression = Conditional(test, expression, self.conditional())
        self.depth -= 1
        return expression

    def binary(self, level: int) -> Expression:
        if level == 2 and self.take("not"):
            return Unary("not", self.nested(lambda: self.binary(2)))
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.token in _LEVELS[level]:
            operator = self.token
            self.advance()
            left = Binary(operator, left, self.binary(level + 1))
        return left

    def unary(self) -> Expression:
        for operator in ("-", "+"):
            if self.take(operator):
                return Unary(operator, self.nested(self.unary))
        return self.postfix()

    def nested(self, parse_operand: Callable[[], Expression]) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError("MS405", f"the expression is nested more than {MAX_DEPTH} levels deep")
        operand = parse_operand()
        self.depth -= 1
        return operand

    def postfix(self) -> Expression:
        expression = self.atom()
        while True:
            if self.take("["):
                expression = Index(expression, self.conditional())
                self.expect("]")
            elif self.take("."):
                if self.kind != "name":
                    raise ExpressionError("MS401", f"expected a name after '.', not {self.token!r}")
                expression = Attribute(expression, self.token)
                self.advance()
            else:
                return expression

    def atom(self) -> Expression:
        kind, token = self.kind, self.token
        if self.take("("):
            expression = self.conditional()
            self.expect(")")
            return expression
        if self.take("["):
            return Items(self.values("]"))
        self.advance_atom(kind, token)
        if kind == "number":
            return Literal(_number(token))
        if kind == "string":
            return Literal(token[1:-1])
        if token in _CONSTANTS:
            return Literal(_CONSTANTS[token])
        if self.take("("):
            if token not in FUNCTIONS:
                raise ExpressionError("MS401", f"unknown function {token!r}", f"functions: {', '.join(sorted(FUNCTIONS))}")
            return Call(token, self.values(")"))
        return Name(token)

    def advance_atom(self, kind: str, token: str) -> None:
        if kind == "operator" or token in KEYWORDS - _CONSTANTS.keys():
            found = "the end of the expression" if token == "}" else repr(token)
            raise ExpressionError("MS401", f"expected a value before {found}")
        self.advance()

    def values(self, closing: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self.take(closing):
            items.append(self.conditional())
            if not self.take(","):
                self.expect(closing)
                break
        return tuple(items)


def _number(token: str) -> int | float:
    value = float(token)
    if not value <= MAX_NUMBER:
        raise ExpressionError("MS405", f"the number {token[:20]} is beyond 2**53")
    return int(token) if token.isdigit() else value


def _names(expression: Expression) -> frozenset[str]:
    found: set[str] = set()
    pending: list[Expression] = [expression]
    while pending:
        match pending.pop():
            case Name(name):
                found.add(name)
            case Items(items) | Call(_, items):
                pending += items
            case Attribute(target, _):
                pending.append(target)
            case Unary(_, operand):
                pending.append(operand)
            case Index(left, right) | Binary(_, left, right):
                pending += (left, right)
            case Conditional(test, then, otherwise):
                pending += (test, then, otherwise)
            case Literal():
                pass
    return frozenset(found)


def _evaluate(expression: Expression, scope: Scope) -> Value:
    match expression:
        case Literal(value):
            return value
        case Name(name):
            if name not in scope:
                raise ExpressionError("MS402", f'nothing here is named "{name}"')
            return scope[name]
        case Items(items):
            return [_evaluate(item, scope) for item in items]
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
            return FUNCTIONS[function]([_evaluate(argument, scope) for argument in arguments])


def _attribute(target: Value, name: str) -> Value:
    if not isinstance(target, TensorValue):
        raise ExpressionError("MS403", f"{describe(target)} has no .{name}", "a block's input has .shape, .channels and .rank")
    match name:
        case "shape":
            return list(target.shape)
        case "channels":
            return target.channels
        case "rank":
            return len(target.shape)
        case _:
            raise ExpressionError("MS403", f"a tensor has no .{name}", "it has .shape, .channels and .rank")


def _index(target: Value, index: Value) -> Value:
    if not isinstance(target, list | str):
        raise ExpressionError("MS403", f"{describe(target)} cannot be indexed")
    if not isinstance(index, int) or isinstance(index, bool):
        raise ExpressionError("MS403", f"an index is an integer, not {describe(index)}")
    if not -len(target) <= index < len(target):
        raise ExpressionError("MS403", f"index {index} is outside a list of {len(target)}")
    return target[index]


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise ExpressionError("MS403", f"expected true or false, not {describe(value)}", "write a comparison, such as n > 0")
    return value


def _operand(value: Value) -> int | float:
    if isinstance(value, Symbol):
        raise ExpressionError(
            "MS404",
            f'the dimension "{value}" is unknown until run time, so nothing can be computed with it',
            "give the dimension a number in the input's shape, or make it a parameter",
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError("MS403", f"expected a number, not {describe(value)}")
    return value


def _binary(operator: str, left: Value, right: Value) -> Value:
    if operator in ("==", "!="):
        for side in (left, right):
            if isinstance(side, Symbol) and left != right:
                _operand(side)
        return (_comparable(left) == _comparable(right)) == (operator == "==")
    if isinstance(left, str) and isinstance(right, str):
        if operator == "+":
            return _short(left + right)
        if operator in ("<", "<=", ">", ">="):
            raise ExpressionError("MS403", f"strings are compared with == and !=, not with {operator}")
    if isinstance(left, list) and isinstance(right, list) and operator == "+":
        return _short(left + right)
    return _arithmetic(operator, _operand(left), _operand(right))


def _arithmetic(operator: str, a: int | float, b: int | float) -> Value:
    if operator in ("/", "//", "%") and b == 0:
        raise ExpressionError("MS403", "division by zero")
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


def _bounded(value: int | float) -> int | float:
    if not abs(value) <= MAX_NUMBER:
        raise ExpressionError("MS405", "the result is beyond ±2**53")
    return value


def _short(value: _Sized) -> _Sized:
    if len(value) > MAX_LENGTH:
        raise ExpressionError("MS405", f"the result has {len(value):,} items; at most {MAX_LENGTH:,} are kept")
    return value


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


def _single(arguments: list[Value]) -> int | float:
    if len(arguments) != 1:
        raise ExpressionError("MS403", f"this function takes one number, not {len(arguments)}")
    return _operand(arguments[0])


def _length(arguments: list[Value]) -> int:
    if len(arguments) != 1 or not isinstance(arguments[0], list | str):
        raise ExpressionError("MS403", "len takes one list or string")
    return len(arguments[0])


FUNCTIONS: dict[str, Callable[[list[Value]], Value]] = {
    "min": lambda arguments: min(_numbers(arguments)),
    "max": lambda arguments: max(_numbers(arguments)),
    "round": lambda arguments: round(_single(arguments)),
    "floor": lambda arguments: math.floor(_single(arguments)),
    "ceil": lambda arguments: math.ceil(_single(arguments)),
    "int": lambda arguments: int(_single(arguments)),
    "len": _length,
}
