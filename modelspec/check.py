"""What can be known of a spec without values for its parameters: fields, literal values, expressions and names.

Every block is checked, called or not. What depends on values (shapes above all) is the elaborator's.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar

from modelspec import hints
from modelspec.binding import mismatch
from modelspec.block_files import Folder
from modelspec.diagnostics import SpecError, did_you_mean, shown
from modelspec.document import (
    Block,
    BlockFile,
    BlocksByName,
    BlockStep,
    ConditionStep,
    LayerStep,
    Parameter,
    Range,
    Reading,
    RepeatStep,
    Spec,
    Step,
    with_reading,
)
from modelspec.expressions import FUNCTION_NAMES, KEYWORDS, ExpressionError, is_template, parse
from modelspec.findings import Findings, Problem, TooMany, find, has_expression, without_clashes
from modelspec.layer_fields import layer_problems, written_layers
from modelspec.layer_types import LayerTypes
from modelspec.linking import Document, Linker, Unfit
from modelspec.mends import literal, named
from modelspec.naming import MAX_NAMES, TOO_MANY_NAMES, given_names
from modelspec.source import Path, Source


def read(source: Source, folder: Folder | None = None, *, with_plugins: bool = True) -> Spec:
    """Return the spec of a parsed document, or raise SpecError with every finding that needs no parameter values.

    ``folder`` is where the block files that it uses are; without one, none can be used. Layers that are not in the
    catalogue are looked for in plug-in packages, but for ``with_plugins=False``.
    """
    return _read(Spec, source, folder, with_plugins)


def read_block(source: Source, folder: Folder | None = None, *, with_plugins: bool = True) -> BlockFile:
    """Return a block file, checked as far as it goes without inputs and values, or raise SpecError with every finding."""
    return _read(BlockFile, source, folder, with_plugins)


_Kind = TypeVar("_Kind", Spec, BlockFile)
_WORDS = {"True": "write true", "False": "write false", "None": "write null"}
"""What Python calls otherwise."""


def _read(kind: type[_Kind], source: Source, folder: Folder | None, with_plugins: bool) -> _Kind:
    linker = Linker(source, folder)
    types = LayerTypes(with_plugins)
    document = None
    with suppress(TooMany):
        document = linker.link(kind)
        for linked in linker.documents:
            _Checker(linker.findings, linked, types).document()
        for unfit in linker.unfit:
            _report_layers(linker.findings, unfit, types)
    if linker.findings.found or document is None:
        raise SpecError(linker.findings.listed())
    model = document.model
    assert isinstance(model, kind)
    documents = tuple((linked.model, linked.path) for linked in linker.documents)
    return with_reading(model, Reading(linker.findings.source, documents, model.blocks, document.blocks, types.known))


def _report_layers(findings: Findings, unfit: Unfit, types: LayerTypes) -> None:
    """Report what is wrong with the layers of a document that does not fit its model, so that all is said at once."""
    beside = {"type", *(info.alias or name for name, info in LayerStep.model_fields.items())}
    for path, step in written_layers(unfit.value):
        fields = {key: value for key, value in step.items() if key not in beside}
        for it in layer_problems(types, step["type"], fields):
            at = (*unfit.path, *path, *it.path)
            findings.report(it.code, at, it.message, it.hint, unfit.trail, key=it.key, instead=it.instead)


@dataclass
class _Scope:
    """The names that a list of steps can use: ``values`` in expressions, ``tensors`` as inputs."""

    values: set[str]
    tensors: ChainMap[str, None]
    blocks: BlocksByName
    named: ChainMap[str, None] = field(default_factory=ChainMap[str, None])
    """The names given so far in this list of steps."""
    later: frozenset[str] = frozenset()
    """The names that steps of this list will be given."""
    open: bool = False
    """Whether a name is made by an expression, so that an unknown one may exist."""


class _Checker:
    """Checks one document; ``types`` gives the layer types that steps name."""

    def __init__(self, findings: Findings, document: Document, types: LayerTypes) -> None:
        self.findings, self.linked, self.types = findings, document, types
        self.names = 0
        self.required: dict[str, list[str]] = {}

    def report(
        self, code: str, path: Path, message: str, hint: str = "", *, key: bool = False, instead: str | None = None
    ) -> None:
        self.findings.report(code, path, message, hint, self.linked.trail, key=key, instead=instead)

    def problem(self, problem: Problem, path: Path) -> None:
        place = (*path, *problem.path)
        self.report(problem.code, place, problem.message, problem.hint, key=problem.key, instead=problem.instead)

    def document(self) -> None:
        """Check what the document declares, called or not."""
        model, path = self.linked.model, self.linked.path
        for name, block in model.blocks.items():
            if isinstance(block, Block):
                self.block(block, (*path, "blocks", name))
        if isinstance(model, Spec):
            self.spec_itself(model)
        else:
            self.block(model, path)
        self.cycles()

    def spec_itself(self, spec: Spec) -> None:
        values = self.parameters(spec.parameters, (), set())
        for name, given in spec.parameter_sets.items():
            self.given(given, spec.parameters, ("parameter_sets", name), "the spec")
        self.distinct(spec.inputs, spec.parameters, ("inputs",), "parameter")
        for name, declared in spec.inputs.items():
            self.expressions(declared.shape, ("inputs", name, "shape"), values)
            self.expressions(declared.dtype, ("inputs", name, "dtype"), values)
        self.expressions(spec.data_format, ("data_format",), values)
        scope = _Scope(values | spec.inputs.keys(), ChainMap(dict.fromkeys(spec.inputs)), self.linked.blocks)
        self.steps(spec.layers, ("layers",), scope)
        self.outputs(spec, scope)

    def parameters(self, declared: Mapping[str, Parameter], path: Path, readable: set[str]) -> set[str]:
        """Check declarations; a default may read the parameters before it and ``readable``. Return all names."""
        values = set(readable)
        for name, parameter in declared.items():
            place = (*path, "parameters", name)
            if name in KEYWORDS or name in FUNCTION_NAMES:
                self.report("MS207", place, f'"{name}" is a word of the expression language, not a parameter name', key=True)
            default = parameter.default
            if has_expression(default):
                self.expressions(default, (*place, "default"), values)
            elif default is not None and (wrong := mismatch(parameter, default)):
                self.problem(_misfit("default", default, wrong), place)
            values.add(name)
        return values

    def given(self, values: Mapping[str, Any], declared: Mapping[str, Parameter], path: Path, what: str) -> None:
        """Check values that are given to the parameters of a spec or a block."""
        found: list[Problem] = []
        for name, value in values.items():
            if name not in declared:
                hint, instead = named(name, declared)
                found.append(Problem("MS305", (name,), f'{what} has no parameter "{name}"', hint, key=True, instead=instead))
            elif wrong := mismatch(declared[name], value):
                found.append(_misfit(name, value, wrong))
        for problem in without_clashes(found, values):
            self.problem(problem, path)

    def distinct(self, names: Iterable[str], others: Container[str], path: Path, what: str) -> None:
        for name in names:
            if name in others:
                self.report("MS302", (*path, name), f'"{name}" is also the name of a {what}', key=True)

    def block(self, block: Block, path: Path) -> None:
        inputs = set(block.inputs)
        self.distinct(block.inputs, block.parameters, (*path, "inputs"), "parameter")
        if len(inputs) < len(block.inputs):
            self.report("MS302", (*path, "inputs"), "two inputs have one name")
        values = self.parameters(block.parameters, path, inputs) | inputs
        scope = _Scope(values, ChainMap(dict.fromkeys(inputs)), self.linked.blocks)
        self.steps(block.layers, (*path, "layers"), scope)
        for position, name in enumerate(block.outputs or []):
            self.tensor(name, (*path, "outputs", position), scope)

    def outputs(self, spec: Spec, scope: _Scope) -> None:
        match spec.outputs:
            case None:
                pass
            case str(name):
                self.tensor(name, ("outputs",), scope)
            case list(names):
                seen: set[str] = set()
                for position, name in enumerate(names):
                    self.tensor(name, ("outputs", position), scope)
                    if name in seen:
                        self.report("MS302", ("outputs", position), f'"{name}" is an output already')
                    seen.add(name)
            case names:
                for key, name in names.items():
                    self.tensor(name, ("outputs", key), scope)

    def steps(self, steps: list[Step], path: Path, scope: _Scope) -> None:
        names = list(islice(given_names(steps, scope.blocks), MAX_NAMES - self.names + 1))
        self.names += len(names)
        if self.names > MAX_NAMES:
            self.report("MS510", path, TOO_MANY_NAMES, "a block has one output where it names none", key=True)
            raise TooMany
        scope.later = frozenset(names)
        for position, step in enumerate(steps):
            self.step(step, (*path, position), scope)

    def step(self, step: Step, path: Path, scope: _Scope) -> None:
        match step:
            case ConditionStep():
                self.condition(step, path, scope)
                return
            case RepeatStep():
                self.repeat(step, path, scope)
            case BlockStep():
                self.references(step.inputs, path, scope)
                self.call(step, path, scope)
            case LayerStep():
                self.references(step.inputs, path, scope)
                self.layer(step, path, scope)
        if step.name is not None:
            self.name(step.name, path, scope)
            scope.open |= isinstance(step, BlockStep) and step.block in scope.blocks and not scope.blocks[step.block].sound
            scope.tensors.update(dict.fromkeys(given_names([step], scope.blocks)))

    def name(self, name: str, path: Path, scope: _Scope) -> None:
        if is_template(name):
            scope.open = True
            self.expressions(name, (*path, "name"), scope.values)
            return
        if not name.isidentifier() or not name.isascii() or name.startswith("_") or len(name) > 64:
            self.report(
                "MS207", (*path, "name"), f"name is {shown(name)}; it must be letters, digits and _, beginning with a letter"
            )
        if name in scope.named or name in scope.tensors:
            self.report("MS302", (*path, "name"), f'the name "{name}" is already taken here', "names are unique among siblings")
        scope.named[name] = scope.tensors[name] = None

    def layer(self, step: LayerStep, path: Path, scope: _Scope) -> None:
        for it in layer_problems(self.types, step.type, step.fields):
            meant = hints.of_expression(find(step.fields, it.path), scope.values) if it.code in ("MS203", "MS204") else ""
            self.problem(replace(it, hint=meant or it.hint), path)
        self.expressions(step.fields, path, scope.values)

    def call(self, step: BlockStep, path: Path, scope: _Scope) -> None:
        self.expressions(step.with_, (*path, "with"), scope.values)
        declared = scope.blocks.get(step.block)
        if declared is None:
            hint, instead = named(step.block, scope.blocks)
            hint = hint or 'declare it under "blocks"'
            self.report("MS303", (*path, "block"), f'there is no block "{step.block}"', hint, instead=instead)
            return
        if not declared.sound:
            return
        block = declared.block
        known = {name: value for name, value in step.with_.items() if name not in block.parameters or not has_expression(value)}
        self.given(known, block.parameters, (*path, "with"), f'the block "{step.block}"')
        if step.block not in self.required:
            self.required[step.block] = [name for name, it in block.parameters.items() if it.default is None]
        missing = [name for name in self.required[step.block] if name not in step.with_]
        if missing:
            names = ", ".join(f'"{name}"' for name in missing)
            self.report("MS306", path, f'the block "{step.block}" needs {names}', f'write "with": {{"{missing[0]}": ...}}')
        given = len(step.inputs) if isinstance(step.inputs, list) else 1
        if step.inputs is not None and given != len(block.inputs):
            self.report(
                "MS502",
                (*path, "inputs"),
                f'the block "{step.block}" takes {len(block.inputs)} inputs ({", ".join(block.inputs)}), but {given} are given',
            )

    def repeat(self, step: RepeatStep, path: Path, scope: _Scope) -> None:
        values = step.in_.range if isinstance(step.in_, Range) else step.in_
        self.expressions(values, (*path, "in"), scope.values)
        variables = {step.for_, *([step.index] if step.index else [])}
        for key, name in (("for", step.for_), ("index", step.index)):
            if name is not None and (name in KEYWORDS or name in FUNCTION_NAMES):
                self.report("MS207", (*path, key), f'"{name}" is a word of the expression language, not a variable name')
        if step.index == step.for_:
            self.report("MS302", (*path, "index"), f'"{step.index}" is also the name of the value')
        body = replace(scope, values=scope.values | variables, tensors=scope.tensors.new_child(), named=ChainMap())
        self.steps(step.layers, (*path, "layers"), body)

    def condition(self, step: ConditionStep, path: Path, scope: _Scope) -> None:
        self.expressions(step.if_, (*path, "if"), scope.values)
        branches: list[_Scope] = []
        for key, steps in (("then", step.then), ("else", step.else_)):
            branch = replace(scope, tensors=scope.tensors.new_child(), named=scope.named.new_child())
            for position, inner in enumerate(steps):
                self.step(inner, (*path, key, position), branch)
            branches.append(branch)
        for branch in branches:
            scope.tensors.update(branch.tensors.maps[0])
            scope.named.update(branch.named.maps[0])
            scope.open |= branch.open

    def references(self, inputs: str | list[str] | None, path: Path, scope: _Scope) -> None:
        if isinstance(inputs, str):
            self.tensor(inputs, (*path, "inputs"), scope)
        for position, name in enumerate(inputs if isinstance(inputs, list) else []):
            self.tensor(name, (*path, "inputs", position), scope)

    def tensor(self, name: str, path: Path, scope: _Scope) -> None:
        if is_template(name):
            self.expressions(name, path, scope.values)
        elif name in scope.tensors or scope.open:
            pass
        elif name in scope.later:
            self.report(
                "MS309",
                path,
                f'"{name}" is made after this step',
                "a step reads only what stands before it; there are no cycles",
            )
        else:
            hint, instead = named(name, scope.tensors)
            if named(name, {*scope.tensors, *scope.later})[1] != instead:
                instead = None
            hint = (
                hint if hint.startswith("did") else "; ".join(filter(None, (hint, 'a step can be read once it has a "name"')))
            )
            self.report("MS301", path, f"nothing here is named {shown(name)}", hint, instead=instead)

    def expressions(self, value: Any, path: Path, known: set[str]) -> None:
        if isinstance(value, dict):
            for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]
                self.expressions(item, (*path, key), known)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, list):
            for position, item in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
                self.expressions(item, (*path, position), known)
        elif isinstance(value, str) and is_template(value):
            try:
                names = parse(value).names
            except ExpressionError as error:
                self.report(error.code, path, error.message, error.hint)
                return
            for name in sorted(names - known):
                elsewhere = name in self.linked.model.parameters
                hint = (
                    'a block sees only its own parameters; pass the value with "with"'
                    if elsewhere
                    else _WORDS.get(name) or did_you_mean(name, known)
                )
                self.report("MS402", path, f'nothing here is named "{name}"', hint)

    def cycles(self) -> None:
        """Report every call that leads back to the block that it stands in, once for each cycle."""
        calls = {
            name: list(_calls(block.layers, (*self.linked.path, "blocks", name, "layers")))
            for name, block in self.linked.model.blocks.items()
            if isinstance(block, Block)
        }
        done: set[str] = set()
        for start, made in calls.items():
            active: dict[str, Iterator[tuple[str, Path]]] = {start: iter(made)} if start not in done else {}
            while active:
                caller = next(reversed(active))
                called, path = next(active[caller], (None, ()))
                if called is None:
                    del active[caller]
                    done.add(caller)
                elif called in active:
                    names = list(active)
                    ring = " -> ".join([*names[names.index(called) :], called])
                    self.report("MS304", (*path, "block"), f"blocks call one another in a cycle: {ring}")
                elif called in calls and called not in done:
                    active[called] = iter(calls[called])


def _misfit(name: str, value: Any, wrong: tuple[str, str]) -> Problem:
    """Return the problem with the value of a parameter: what it must be, and a hint."""
    message = f"{name} is {shown(value)}; it must be {wrong[0]}"
    return Problem("MS307", (name,), message, wrong[1], instead=literal(value, [wrong[0]]))


def _calls(steps: list[Step], path: Path) -> Iterator[tuple[str, Path]]:
    """Yield every block called in a list of steps, with the path of the call."""
    for position, step in enumerate(steps):
        place = (*path, position)
        match step:
            case BlockStep():
                yield step.block, place
            case RepeatStep():
                yield from _calls(step.layers, (*place, "layers"))
            case ConditionStep():
                yield from _calls(step.then, (*place, "then"))
                yield from _calls(step.else_, (*place, "else"))
            case LayerStep():
                pass
