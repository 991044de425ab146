"""Spec and parameters to Graph: blocks, repetitions, conditions and expressions resolved, each layer typed as it is built."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from modelspec import expansion, parameters
from modelspec.check import MAX_FINDINGS, given_names, literal_problems
from modelspec.diagnostics import Diagnostic, Frame, SpecError, did_you_mean, shown
from modelspec.document import NAME, BlockStep, ConditionStep, LayerStep, Parameter, RepeatStep, Spec, Step
from modelspec.expressions import ExpressionError, TensorValue, Value, describe, is_template
from modelspec.findings import find, has_expression
from modelspec.graph import Graph, Node, Origin
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer, LayerError
from modelspec.naming import Siblings, snake_case
from modelspec.source import Path, pointer
from modelspec.tensors import FLOATS, ITEM_SIZE, DataFormat, Symbol, TensorType

MAX_PARAMETERS = 2**31
MAX_ACTIVATION_BYTES = 2**34

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value of the graph; ``type`` is None where an error stands in the way of it."""

    value: str
    type: TensorType | None


@dataclass
class _Scope:
    """What a list of steps sees; ``frames`` is the way there."""

    prefix: str
    values: dict[str, Value]
    tensors: dict[str, Tensor]
    siblings: Siblings
    frames: tuple[Frame, ...] = ()
    alone: str | None = None
    """The name of the only step, where a repetition of one step names it."""


class _Abort(Exception):
    """A limit is passed: nothing more is to be found out."""


def elaborate(spec: Spec, given: Mapping[str, Any] | None = None) -> Graph:
    """Return the graph of a spec for parameter values, or raise SpecError with every finding.

    ``given`` maps parameter names to values as JSON has them; defaults stand for the others.
    """
    elaborator = _Elaborator(spec)
    try:
        graph = elaborator.run(given or {})
    except _Abort:
        graph = None
    if elaborator.findings or graph is None:
        unique = {(item.code, item.pointer, item.message): item for item in reversed(elaborator.findings)}
        raise SpecError(list(reversed(unique.values()))[:MAX_FINDINGS])
    return graph


class _Elaborator:
    def __init__(self, spec: Spec) -> None:
        self.spec, self.source = spec, spec.source
        self.findings: list[Diagnostic] = []
        self.nodes: list[Node] = []
        self.data_format: DataFormat = "channels_last"
        self.parameter_count = 0
        self.activation_bytes = 0

    def report(
        self, code: str, path: Path, message: str, hint: str = "", frames: tuple[Frame, ...] = (), *, key: bool = False
    ) -> None:
        place = self.source.place(path, key=key)
        self.findings.append(Diagnostic(code, message, hint).at(place, pointer(path), frames))

    def attempt(self, path: Path, frames: tuple[Frame, ...], evaluate: Callable[[], _T]) -> _T | None:
        """Return the result; where an expression fails, report it and return None."""
        try:
            return evaluate()
        except ExpressionError as error:
            self.report(error.code, path, error.message, error.hint, frames)
            return None

    def run(self, given: Mapping[str, Any]) -> Graph | None:
        spec = self.spec
        for name in given.keys() - spec.parameters.keys():
            hint = did_you_mean(name, spec.parameters)
            self.report("MS305", ("parameters",), f'the spec has no parameter "{name}"', hint, key=True)
        values: dict[str, Value] = {}
        self.bind(spec.parameters, given, (), ("parameters",), values, values, ())
        data_format = self.attempt(("data_format",), (), lambda: expansion.resolve(spec.data_format, values))
        inputs = {name: self.input(name, values) for name in spec.inputs}
        if self.findings:
            return None
        if data_format not in ("channels_last", "channels_first"):
            self.report("MS203", ("data_format",), f"data_format is {shown(data_format)}; it is channels_last or channels_first")
            return None
        self.data_format = data_format
        self.count(values)
        tensors = {name: Tensor(name, kind) for name, kind in inputs.items()}
        scope = _Scope("", {**values, **self.tensor_values(tensors)}, tensors, Siblings(spec.inputs, given_names(spec.layers)))
        first = next(iter(tensors.values())) if len(tensors) == 1 else None
        last = self.steps(spec.layers, ("layers",), scope, first)
        outputs = self.outputs(last, scope)
        if self.findings:
            return None
        types = {name: kind for name, kind in inputs.items() if kind is not None}
        return self.pruned(Graph(spec.name, types, tuple(self.nodes), outputs, spec.description))

    def count(self, values: Mapping[str, Value]) -> None:
        try:
            expansion.count(self.spec, values)
        except expansion.TooLarge as error:
            self.report("MS510", ("layers",), str(error), "build the model of fewer or larger blocks", key=True)
            raise _Abort from None

    def bind(
        self,
        declared: Mapping[str, Parameter],
        given: Mapping[str, Any],
        path: Path,
        given_path: Path,
        values: dict[str, Value],
        defaults_see: dict[str, Value],
        frames: tuple[Frame, ...],
    ) -> bool:
        """Fill ``values`` from given values and defaults, in order; report what does not fit and return whether all do."""
        sound = True
        for name, parameter in declared.items():
            place: Path = (*given_path, name)
            if name in given:
                value = given[name]
            elif parameter.default is None:
                self.report("MS306", (*path, "parameters", name), f'the parameter "{name}" has no value and no default', "", frames, key=True)
                sound = False
                continue
            else:
                place = (*path, "parameters", name, "default")
                default = parameter.default
                value = self.attempt(place, frames, lambda default=default: expansion.resolve(default, defaults_see))
                if value is None:
                    sound = False
                    continue
            if wrong := parameters.mismatch(parameter, value):
                self.report("MS307", place, f"{name} is {shown(parameters.plain(value))}; it must be {wrong[0]}", wrong[1], frames)
                sound = False
            else:
                values[name] = defaults_see[name] = parameters.as_value(parameter, value)
        return sound

    def input(self, name: str, values: Mapping[str, Value]) -> TensorType | None:
        declared = self.spec.inputs[name]
        path: Path = ("inputs", name)
        shape = self.attempt((*path, "shape"), (), lambda: expansion.resolve(declared.shape, values))
        dtype = self.attempt((*path, "dtype"), (), lambda: expansion.resolve(declared.dtype, values))
        if shape is None or dtype is None:
            return None
        if dtype not in ITEM_SIZE:
            self.report("MS203", (*path, "dtype"), f"dtype is {shown(dtype)}; it must be one of {', '.join(ITEM_SIZE)}")
            return None
        dims = [Symbol(dim) if isinstance(dim, str) else dim for dim in shape] if isinstance(shape, list) else None  # pyright: ignore[reportUnknownVariableType]
        if not dims or not all(isinstance(dim, Symbol) or (type(dim) is int and dim >= 1) for dim in dims):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            found = shown(parameters.plain(shape))
            self.report("MS204", (*path, "shape"), f"shape is {found}; it must be a list of sizes and names, without the batch")
            return None
        if Symbol("batch") in dims:
            self.report("MS207", (*path, "shape"), 'a dimension is named "batch", as the implicit one is', "leave the batch out of shapes")
        return TensorType(tuple(dims), dtype)  # pyright: ignore[reportUnknownArgumentType]

    def tensor_values(self, tensors: Mapping[str, Tensor]) -> dict[str, Value]:
        """Return what expressions see of tensors; those that an error stands in the way of are not seen."""
        return {
            name: TensorValue(it.type.shape, it.type.shape[0 if self.data_format == "channels_first" else -1])
            for name, it in tensors.items()
            if it.type is not None
        }

    def steps(self, steps: Sequence[Step], path: Path, scope: _Scope, current: Tensor | None) -> Tensor | None:
        """Build steps one after another and return what the last of them makes; ``current`` stands before the first."""
        for position, step in enumerate(steps):
            current = self.step(step, (*path, position), scope, current)
        return current

    def step(self, step: Step, path: Path, scope: _Scope, current: Tensor | None) -> Tensor | None:
        match step:
            case LayerStep():
                return self.layer(step, path, scope, current)
            case BlockStep():
                return self.call(step, path, scope, current)
            case RepeatStep():
                return self.repeat(step, path, scope, current)
            case ConditionStep():
                return self.condition(step, path, scope, current)

    def condition(self, step: ConditionStep, path: Path, scope: _Scope, current: Tensor | None) -> Tensor | None:
        taken = self.attempt((*path, "if"), scope.frames, lambda: expansion.resolve(step.if_, scope.values))
        if not isinstance(taken, bool):
            if taken is not None:
                self.report(
                    "MS403", (*path, "if"), f"the condition is {describe(taken)}; it must be true or false", "", scope.frames
                )
            return Tensor("", None)
        key, steps = ("then", step.then) if taken else ("else", step.else_)
        return self.steps(steps, (*path, key), scope, current)

    def repeat(self, step: RepeatStep, path: Path, scope: _Scope, current: Tensor | None) -> Tensor | None:
        values = self.attempt((*path, "in"), scope.frames, lambda: expansion.values_of(step, scope.values))
        if values is None:
            return Tensor("", None)
        only = step.layers[0] if len(step.layers) == 1 else None
        if not isinstance(only, LayerStep | BlockStep):
            only = None
        names_itself = step.name is None and only is not None and is_template(only.name)
        base = None
        if not names_itself:
            written = step.name or (only.name if only else None)
            base = self.name(written, _default_name(only or step), path, scope, count=len(values))
        for index, value in enumerate(values):
            inner = self.repetition(step, index, value, path, scope)
            if only is not None and base is not None:
                inner.alone = f"{base}_{index + 1}"
            elif base is not None:
                inner.prefix = f"{scope.prefix}{base}_{index + 1}/"
                inner.siblings = Siblings((), given_names(step.layers))
            current = self.steps(step.layers, (*path, "layers"), inner, current)
        if step.name is not None and base is not None and current is not None:
            scope.tensors[base] = current
        return current

    def repetition(self, step: RepeatStep, index: int, value: Value, path: Path, scope: _Scope) -> _Scope:
        """Return the scope of one repetition, which reads the names around it and keeps its own to itself."""
        frame = Frame(f"repetition {index + 1} ({step.for_} = {shown(parameters.plain(value), 20)})", self.source.place(path))
        return replace(
            scope,
            values={**scope.values, **expansion.loop_scope(step, index, value)},
            tensors=dict(scope.tensors),
            frames=(*scope.frames, frame),
        )

    def call(self, step: BlockStep, path: Path, scope: _Scope, current: Tensor | None) -> Tensor | None:
        block = self.spec.blocks[step.block]
        name = self.name(step.name, step.block, path, scope)
        read = self.inputs(step.inputs, path, scope, current)
        given = self.attempt((*path, "with"), scope.frames, lambda: expansion.resolve(step.with_, scope.values))
        if read is None or given is None or any(tensor.type is None for tensor in read):
            return self.define(step.name, name, Tensor("", None), scope)
        if len(read) != len(block.inputs):
            self.report(
                "MS502",
                path,
                f'the block "{step.block}" takes {len(block.inputs)} inputs ({", ".join(block.inputs)}), but gets {len(read)}',
                'list them under "inputs"',
                scope.frames,
            )
            return self.define(step.name, name, Tensor("", None), scope)
        arguments = ", ".join(f"{key}={shown(parameters.plain(value), 20)}" for key, value in given.items())
        frames = (*scope.frames, Frame(f'block "{step.block}"' + (f" with {arguments}" if arguments else ""), self.source.place(path)))
        tensors = dict(zip(block.inputs, read, strict=True))
        seen = self.tensor_values(tensors)
        values: dict[str, Value] = {}
        if not self.bind(block.parameters, given, ("blocks", step.block), (*path, "with"), values, dict(seen), frames):
            return self.define(step.name, name, Tensor("", None), scope)
        inner = _Scope(f"{scope.prefix}{name}/", {**seen, **values}, tensors, Siblings(block.inputs, given_names(block.layers)), frames)
        last = self.steps(block.layers, ("blocks", step.block, "layers"), inner, read[0] if len(read) == 1 else None)
        if not block.outputs:
            return self.define(step.name, name, last or Tensor("", None), scope)
        made = [inner.tensors.get(output, Tensor("", None)) for output in block.outputs]
        if step.name is not None:
            scope.tensors.update({f"{name}.{output}": tensor for output, tensor in zip(block.outputs, made, strict=True)})
        return self.define(step.name, name, made[0], scope)

    def layer(self, step: LayerStep, path: Path, scope: _Scope, current: Tensor | None) -> Tensor | None:
        name = self.name(step.name, snake_case(step.type), path, scope)
        read = self.inputs(step.inputs, path, scope, current)
        layer = self.concrete(step, path, scope)
        made = Tensor(f"{scope.prefix}{name}", None)
        if layer is not None and read is not None and all(tensor.type is not None for tensor in read):
            made = self.node(made.value, layer, read, step, path, scope)
        return self.define(step.name, name, made, scope)

    def node(self, name: str, layer: Layer, read: list[Tensor], step: LayerStep, path: Path, scope: _Scope) -> Tensor:
        types = tuple(tensor.type for tensor in read if tensor.type is not None)
        least, most = layer.arity
        try:
            if len(types) < least or (most is not None and len(types) > most):
                wanted = f"{least} input" + "s" * (least != 1) + (" or more" if most is None else "")
                raise LayerError("MS502", f"{step.type} takes {wanted}, but gets {len(types)}", 'name what it reads under "inputs"')
            origin = Origin(pointer(path), self.source.place(path), scope.frames)
            node = Node.of(name, layer, tuple(tensor.value for tensor in read), types, origin=origin)
        except LayerError as error:
            at = (*path, "type") if error.code != "MS502" else (*path, "inputs") if step.inputs else (*path, "type")
            self.report(error.code, at, error.message, error.hint or self.way_back(read), scope.frames)
            return Tensor(name, None)
        self.limits(node, path, scope)
        self.nodes.append(node)
        return Tensor(name, node.output)

    def way_back(self, read: Sequence[Tensor]) -> str:
        made = {node.value: node for node in self.nodes}
        return "; ".join(
            f'"{it.value}" made it at {made[it.value].origin.place or made[it.value].origin.pointer}' for it in read if it.value in made
        )

    def limits(self, node: Node, path: Path, scope: _Scope) -> None:
        self.parameter_count += sum(bound.weight.size for bound in node.weights)
        self.activation_bytes += node.output.bytes
        if self.parameter_count > MAX_PARAMETERS:
            message = f"the model has more than {MAX_PARAMETERS:,} parameters with this layer"
            self.report("MS511", (*path, "type"), message, "", scope.frames)
            raise _Abort
        if self.activation_bytes > MAX_ACTIVATION_BYTES:
            message = f"the activations of one example take more than {MAX_ACTIVATION_BYTES // 2**30} GiB with this layer"
            self.report("MS512", (*path, "type"), message, "", scope.frames)
            raise _Abort
        if len(self.nodes) >= expansion.MAX_LAYERS:
            self.report("MS510", path, f"the spec expands to more than {expansion.MAX_LAYERS:,} layers", "", scope.frames)
            raise _Abort

    def concrete(self, step: LayerStep, path: Path, scope: _Scope) -> Layer | None:
        """Return the layer with its expressions evaluated; None where that or the validation fails."""
        fields: dict[str, Any] = {}
        sound = True
        for key, written in step.fields.items():
            value = self.attempt((*path, key), scope.frames, lambda written=written: expansion.resolve(written, scope.values))
            sound = sound and (value is not None or written is None)
            fields[key] = value
        if not sound:
            return None
        kind = LAYERS[step.type]
        plain = {key: _without_symbols(value) for key, value in fields.items()}
        wrong = literal_problems(kind, plain)
        for problem in wrong:
            written = find(step.fields, problem.path[:1])
            source = f" (from {shown(written)})" if has_expression(written) else ""
            at = (*path, *problem.path)
            self.report(problem.code, at, problem.message + source, problem.hint or _halved(plain, problem.path), scope.frames)
        return None if wrong else kind.model_validate(plain).with_default_format(self.data_format)

    def inputs(
        self, written: str | list[str] | None, path: Path, scope: _Scope, current: Tensor | None
    ) -> list[Tensor] | None:
        """Return the tensors that a step reads; None where one cannot be told, which is reported."""
        if written is None:
            if current is None:
                self.report(
                    "MS308",
                    path,
                    "there are several inputs, and the first step must say which it reads",
                    f'give it "inputs": one of {", ".join(scope.tensors)}',
                    scope.frames,
                )
            return None if current is None else [current]
        names = written if isinstance(written, list) else [written]
        found: list[Tensor] = []
        for position, template in enumerate(names):
            place = (*path, "inputs", position) if isinstance(written, list) else (*path, "inputs")
            name = self.attempt(place, scope.frames, lambda template=template: expansion.resolve(template, scope.values))
            if name is None:
                continue
            if not isinstance(name, str) or name not in scope.tensors:
                hint = did_you_mean(name, scope.tensors) if isinstance(name, str) else ""
                self.report("MS301", place, f"nothing here is named {shown(parameters.plain(name))}", hint, scope.frames)
                continue
            found.append(scope.tensors[name])
        return found if len(found) == len(names) else None

    def name(self, written: str | None, default: str, path: Path, scope: _Scope, *, count: int | None = None) -> str:
        """Return the step's name among its siblings; ``count`` is the number of repetitions that it will be numbered by."""
        if scope.alone is not None:
            return scope.alone
        if written is None:
            return scope.siblings.made(default, count)
        name = self.attempt((*path, "name"), scope.frames, lambda: expansion.resolve(written, scope.values))
        if name is None:
            return scope.siblings.made(default, count)
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            found = shown(parameters.plain(name))
            self.report("MS207", (*path, "name"), f"name is {found}; it must be letters, digits and _, beginning with a letter")
            return scope.siblings.made(default, count)
        if not scope.siblings.given(name, count):
            self.report("MS302", (*path, "name"), f'the name "{name}" is already taken here', "", scope.frames)
        return name

    def define(self, written: str | None, name: str, tensor: Tensor, scope: _Scope) -> Tensor:
        if written is not None:
            scope.tensors[name] = tensor
        return tensor

    def outputs(self, last: Tensor | None, scope: _Scope) -> dict[str, str]:
        written = self.spec.outputs
        if written is None:
            return {last.value: last.value} if last else {}
        pairs = [(written, written)] if isinstance(written, str) else [(it, it) for it in written] if isinstance(written, list) else list(written.items())
        outputs: dict[str, str] = {}
        for key, template in pairs:
            found = self.inputs(template, ("outputs",), scope, None)
            if key in self.spec.inputs:
                self.report("MS302", ("outputs",), f'"{key}" is the name of an input and of an output')
            if found:
                outputs[key] = found[0].value
        return outputs

    def pruned(self, graph: Graph) -> Graph:
        """Return the graph without the layers that no output depends on; report inputs that nothing reads."""
        needed = set(graph.outputs.values())
        kept: list[Node] = []
        for node in reversed(graph.nodes):
            if node.value in needed:
                kept.append(node)
                needed.update(node.inputs)
        for name in graph.inputs:
            if name not in needed:
                self.report("MS310", ("inputs", name), f'no output depends on the input "{name}"', "read it or remove it", key=True)
        for name, value in graph.output_types.items():
            if value.dtype not in FLOATS:
                self.report("MS503", ("outputs",), f'the output "{name}" is {value.dtype}; no layer makes it a floating-point number')
        return replace(graph, nodes=tuple(reversed(kept)))


def _default_name(step: Step) -> str:
    match step:
        case LayerStep():
            return snake_case(step.type)
        case BlockStep():
            return step.block
        case RepeatStep():
            return step.for_
        case ConditionStep():
            return "condition"


def _without_symbols(value: Any) -> Any:
    """Return a field's value as JSON has it: a dimension that is a name becomes that string, which no field of a layer takes."""
    return parameters.plain(value) if isinstance(value, list | Symbol | TensorValue) else value


def _halved(fields: Mapping[str, Any], path: Path) -> str:
    value = find(fields, path)
    return "divide with // to get an integer" if isinstance(value, float) and value.is_integer() else ""
