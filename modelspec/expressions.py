"""The expressions of a spec, ``"${filters * 2}"``, parsed to trees. ``modelspec.evaluation`` gives them values.

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

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from modelspec.diagnostics import did_you_mean

MAX_SOURCE = 1_000
MAX_DEPTH = 32
MAX_TOKENS = 300
MAX_NUMBER = 2.0**53


class ExpressionError(Exception):
    """An expression that does not parse or has no value."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


@dataclass(frozen=True, slots=True)
class Literal:
    value: bool | int | float | str | None


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
        raise ExpressionError("MS405", f"the expression has {len(text):,} characters; at most {MAX_SOURCE:,} are read", _SPLIT)
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


_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<string>'[^'\\]*'|\"[^\"\\]*\")|(?P<operator>//|\*\*|==|!=|<=|>=|[-+*/%<>()\[\],.}]))"
)
KEYWORDS = frozenset({"and", "or", "not", "if", "else", "true", "false", "null"})
FUNCTION_NAMES = frozenset({"ceil", "floor", "int", "len", "max", "min", "round"})
_CONSTANTS = {"true": True, "false": False, "null": None}
_ELSEWHERE: Mapping[str, str] = {
    "**": "there is no operator for powers: multiply, n * n",
    "^": "there is no operator for powers: multiply, n * n",
    "=": "values are compared with ==",
    "&": 'write "and"',
    "|": 'write "or"',
    "!": 'write "not"',
    "?": 'write "a if test else b"',
    "'": "the string is not closed; a backslash cannot stand in one",
    '"': "the string is not closed; a backslash cannot stand in one",
}
"""What other languages write, and how to say it here."""
_SPLIT = "give its parts names: a parameter's default may be an expression over those before it"
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
                _ELSEWHERE.get(rest[0], "") if rest else "close it with }",
            )
        self.kind, self.token = match.lastgroup or "", match[match.lastgroup or 0]
        self.end = match.end()
        self.tokens += 1
        if self.tokens > MAX_TOKENS:
            raise ExpressionError("MS405", f"the expression has more than {MAX_TOKENS} numbers, names and operators", _SPLIT)

    def whole(self) -> Expression:
        expression = self.conditional()
        if self.token != "}":
            raise ExpressionError("MS401", f"unexpected {self.token!r} in the expression", _ELSEWHERE.get(self.token, ""))
        return expression

    def take(self, token: str) -> bool:
        if self.token == token:
            self.advance()
            return True
        return False

    def expect(self, token: str, instead: str = "") -> None:
        if not self.take(token):
            message = f"expected {instead}{token!r} before {self.found()}"
            raise ExpressionError("MS401", message, _ELSEWHERE.get(self.token, ""))

    def found(self) -> str:
        return "the end of the expression" if self.token == "}" else repr(self.token)

    def conditional(self) -> Expression:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError("MS405", f"the expression is nested more than {MAX_DEPTH} levels deep", _SPLIT)
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
            raise ExpressionError("MS405", f"the expression is nested more than {MAX_DEPTH} levels deep", _SPLIT)
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
                    raise ExpressionError("MS401", f"expected a name after '.', not {self.found()}")
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
            if token not in FUNCTION_NAMES:
                raise ExpressionError("MS401", f"unknown function {token!r}", did_you_mean(token, FUNCTION_NAMES))
            return Call(token, self.values(")"))
        return Name(token)

    def advance_atom(self, kind: str, token: str) -> None:
        if kind == "operator" or token in KEYWORDS - _CONSTANTS.keys():
            raise ExpressionError("MS401", f"expected a value before {self.found()}", _ELSEWHERE.get(token, ""))
        self.advance()

    def values(self, closing: str) -> tuple[Expression, ...]:
        items: list[Expression] = []
        while not self.take(closing):
            items.append(self.conditional())
            if not self.take(","):
                self.expect(closing, "',' or ")
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
