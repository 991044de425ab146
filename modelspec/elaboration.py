"""Spec and parameters to Graph: blocks, repetitions, conditions and expressions resolved, each layer typed as it is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic import ValidationError

from modelspec import expansion
from modelspec.binding import Binder, plain
from modelspec.building import Builder
from modelspec.diagnostics import Frame, SpecError, shown
from modelspec.document import BlockStep, ConditionStep, LayerStep, RepeatStep, Spec, Step
from modelspec.evaluation import MAKE_IT_KNOWN, TensorValue, Value, describe, layered
from modelspec.expansion import MAX_DEPTH, MAX_LAYERS, TOO_DEEP, TOO_MANY, TOO_MUCH, Budget, TooLarge
from modelspec.expressions import is_template
from modelspec.findings import FAILED, TooMany, find, has_expression
from modelspec.graph import Graph, Node, Origin
from modelspec.layer_fields import field_problems
from modelspec.layers import LAYERS
from modelspec.layers.base import Layer, LayerError
from modelspec.naming import Siblings, given_names, snake_case
from modelspec.scopes import Lookup, Scope, Tensor
from modelspec.source import Path
from modelspec.tensors import FLOATS, DataFormat, Symbol


@dataclass(frozen=True, slots=True)
class Elaboration:
    """A graph, and the layers that the spec has beside it, which no output depends on."""

    graph: Graph
    unread: tuple[Node, ...]


def elaborate(spec: Spec, given: Mapping[str, Any] | None = None) -> Graph:
    """Return the graph of a spec for parameter values, or raise SpecError with every finding.

    ``given`` maps parameter names to values as JSON has them; defaults stand for the others.
    """
    return elaborate_whole(spec, given).graph


def elaborate_whole(
    spec: Spec, given: Mapping[str, Any] | None = None, budget: Budget | None = None, builder: Builder | None = None
) -> Elaboration:
    """Return what ``elaborate`` does, and what it leaves out.

    ``budget`` counts what that takes; ``builder`` has the layers of the same spec for other values.
    """
    elaborator = _Elaborator(spec, budget or Budget(), builder or Builder())
    graph = None
    with suppress(TooLarge, TooMany):  # which are reported already
        graph = elaborator.run(given or {})
    if elaborator.found or graph is None:
        raise SpecError(elaborator.listed())
    kept = {node.name for node in graph.nodes}
    return Elaboration(graph, tuple(node for node in elaborator.nodes if node.name not in kept))


class _Elaborator(Lookup):
    def __init__(self, spec: Spec, budget: Budget, builder: Builder) -> None:
        super().__init__(spec.source)
        self.spec, self.budget = spec, budget
        self.nodes: list[Node] = []
        self.data_format: DataFormat = "channels_last"
        self.builder = builder
        self.layer_types = spec.layer_types
        self.depth = 0

    def run(self, given: Mapping[str, Any]) -> Graph | None:
        spec = self.spec
        self.budget.effort.bind(spec.parameters)
        binder = Binder(self)
        values = binder.spec_parameters(spec, given)
        inputs = None if values is None else binder.inputs(spec, values)
        data_format = None if values is None else binder.data_format(spec, values)
        if values is None or inputs is None or data_format is None:
            return None
        self.data_format = data_format
        try:
            expansion.count(spec, values)
        except TooLarge as error:
            self.report("MS510", ("layers",), str(error), "build the model of fewer or larger blocks", key=True)
            raise
        for name, kind in inputs.items():
            if passed := self.budget.passed_with_input(kind):
                self.report(passed[0], ("inputs", name, "shape"), passed[1], "make it smaller")
                raise TooLarge(passed[1])
        tensors = {name: Tensor(name, kind) for name, kind in inputs.items()}
        blocks = spec.blocks_by_name
        siblings = Siblings(spec.inputs, given_names(spec.layers, blocks))
        scope = Scope("", {**values, **self.tensor_values(tensors)}, tensors, siblings, blocks)
        first = next(iter(tensors.values())) if len(tensors) == 1 else None
        last = self.steps(spec.layers, ("layers",), scope, first)
        outputs = self.outputs(last, scope)
        if self.found:
            return None
        graph = Graph(spec.name, inputs, tuple(self.nodes), outputs, spec.description).pruned()
        self.check_ends(graph)
        return graph

    def tensor_values(self, tensors: Mapping[str, Tensor]) -> dict[str, Value]:
        """Return what expressions see of tensors; those that an error stands in the way of are not seen."""
        axis = 0 if self.data_format == "channels_first" else -1
        shapes = {name: it.type.shape for name, it in tensors.items() if it.type is not None}
        return {name: TensorValue(shape, shape[axis] if shape else None) for name, shape in shapes.items()}

    def steps(self, steps: Sequence[Step], path: Path, scope: Scope, current: Tensor | None) -> Tensor | None:
        """Build steps one after another and return what the last of them makes; ``current`` stands before the first."""
        if self.budget.visit(len(steps)):
            self.too_large(TOO_MANY, path, scope)
        if self.depth == MAX_DEPTH:
            self.too_large(TOO_DEEP, path, scope)
        self.depth += 1
        for position, step in enumerate(steps):
            if self.budget.effort.visit(step, scope.blocks):
                self.too_large(TOO_MUCH, (*path, position), scope, "what is the same for all repetitions can be a parameter")
            current = self.step(step, (*path, position), scope, current)
        self.depth -= 1
        return current

    def too_large(self, message: str, path: Path, scope: Scope, hint: str = "") -> NoReturn:
        self.report("MS510", path, message, hint, scope.frames, key=True)
        raise TooLarge(message)

    def unknown(self, step: Step, scope: Scope) -> Tensor:
        """Define what a step is read by as tensors that an error stands in the way of, and return such a tensor."""
        scope.tensors.update({name: Tensor("", None) for name in given_names([step], scope.blocks)})
        return Tensor("", None)

    def step(self, step: Step, path: Path, scope: Scope, current: Tensor | None) -> Tensor | None:
        match step:
            case LayerStep():
                return self.layer(step, path, scope, current)
            case BlockStep():
                return self.call(step, path, scope, current)
            case RepeatStep():
                return self.repeat(step, path, scope, current)
            case ConditionStep():
                return self.condition(step, path, scope, current)

    def condition(self, step: ConditionStep, path: Path, scope: Scope, current: Tensor | None) -> Tensor | None:
        taken = self.attempt((*path, "if"), scope.frames, lambda: expansion.resolve(step.if_, scope.values))
        if not isinstance(taken, bool):
            if taken is not FAILED:
                message = f"the condition is {describe(taken)}; it must be true or false"
                self.report("MS403", (*path, "if"), message, "", scope.frames)
            return self.unknown(step, scope)
        key, steps = ("then", step.then) if taken else ("else", step.else_)
        return self.steps(steps, (*path, key), scope, current)

    def repeat(self, step: RepeatStep, path: Path, scope: Scope, current: Tensor | None) -> Tensor | None:
        values = self.attempt((*path, "in"), scope.frames, lambda: expansion.values_of(step, scope.values))
        if values is FAILED:
            return self.unknown(step, scope)
        if len(values) > MAX_LAYERS:
            self.too_large(TOO_MANY, (*path, "in"), scope)
        only = step.layers[0] if len(step.layers) == 1 else None
        if not isinstance(only, LayerStep | BlockStep):
            only = None
        names_itself = step.name is None and only is not None and is_template(only.name)
        base = None
        if not names_itself:
            written = step.name or (only.name if only else None)
            base = self.name(written, _default_name(only or step), path, scope, count=len(values))
        planned = tuple(given_names(step.layers, scope.blocks))
        for index, value in enumerate(values):
            inner = self.repetition(step, index, value, path, scope)
            if only is not None and base is not None:
                inner.alone = f"{base}_{index + 1}"
            elif base is not None:
                inner.prefix = f"{scope.prefix}{base}_{index + 1}/"
                inner.siblings = Siblings((), planned)
            current = self.steps(step.layers, (*path, "layers"), inner, current)
        if step.name is not None and base is not None and current is not None:
            scope.tensors[base] = current
        return current

    def repetition(self, step: RepeatStep, index: int, value: Value, path: Path, scope: Scope) -> Scope:
        """Return the scope of one repetition, which reads the names around it and keeps its own to itself."""
        frame = Frame(f"repetition {index + 1} ({step.for_} = {_brief(value)})", self.source.place(path), path)
        values = layered(expansion.loop_scope(step, index, value), scope.values)
        frames = (*scope.frames, frame)
        return Scope(scope.prefix, values, dict(scope.tensors), scope.siblings, scope.blocks, frames, scope.alone)

    def call(self, step: BlockStep, path: Path, scope: Scope, current: Tensor | None) -> Tensor | None:
        called = scope.blocks[step.block]
        block = called.block
        name = self.name(step.name, step.block, path, scope)
        named = step.model_copy(update={"name": name}) if step.name is not None else step
        read = self.inputs(step.inputs, path, scope, current)
        given = self.attempt((*path, "with"), scope.frames, lambda: expansion.resolve(step.with_, scope.values))
        if read is None or given is FAILED or any(tensor.type is None for tensor in read):
            return self.unknown(named, scope)
        if len(read) != len(block.inputs):
            self.report(
                "MS502",
                path,
                f'the block "{step.block}" takes {len(block.inputs)} inputs ({", ".join(block.inputs)}), but gets {len(read)}',
                'list them under "inputs"',
                scope.frames,
            )
            return self.unknown(named, scope)
        arguments = ", ".join(f"{key}={_brief(value)}" for key, value in given.items())
        text = f'block "{step.block}"' + (f" with {arguments}" if arguments else "")
        frames = (*scope.frames, Frame(text, self.source.place(path), path, step.block, f"{scope.prefix}{name}"))
        tensors = dict(zip(block.inputs, read, strict=True))
        seen = self.tensor_values(tensors)
        values = Binder(self, frames).bind(block.parameters, given, called.path, (*path, "with"), seen)
        if values is None:
            return self.unknown(named, scope)
        inner = Scope(
            f"{scope.prefix}{name}/",
            {**seen, **values},
            tensors,
            Siblings(block.inputs, given_names(block.layers, called.blocks)),
            called.blocks,
            frames,
        )
        last = self.steps(block.layers, (*called.path, "layers"), inner, read[0] if len(read) == 1 else None)
        if not block.outputs:
            if last is None:
                message = f'it is unclear what the block "{step.block}" makes: it has several inputs and takes no step'
                self.report("MS308", (*called.path, "layers"), message, "", frames, key=True)
            return self.define(step.name, name, last or Tensor("", None), scope)
        made = [
            self.tensor(output, (*called.path, "outputs", position), inner) or Tensor("", None)
            for position, output in enumerate(block.outputs)
        ]
        if step.name is not None:
            scope.tensors.update({f"{name}.{output}": tensor for output, tensor in zip(block.outputs, made, strict=True)})
        return self.define(step.name, name, made[0], scope)

    def layer(self, step: LayerStep, path: Path, scope: Scope, current: Tensor | None) -> Tensor | None:
        name = self.name(step.name, snake_case(step.type), path, scope)
        read = self.inputs(step.inputs, path, scope, current)
        layer = self.concrete(step, path, scope)
        made = Tensor(f"{scope.prefix}{name}", None)
        if layer is not None and read is not None and all(tensor.type is not None for tensor in read):
            made = self.node(made.value, layer, read, step, path, scope)
        return self.define(step.name, name, made, scope)

    def node(self, name: str, layer: Layer, read: list[Tensor], step: LayerStep, path: Path, scope: Scope) -> Tensor:
        types = tuple(tensor.type for tensor in read if tensor.type is not None)
        least, most = layer.arity
        try:
            if len(types) < least or (most is not None and len(types) > most):
                wanted = f"{least} to {most} inputs" if most and most > least else f"{least} input" + "s" * (least != 1)
                wanted += " or more" * (most is None)
                hint = 'list what it reads under "inputs"' + "; a name may stand there twice" * (len(types) < least)
                raise LayerError("MS502", f"{step.type} takes {wanted}, but gets {len(types)}", hint)
            applied = self.builder.applied(layer, types)
            passed = self.budget.passed(applied)
        except LayerError as error:
            named = "inputs" if error.code == "MS502" else error.message.split(" ", 1)[0]
            at = (*path, named if named in step.fields or (named == "inputs" and step.inputs is not None) else "type")
            hints = (error.hint, self.way_back(read) if error.code in _OF_INPUTS else "")
            self.report(error.code, at, error.message, "; ".join(filter(None, hints)), scope.frames)
            return Tensor(name, None)
        except Exception as error:  # a plug-in may raise anything; what the catalogue raises is our own fault
            if step.type in LAYERS:
                raise
            message = f"the plug-in's layer {step.type} failed: {type(error).__name__}: {error}"
            self.report("MS705", (*path, "type"), message, f"this is a fault of {type(layer).__module__}", scope.frames)
            return Tensor(name, None)
        if passed:
            self.report(passed[0], (*path, "type"), passed[1], "make its sizes or those of its inputs smaller", scope.frames)
            raise TooLarge(passed[1])
        origin = Origin(path, self.source.place(path), scope.frames)
        self.nodes.append(Node.made(name, applied, tuple([tensor.value for tensor in read]), origin))
        return Tensor(name, applied.output)

    def way_back(self, read: Sequence[Tensor]) -> str:
        """Return where the shapes that a layer reads come from: the layers before those that keep them, or inputs."""
        made = {node.value: node for node in self.nodes}
        found: dict[str, None] = {}
        for tensor in read:
            value, node = tensor.value, made.get(tensor.value)
            while node is not None and node.output == node.input_types[0]:
                value = node.inputs[0]
                node = made.get(value)
            what = f'the input "{value}" is' if node is None else f'"{value}" makes'
            origin = node.origin if node else Origin(("inputs", value), self.source.place(("inputs", value), key=True))
            found[f"{what} {tensor.type} ({origin.place or origin.pointer})"] = None
        return "; ".join(list(found)[:MAX_SHOWN])

    def concrete(self, step: LayerStep, path: Path, scope: Scope) -> Layer | None:
        """Return the layer of a step in a scope; None where its expressions or the validation fail."""
        return self.builder.layer(step, scope.values, self.data_format, lambda: self.evaluated(step, path, scope))

    def evaluated(self, step: LayerStep, path: Path, scope: Scope) -> Layer | None:
        """Return the layer with its expressions evaluated, validated."""
        fields: dict[str, Any] = {}
        sound = True
        for key, written in step.fields.items():
            value = self.attempt((*path, key), scope.frames, lambda written=written: expansion.resolve(written, scope.values))
            sound = sound and value is not FAILED
            fields[key] = value
        if not sound:
            return None
        kind = self.layer_types[step.type]
        values = {key: _without_symbols(value) for key, value in fields.items()}
        try:
            return kind.model_validate(values).with_default_format(self.data_format)
        except ValidationError:
            wrong = field_problems(kind, values)
        for problem in wrong:
            written = find(step.fields, problem.path[:1])
            source = f" (from {shown(written)})" if has_expression(written) else ""
            unknown = isinstance(find(fields, problem.path), Symbol)
            code, hint = ("MS404", MAKE_IT_KNOWN) if unknown else (problem.code, problem.hint or _halved(values, problem.path))
            message = problem.message + source + (": the size is unknown until run time" if unknown else "")
            self.report(code, (*path, *problem.path), message, hint, scope.frames)
        return None

    def outputs(self, last: Tensor | None, scope: Scope) -> dict[str, str]:
        written = self.spec.outputs
        if written is None:
            return {last.value: last.value} if last else {}
        named: list[tuple[str, str, Path]] = (
            [(written, written, ())]
            if isinstance(written, str)
            else [(name, name, (position,)) for position, name in enumerate(written)]
            if isinstance(written, list)
            else [(key, name, (key,)) for key, name in written.items()]
        )
        outputs: dict[str, str] = {}
        for key, name, place in named:
            if key in self.spec.inputs and key != name:  # one that is handed out itself is said below
                self.report("MS302", ("outputs", *place), f'"{key}" is the name of an input and of an output')
            if found := self.tensor(name, ("outputs", *place), scope):
                outputs[key] = found.value
        return outputs

    def check_ends(self, graph: Graph) -> None:
        """Report inputs that no output depends on, and outputs that no layer makes or that are no floating-point numbers."""
        read = {name for node in graph.nodes for name in node.inputs} | set(graph.outputs.values())
        for name in graph.inputs.keys() - read:
            self.report("MS310", ("inputs", name), f'no output depends on the input "{name}"', "read it or remove it", key=True)
        path: Path = ("layers",) if self.spec.outputs is None else ("outputs",)
        for name, value in graph.output_types.items():
            if graph.outputs[name] in graph.inputs:
                message = f'the output "{name}" is the input itself; no layer makes it'
                hint = "name the step that makes it; conditions and repetitions may have made none"
                self.report("MS311", path, message, hint, key=True)
            elif value.dtype not in FLOATS:
                message = f'the output "{name}" is {value.dtype}; no layer makes it a floating-point number'
                self.report("MS503", path, message, key=True)


_OF_INPUTS = ("MS501", "MS503", "MS504")
"""The codes of layers that say something of the types of their inputs."""
MAX_SHOWN = 4
"""How many inputs of a layer a hint follows back."""


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


def _brief(value: Value) -> str:
    """Return a value as a trail shows it."""
    if value.__class__ is int or value.__class__ is float:
        return str(value)
    long = isinstance(value, list) and len(value) > 8
    return describe(value) if long or isinstance(value, TensorValue) else shown(plain(value), 20)


def _without_symbols(value: Any) -> Any:
    """Return a field's value as JSON has it; an unknown dimension becomes its name, which no field of a layer takes."""
    return plain(value) if isinstance(value, list | Symbol | TensorValue) else value  # pyright: ignore[reportUnknownArgumentType]


def _halved(fields: Mapping[str, Any], path: Path) -> str:
    value = find(fields, path)
    return "divide with // to get an integer" if isinstance(value, float) and value.is_integer() else ""
