"""The root of the module tree: it calls the layers in the order of the spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from torch import Tensor, nn


def device_of(module: nn.Module) -> torch.device:
    """Return where a module computes; the CPU for one that holds no tensors."""
    return next((tensor.device for tensor in chain(module.parameters(), module.buffers())), torch.device("cpu"))


@dataclass(frozen=True, slots=True)
class Step:
    """One call: the module's path, the values that it reads, and the one that it makes."""

    path: tuple[str, ...]
    reads: tuple[str, ...]
    makes: str


_Call = tuple[tuple[str, ...], tuple[int, ...], int, tuple[int, ...]]
"""A step by slots: the module's path, the slots that it reads, the one that it fills, and those not needed after it."""


class Block(nn.Module):
    """A block of the spec: it only holds its layers, which the model calls."""


class SpecModule(nn.Module):
    """A model made from a spec: ``forward`` takes the inputs in the order of the spec.

    Submodules are looked up by name at each call, so a layer may be replaced as in any other module:
    ``model.head = nn.Linear(...)``.
    """

    def __init__(self, name: str, inputs: Sequence[str], steps: Sequence[Step], outputs: Mapping[str, str]) -> None:
        super().__init__()
        self._name = name
        self._inputs = tuple(inputs)
        self._steps = tuple(steps)
        self._outputs = dict(outputs)
        self._slots = {name: slot for slot, name in enumerate((*inputs, *(step.makes for step in steps)))}
        self._plan = self._schedule(self._outputs.values())
        self._results = tuple((name, self._slots[value]) for name, value in self._outputs.items())

    def forward(self, *inputs: Tensor) -> Tensor | dict[str, Tensor]:
        """Return the output, or the outputs by name where there are several."""
        values = self._call(inputs, self._plan)
        if len(self._results) == 1:
            return values[self._results[0][1]]
        return {name: values[slot] for name, slot in self._results}

    def _values(self, inputs: Sequence[Tensor], names: Sequence[str]) -> list[Tensor]:
        """Return the named values, inputs among them, that the model makes on the way."""
        values = self._call(inputs, self._schedule(names))
        return [values[self._slots[name]] for name in names]

    def _call(self, inputs: Sequence[Tensor], plan: Sequence[_Call]) -> list[Tensor]:
        if len(inputs) != len(self._inputs):
            raise TypeError(f"{self._name} takes {len(self._inputs)} inputs ({', '.join(self._inputs)}), not {len(inputs)}")
        values: list[Tensor | None] = [*inputs, *([None] * len(self._steps))]
        for path, reads, makes, frees in plan:
            module: nn.Module = self
            for part in path:
                module = getattr(module, part)
            values[makes] = module(*[values[slot] for slot in reads])
            for slot in frees:
                values[slot] = None
        return values  # pyright: ignore[reportReturnType]

    def _schedule(self, wanted: Iterable[str]) -> tuple[_Call, ...]:
        """Return the calls, each with the slots that neither a later one nor the caller reads."""
        needed = {self._slots[name] for name in wanted}
        calls: list[_Call] = []
        for step in reversed(self._steps):
            reads = tuple(self._slots[name] for name in step.reads)
            makes = self._slots[step.makes]
            calls.append((step.path, reads, makes, tuple(sorted({*reads, makes} - needed))))
            needed.update(reads)
        return tuple(reversed(calls))

    def _get_name(self) -> str:
        return self._name
