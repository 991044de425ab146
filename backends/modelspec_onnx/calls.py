"""Which calls of blocks become ONNX functions.

A call is one where another of the same block has the same operators on the same tensors, but for names, weights and attributes;
where blocks stand in one another, it is the outermost that has its equal. A block that is called more than once and never alike
has functions of its own, unless blocks inside it have their equals. A call stays inline where a layer stands between its
layers, reading one of them and read by another.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from modelspec.graph import Origin
from modelspec_onnx.emitter import Operator

if TYPE_CHECKING:
    from modelspec.diagnostics import Frame
    from modelspec_onnx.lowering import Part


@dataclass(frozen=True)
class Call:
    """A call of a block."""

    name: str
    block: str
    origin: Origin
    """Where the call is written."""
    places: tuple[int, ...]
    """Its layers, by their places among all."""
    operators: tuple[Operator, ...]
    constants: frozenset[str]
    """The constant tensors of its layers."""
    outputs: frozenset[str]
    """The tensors of its layers that are read elsewhere."""
    inner: tuple[Call, ...]
    """The calls in its block."""

    @cached_property
    def made(self) -> tuple[str, ...]:
        """The tensors that its operators make."""
        return tuple(name for it in self.operators for name in it.outputs)

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The tensors that it reads: those of other layers, then constants, each in the order in which it first reads them."""
        made = frozenset(self.made)
        read = dict.fromkeys(name for it in self.operators for name in it.inputs if name and name not in made)
        return tuple(sorted(read, key=self.constants.__contains__))

    @cached_property
    def body(self) -> tuple[object, ...]:
        """What the calls that can share a function have in common: all but names, weights and the values of attributes."""
        names = {name: f"in {at}" for at, name in enumerate(self.inputs)}
        names |= {name: f"made {at}" for at, name in enumerate(self.made)}
        nameless = (it.renamed(names, lambda _: "") for it in self.operators)
        operators = tuple(it.with_parameters({key: key for key in it.attributes}).encoded for it in nameless)
        read = sum(name not in self.constants for name in self.inputs)
        return self.block, operators, read, len(self.inputs)


def chosen(parts: Sequence[Part], outputs: Collection[str]) -> list[Call]:
    """Return the calls that become functions; ``outputs`` are the tensors that are read when all layers are done."""
    calls = _calls(parts, outputs)
    everything = list(_with_inner(calls))
    alike = Counter(it.body for it in everything)
    of_block = Counter(it.block for it in everything)

    def best(call: Call) -> list[Call]:
        if alike[call.body] > 1:
            return [call]
        inner = [it for child in call.inner for it in best(child)]
        if of_block[call.block] > 1 and all(alike[it.body] == 1 for it in inner):
            return [call]
        return inner

    return [it for call in calls for it in best(call)]


def ordered(parts: Sequence[Part], calls: Sequence[Call]) -> list[Call | Part]:
    """Return calls, and the layers outside them, in an order in which they can be run.

    Calls that would have to wait for one another are not among them, but their layers are.
    """
    while True:
        unit = {at: call.places[0] for call in calls for at in call.places}
        made = {name: unit.get(at, at) for at, part in enumerate(parts) for it in part.operators for name in it.outputs}
        sorter: TopologicalSorter[int] = TopologicalSorter()
        for at, part in enumerate(parts):
            own = unit.get(at, at)
            sorter.add(own, *({made[name] for name in _read(part) if name in made} - {own}))
        try:
            sorter.prepare()
        except CycleError as error:
            cycle = set(error.args[1])
            calls = [call for call in calls if call.places[0] not in cycle]
            continue
        by_place = {call.places[0]: call for call in calls}
        return [by_place.get(at, parts[at]) for at in _first_first(sorter)]


def _first_first(sorter: TopologicalSorter[int]) -> Iterator[int]:
    """Yield what is ready, the lowest number of it first."""
    ready: list[int] = []
    while sorter.is_active():
        for at in sorter.get_ready():
            heapq.heappush(ready, at)
        yield (at := heapq.heappop(ready))
        sorter.done(at)


def _calls(parts: Sequence[Part], outputs: Collection[str]) -> list[Call]:
    """Return the outermost calls of blocks."""
    places: dict[str, list[int]] = {}
    frames: dict[str, Frame] = {}
    inner: dict[str, dict[str, None]] = {"": {}}
    for at, part in enumerate(parts):
        outer = ""
        for frame in part.node.origin.trail:
            if frame.block and part.node.name.startswith(f"{frame.call}/"):
                inner[outer].setdefault(frame.call)
                inner.setdefault(frame.call, {})
                places.setdefault(frame.call, []).append(at)
                frames[frame.call] = frame
                outer = frame.call
    readers: dict[str, list[int]] = {name: [len(parts)] for name in outputs}
    for at, part in enumerate(parts):
        for name in _read(part):
            readers.setdefault(name, []).append(at)

    def call(name: str) -> Call:
        own, frame = frozenset(places[name]), frames[name]
        operators = tuple(it for at in places[name] for it in parts[at].operators)
        made = (tensor for it in operators for tensor in it.outputs)
        given = frozenset(tensor for tensor in made if not own.issuperset(readers.get(tensor, ())))
        return Call(
            name,
            frame.block,
            Origin(frame.path, frame.place),
            tuple(places[name]),
            operators,
            frozenset(it.name for at in own for it in parts[at].initializers),
            given,
            tuple(call(it) for it in inner[name]),
        )

    return [call(it) for it in inner[""]]


def _with_inner(calls: Iterable[Call]) -> Iterator[Call]:
    for it in calls:
        yield it
        yield from _with_inner(it.inner)


def _read(part: Part) -> set[str]:
    return {name for it in part.operators for name in it.inputs}
