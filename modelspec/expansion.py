"""How many layers a spec expands to, counted before anything is expanded.

A repetition whose body does not read the loop's value is a product, and a block called twice with the same arguments is
counted once, so that 272 bytes that say 10**9 layers are refused in no time. What depends on a tensor's shape is counted
as its least or, for a condition, its larger branch; the elaborator's own limit holds there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modelspec.document import BlocksByName, BlockStep, ConditionStep, LayerStep, Parameter, Range, RepeatStep, Spec, Step
from modelspec.evaluation import Scope, Value, describe, evaluate, kept, layered
from modelspec.expressions import ExpressionError, is_template, parse
from modelspec.findings import has_expression
from modelspec.graph import Applied
from modelspec.naming import given_names
from modelspec.source import Path
from modelspec.tensors import TensorType

MAX_LAYERS = 10_000
MAX_DEPTH = 128
"""How deep lists of steps nest, those of called blocks included."""
MAX_EFFORT = 100 * MAX_LAYERS
"""How many characters of expressions, items of lists and parameters are evaluated, each as often as it is."""
MAX_PARAMETERS = 2**31
MAX_ACTIVATION_BYTES = 2**34


MORE_BYTES = f"more than {MAX_ACTIVATION_BYTES // 2**30} GiB an example"
TOO_MANY = f"the spec expands to more than {MAX_LAYERS:,} layers"
TOO_MUCH = f"what the steps evaluate has more than {MAX_EFFORT:,} characters and items, each as often as it is evaluated"
TOO_DEEP = f"steps are nested more than {MAX_DEPTH} levels deep, blocks and repetitions in one another"


class TooLarge(Exception):
    """A spec that expands beyond the limits: nothing more is to be found out of it."""


@dataclass
class Effort:
    """What has been evaluated so far, in characters and items: the work that a short text can ask for with few layers."""

    spent: int = 0
    weights: dict[int, int] = field(default_factory=dict[int, int])
    """What a visit of a step takes, by the identity of the step."""

    def spend(self, amount: int) -> bool:
        """Count what is evaluated; return whether it passes the limit."""
        self.spent += amount
        return self.spent > MAX_EFFORT

    def bind(self, parameters: Mapping[str, Parameter]) -> bool:
        """Count the parameters that are given values; return whether that passes the limit."""
        return self.spend(_A_PARAMETER * len(parameters))

    def visit(self, step: Step, blocks: BlocksByName) -> bool:
        """Count what a step evaluates each time; return whether it passes the limit."""
        weight = self.weights.get(id(step))
        if weight is None:
            weight = self.weights[id(step)] = _weight(step, blocks)
        return self.spend(weight)


def _weight(step: Step, blocks: BlocksByName) -> int:
    """Return how many characters of expressions and how many items a step evaluates; the steps in it are counted themselves."""
    match step:
        case LayerStep():
            return _evaluated([step.fields, step.name]) + _read(step)
        case RepeatStep():
            values = step.in_.range if isinstance(step.in_, Range) else step.in_
            return _evaluated([values, step.name]) + _names(step.layers, blocks)
        case ConditionStep():
            return _evaluated(step.if_)
        case BlockStep():
            block = blocks[step.block].block
            declared = sum(_A_PARAMETER + _size(parameter.default) for parameter in block.parameters.values())
            handed = len(block.outputs or ()) + _names(block.layers, blocks[step.block].blocks)
            return _size(step.with_) + _evaluated(step.name) + _read(step) + declared + handed


_AN_ITEM, _A_PARAMETER, _A_LAYER = 2, 8, 50
"""What an item of a list, binding a parameter and building a layer take, in characters of an expression."""


def _read(step: LayerStep | BlockStep) -> int:
    return len(step.inputs) if isinstance(step.inputs, list) else 0


def _names(steps: Sequence[Step], blocks: BlocksByName) -> int:
    """Return what it takes to know the names that a list of steps gives: less than an expression of as many characters."""
    return sum(1 for _ in given_names(steps, blocks)) // 4


def _evaluated(value: Any) -> int:
    """Return the size of a value as it is written; 0 where there is nothing to evaluate in it."""
    return _size(value) if has_expression(value) else 0


def _size(value: Any) -> int:
    if isinstance(value, str):
        return _AN_ITEM + len(value) if is_template(value) else _AN_ITEM
    if isinstance(value, list | dict):
        items = list(value.values()) if isinstance(value, dict) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return _AN_ITEM + sum(map(_size, items))  # pyright: ignore[reportUnknownArgumentType]
    return _AN_ITEM


@dataclass
class Budget:
    """What the layers built so far take."""

    effort: Effort = field(default_factory=Effort)
    layers: int = 0
    parameters: int = 0
    activation_bytes: int = 0
    visited: int = 0

    @property
    def taken(self) -> int:
        """The work done, in characters that are evaluated."""
        return self.effort.spent + _A_LAYER * self.visited

    def visit(self, steps: int) -> bool:
        """Count a list of steps; return whether it passes what any spec of allowed size needs."""
        self.visited += 1 + steps
        return self.visited > 10 * MAX_LAYERS

    def passed_with_input(self, value: TensorType) -> tuple[str, str] | None:
        """Count an input of the model; return a code and a message where it passes a limit."""
        self.activation_bytes += value.bytes
        if self.activation_bytes > MAX_ACTIVATION_BYTES:
            return "MS512", f"the inputs up to this one take {MORE_BYTES}"
        return None

    def passed(self, applied: Applied) -> tuple[str, str] | None:
        """Count a layer; return a code and a message where it passes a limit."""
        self.layers += 1
        self.parameters += applied.parameters
        self.activation_bytes += applied.bytes
        if self.layers > MAX_LAYERS:
            return "MS510", TOO_MANY
        if self.parameters > MAX_PARAMETERS:
            own = f"{applied.parameters:,} parameters"
            return "MS511", f"the layer has {own}, and the model with it more than {MAX_PARAMETERS:,} parameters"
        if self.activation_bytes > MAX_ACTIVATION_BYTES:
            inner = applied.inner_elements
            inside = f"it makes {inner:,} numbers on the way to its output: " if inner else ""
            made = f"its output {applied.output} takes {applied.output.bytes:,} bytes"
            return "MS512", f"{inside}{made}; what the layers up to this one make takes {MORE_BYTES}"
        return None


def count(spec: Spec, scope: Scope) -> int:
    """Return the number of layers, or raise TooLarge; ``scope`` holds the spec's parameters."""
    return _Counter().steps(spec.layers, scope, spec.blocks_by_name, 0)


def values_of(step: RepeatStep, scope: Scope) -> Sequence[Any]:
    """Return the values of a repetition (a range is not spelled out), or raise ExpressionError."""
    if isinstance(step.in_, Range):
        return _range(step.in_, scope)
    if isinstance(step.in_, str):
        values = evaluate(step.in_, scope)
        if not isinstance(values, list):
            raise ExpressionError("MS403", "in must be a list", 'write {"range": n} to count')
        return values
    return [resolve(item, scope) for item in step.in_]


def resolve(value: Any, scope: Scope) -> Any:
    """Return a document value with its expressions evaluated, or raise ExpressionError."""
    if isinstance(value, list | dict):
        return kept(_resolved(value, scope)) if has_expression(value) else value  # pyright: ignore[reportUnknownVariableType]
    return _resolved(value, scope)


def _resolved(value: Any, scope: Scope) -> Any:
    if isinstance(value, str):
        return evaluate(value, scope) if is_template(value) else value
    if isinstance(value, list):
        return [_resolved(item, scope) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: _resolved(item, scope) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value


def _range(written: Range, scope: Scope) -> range:
    bounds = written.range if isinstance(written.range, list) else [written.range]
    numbers: list[int] = []
    for bound in bounds:
        value = resolve(bound, scope)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ExpressionError(
                "MS403", f"a range is made of integers, not of {describe(value)}", "divide with // to get an integer"
            )
        numbers.append(value)
    if len(numbers) == 3 and numbers[2] == 0:
        raise ExpressionError("MS403", "the step of a range is 0")
    return range(*numbers)


class _Counter:
    def __init__(self) -> None:
        self.visited = 0
        self.effort = Effort()
        self.calls: dict[tuple[Path, str], tuple[int, Scope]] = {}

    def steps(self, steps: Sequence[Step], scope: Scope, blocks: BlocksByName, depth: int) -> int:
        if depth >= MAX_DEPTH:
            raise TooLarge(TOO_DEEP)
        total = 0
        for step in steps:
            total += self.step(step, scope, blocks, depth)
            self.limit(total)
        return total

    def limit(self, total: int) -> None:
        if total > MAX_LAYERS or self.visited > 10 * MAX_LAYERS:
            raise TooLarge(TOO_MANY)

    def step(self, step: Step, scope: Scope, blocks: BlocksByName, depth: int) -> int:
        self.visited += 1
        if not isinstance(step, LayerStep) and self.effort.visit(step, blocks):
            raise TooLarge(TOO_MUCH)
        match step:
            case LayerStep():
                return 1
            case ConditionStep():
                return self.condition(step, scope, blocks, depth)
            case RepeatStep():
                return self.repeat(step, scope, blocks, depth)
            case BlockStep():
                return max(1, self.call(step, scope, blocks, depth))

    def condition(self, step: ConditionStep, scope: Scope, blocks: BlocksByName, depth: int) -> int:
        try:
            taken = resolve(step.if_, scope)
        except ExpressionError:
            return max(self.steps(step.then, scope, blocks, depth + 1), self.steps(step.else_, scope, blocks, depth + 1))
        return self.steps(step.then if taken is True else step.else_, scope, blocks, depth + 1)

    def repeat(self, step: RepeatStep, scope: Scope, blocks: BlocksByName, depth: int) -> int:
        variables = {step.for_, step.index}
        unknown = {name: value for name, value in scope.items() if name not in variables}
        try:
            values = values_of(step, scope)
        except ExpressionError:
            return self.steps(step.layers, unknown, blocks, depth + 1)
        if not variables & _reads(step.layers):
            total = len(values) * max(1, self.steps(step.layers, unknown, blocks, depth + 1)) if values else 0
            self.limit(total)
            return total
        total = 0
        for index, value in enumerate(values):
            total += max(1, self.steps(step.layers, layered(loop_scope(step, index, value), scope), blocks, depth + 1))
            self.limit(total)
        return total

    def call(self, step: BlockStep, scope: Scope, blocks: BlocksByName, depth: int) -> int:
        called = blocks[step.block]
        block = called.block
        inner: dict[str, Value] = {}
        for name, parameter in block.parameters.items():
            given = step.with_.get(name)
            try:
                inner[name] = resolve(parameter.default, inner) if given is None else resolve(given, scope)
            except ExpressionError:
                continue
        key = (called.path, repr([_key(inner.get(name)) for name in block.parameters]))
        if key not in self.calls:
            self.calls[key] = (self.steps(block.layers, inner, called.blocks, depth + 1), inner)
        return self.calls[key][0]


def loop_scope(step: RepeatStep, index: int, value: Value) -> dict[str, Value]:
    """Return the names that a repetition adds to its body."""
    return {step.for_: value, **({step.index: index} if step.index else {})}


def _key(value: Value) -> Value:
    """Return a value that is cheap to print; a list is known by its identity, and kept alive beside its count."""
    if not isinstance(value, list) or (len(value) <= 16 and not any(isinstance(item, list) for item in value)):
        return value
    return f"list {id(value)}"


def _reads(steps: Sequence[Step]) -> set[str]:
    """Return the names that decide how many layers the steps expand to, as far as their expressions tell."""
    found: set[str] = set()
    for step in steps:
        match step:
            case ConditionStep():
                found |= names_in(step.if_) | _reads(step.then) | _reads(step.else_)
            case RepeatStep():
                found |= names_in(step.in_.range if isinstance(step.in_, Range) else step.in_) | _reads(step.layers)
            case BlockStep():
                found |= names_in(step.with_)
            case LayerStep():
                pass
    return found


def names_in(value: Any) -> set[str]:
    """Return the names that the expressions in a value read."""
    if isinstance(value, str):
        return set(parse(value).names) if is_template(value) else set()
    if isinstance(value, list):
        return set[str]().union(*(names_in(item) for item in value))  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return set[str]().union(*(names_in(item) for item in value.values()))  # pyright: ignore[reportUnknownVariableType]
    return set()
