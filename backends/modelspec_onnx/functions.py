"""Repeated blocks as ONNX functions: one for each body, and a node for each call.

Weights and constants are inputs of a function, because ONNX's functions have no tensors of their own. The attributes of
operators in which calls differ, such as strides, are attributes of the function.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelspec_onnx import messages
from modelspec_onnx.calls import Call, chosen, ordered
from modelspec_onnx.emitter import Operator

if TYPE_CHECKING:
    from modelspec_onnx.lowering import Part

DOMAIN, VERSION = "modelspec", 1
"""Where the functions stand beside ONNX's own operators."""


@dataclass(frozen=True)
class Function:
    """A body that calls have in common."""

    name: str
    inputs: tuple[str, ...]
    outputs: Mapping[str, int]
    """The tensors that any of the calls gives to other layers, each with its place among what the body makes."""
    attributes: Mapping[str, tuple[int, str]]
    """What calls give beside tensors: for each name the operator in the body, by its place, and its attribute."""
    operators: tuple[Operator, ...]

    @classmethod
    def of(cls, calls: Sequence[Call], name: str) -> Function:
        """Return the function of some calls with the same body.

        Names in it are those in the first call without the call's own. The attributes that calls do not have alike are the
        function's.
        """
        first = calls[0]
        within = f"{first.name}/"
        local: dict[str, str] = {}
        taken: set[str] = set()
        for made in first.made:
            local[made] = _free(made.removeprefix(within), taken)
        for read in first.inputs:
            local[read] = _free(read.removeprefix(within) if read in first.constants else "input", taken)
        operators: list[Operator] = []
        attributes: dict[str, tuple[int, str]] = {}
        for place, it in enumerate(first.operators):
            own = it.renamed(local, lambda name: name.removeprefix(within))
            differing = {
                key: f"{own.name}/{key}"
                for key in it.attributes
                if len({messages.attribute(key, call.operators[place].attributes[key]) for call in calls}) > 1
            }
            attributes |= {given: (place, key) for key, given in differing.items()}
            operators.append(own.with_parameters(differing))
        inputs = tuple(local[it] for it in first.inputs)
        given = sorted({call.made.index(it) for call in calls for it in call.outputs})
        return cls(name, inputs, {local[first.made[at]]: at for at in given}, attributes, tuple(operators))

    def called(self, call: Call) -> Operator:
        """Return the node that stands for a call."""
        attributes = {name: call.operators[place].attributes[key] for name, (place, key) in self.attributes.items()}
        metadata = {"modelspec.block": call.block, "modelspec.pointer": call.origin.pointer}
        outputs = tuple(call.made[at] for at in self.outputs.values())
        return Operator(self.name, call.inputs, outputs, call.name, attributes, metadata, DOMAIN)

    def encoded(self, opset: int) -> bytes:
        """Return the function as a FunctionProto."""
        operators, own = [it.encoded for it in self.operators], messages.operator_set("", opset)
        return messages.function(self.name, DOMAIN, self.inputs, [*self.outputs], [*self.attributes], operators, own)


@dataclass(frozen=True)
class Outline:
    """A model whose repeated blocks are functions."""

    operators: tuple[Operator, ...]
    """What stands outside functions, calls among it, in an order in which it can be run."""
    functions: tuple[Function, ...]
    inside: frozenset[str]
    """The tensors that are made and read in functions alone."""


def outlined(parts: Sequence[Part], outputs: Collection[str]) -> Outline:
    """Return the outline of a model; ``outputs`` are the tensors that are read when all layers are done."""
    steps = ordered(parts, chosen(parts, outputs))
    sharing: dict[object, list[Call]] = {}
    for call in steps:
        if isinstance(call, Call):
            sharing.setdefault(call.body, []).append(call)
    taken: set[str] = set()
    functions = {body: Function.of(calls, _free(calls[0].block, taken)) for body, calls in sharing.items()}
    operators: list[Operator] = []
    inside: set[str] = set()
    for step in steps:
        if isinstance(step, Call):
            operators.append(functions[step.body].called(step))
            inside.update({*step.made} - {*operators[-1].outputs})
        else:
            operators += step.operators
    return Outline(tuple(operators), tuple(functions.values()), frozenset(inside))


def _free(name: str, taken: set[str]) -> str:
    """Take and return a name, numbered where it is taken."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    taken.add(free)
    return free
