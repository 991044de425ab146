"""Parameters and inputs: what their values must be, and how given values and defaults bind to declarations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, get_args

from modelspec.diagnostics import did_you_mean, listed, shown
from modelspec.document import (
    BooleanParameter,
    Input,
    IntegerParameter,
    ListParameter,
    NumberParameter,
    Parameter,
    ShapeParameter,
    Spec,
    StringParameter,
)
from modelspec.evaluation import MAX_DEPTH, MAX_LENGTH, TensorValue, Value, layered, size_of
from modelspec.expansion import names_in, resolve
from modelspec.expressions import MAX_NUMBER
from modelspec.findings import FAILED, Findings, Trail
from modelspec.source import Path
from modelspec.tensors import DataFormat, DocumentDType, Symbol, TensorType

_DTYPES: tuple[DocumentDType, ...] = get_args(DocumentDType)
_SHAPE = ShapeParameter.model_construct(type="shape")


class Binder:
    """Binds values to declarations, and reports what does not fit to ``findings``; ``frames`` is the way there."""

    def __init__(self, findings: Findings, frames: Trail = ()) -> None:
        self.findings, self.frames = findings, frames

    def spec_parameters(self, spec: Spec, given: Mapping[str, Any]) -> dict[str, Value] | None:
        """Return the values of a spec's parameters; None where one does not fit."""
        unknown = given.keys() - spec.parameters.keys()
        for name in sorted(unknown):
            hint = did_you_mean(name, spec.parameters)
            self.findings.report("MS305", ("parameters",), f"the spec has no parameter {shown(name)}", hint, key=True)
        values = self.bind(spec.parameters, given, (), ("parameters",), {})
        return None if unknown else values

    def bind(
        self,
        declared: Mapping[str, Parameter],
        given: Mapping[str, Any],
        path: Path,
        given_path: Path,
        seen: Mapping[str, Value],
    ) -> dict[str, Value] | None:
        """Return a value for each declared parameter, given or by default; None where one does not fit.

        ``path`` leads to what declares them and ``given_path`` to what gives them. A default reads the parameters before it
        and the names in ``seen``; where one of them does not fit, that is reported once.
        """
        values: dict[str, Value] = {}
        unbound = set(declared)
        for name, parameter in declared.items():
            place: Path = (*given_path, name)
            value = given.get(name)
            if name not in given and parameter.default is None:
                message = f'the parameter "{name}" has no value and no default'
                hint = (
                    'give it under "with"' if path else f"give it with --param {name}=..., in a parameter set, or as a default"
                )
                self.findings.report("MS306", (*path, "parameters", name), message, hint, self.frames, key=True)
                continue
            if name not in given:
                if not unbound.isdisjoint(names_in(parameter.default)):
                    continue
                place = (*path, "parameters", name, "default")
                value = self.findings.attempt(
                    place, self.frames, lambda default=parameter.default: resolve(default, layered(values, seen))
                )
                if value is FAILED:
                    continue
            if wrong := mismatch(parameter, value):
                message = f"{name} is {shown(plain(value))}; it must be {wrong[0]}"
                self.findings.report("MS307", place, message, wrong[1], self.frames)
            else:
                values[name] = as_value(parameter, value)
                unbound.remove(name)
        return values if len(values) == len(declared) else None

    def data_format(self, spec: Spec, values: Mapping[str, Value]) -> DataFormat | None:
        """Return the spec-wide data format; None where it is none."""
        value = self.findings.attempt(("data_format",), (), lambda: resolve(spec.data_format, values))
        if value is FAILED:
            return None
        if value in ("channels_last", "channels_first"):
            return value
        message = f"data_format is {shown(plain(value))}; it must be channels_last or channels_first"
        self.findings.report("MS203", ("data_format",), message)
        return None

    def inputs(self, spec: Spec, values: Mapping[str, Value]) -> dict[str, TensorType] | None:
        """Return the types of a spec's inputs; None where one does not fit."""
        types = {name: kind for name in spec.inputs if (kind := self._input(spec.inputs[name], name, values))}
        return types if len(types) == len(spec.inputs) else None

    def _input(self, declared: Input, name: str, values: Mapping[str, Value]) -> TensorType | None:
        path: Path = ("inputs", name)
        shape = self.findings.attempt((*path, "shape"), (), lambda: resolve(declared.shape, values))
        dtype = self.findings.attempt((*path, "dtype"), (), lambda: resolve(declared.dtype, values))
        if shape is FAILED or dtype is FAILED:
            return None
        if not isinstance(dtype, str) or dtype not in _DTYPES:
            message = f"dtype is {shown(plain(dtype))}; it must be one of {', '.join(_DTYPES)}"
            self.findings.report("MS203", (*path, "dtype"), message)
            return None
        if wrong := mismatch(_SHAPE, shape):
            message = f"shape is {shown(plain(shape))}; it must be {wrong[0]}, without the batch"
            self.findings.report("MS204", (*path, "shape"), message)
            return None
        dims = tuple(Symbol(dim) if isinstance(dim, str) else dim for dim in shape)
        if Symbol("batch") in dims:
            message = 'a dimension is named "batch", as the implicit one is'
            self.findings.report("MS207", (*path, "shape"), message, "leave the batch out of shapes")
            return None
        return TensorType(dims, dtype)


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
            fits = isinstance(value, list) and value and all(_is_dimension(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
            return None if fits else "a list of sizes (at least 1) and names of unknown sizes"
        case ListParameter():
            if not isinstance(value, list):
                return "a list"
            if size_of(value) > MAX_LENGTH:  # pyright: ignore[reportUnknownArgumentType]
                return f"a list of at most {MAX_LENGTH:,} items, those of lists in it counted, and {MAX_DEPTH} levels"
            checks = {"integer": _is_integer, "number": _is_number, "boolean": _is_boolean, "string": _is_string}
            if parameter.items is not None and not all(checks[parameter.items](item) for item in value):  # pyright: ignore[reportUnknownVariableType]
                return f"a list of {parameter.items}s"
            return None


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_NUMBER


def _is_number(value: Any) -> bool:
    return isfinite(value) if isinstance(value, float) else _is_integer(value)


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
