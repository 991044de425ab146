"""Names of layers among their siblings: stable, readable, unique.

A name that a spec gives stands as it is. Others come from the type or the block: the first is plain (``conv2d``), the
next is numbered (``conv2d_2``), so that a step added at the end renames nothing before it. Repetitions are numbered from
1: ``residual_1``, ``residual_2``; those of a second loop over the same are ``residual_2_1``, ``residual_2_2``. All numbers
belong to the loop, so that no other name depends on how many it makes: single steps after it are ``residual``, ``residual__2``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from modelspec.document import BlocksByName, BlockStep, ConditionStep, Step

MAX_NAMES = 100_000
TOO_MANY_NAMES = f"the steps of the document have more than {MAX_NAMES:,} names, each output of each call one"


class Siblings:
    """The names in use in one list of steps; ``planned`` are those that the spec itself gives there."""

    def __init__(self, reserved: Iterable[str] = (), planned: Iterable[str] = ()) -> None:
        self._taken = set(reserved)
        self._planned = frozenset(planned)
        self._repeated: set[str] = set()
        self._next: dict[tuple[str, int | None], int] = {}

    def given(self, name: str, count: int | None = None) -> bool:
        """Take a name that the spec gives; return False where it is taken already."""
        free = name not in self._repeated and self._free(name, count)
        self._take(name, count)
        return free

    def made(self, base: str, count: int | None = None) -> str:
        """Take and return a name made from ``base``."""
        stem = base
        while count is None and stem in self._repeated:
            stem += "_"
        number = self._next.get((base, count), 1)
        name = base if number == 1 else f"{stem}_{number}"
        while name in self._planned or not self._free(name, count):
            number += 1
            name = f"{stem}_{number}"
        self._next[base, count] = number
        self._take(name, count)
        return name

    def _free(self, name: str, count: int | None) -> bool:
        if name in self._taken:
            return False
        if count is None:
            numbered = re.fullmatch(r"(.*)_[0-9]+", name) if self._repeated else None
            return not (numbered and numbered[1] in self._repeated)
        return name not in self._repeated and not any(f"{name}_{number}" in self._taken for number in range(1, count + 1))

    def _take(self, name: str, count: int | None) -> None:
        (self._taken if count is None else self._repeated).add(name)


@cache
def snake_case(name: str) -> str:
    """Return a class name as Keras names its layers: ``SeparableConv2D`` is ``separable_conv2d``, ``ReLU`` is ``re_lu``."""
    spaced = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()


def given_names(steps: Sequence[Step], blocks: BlocksByName) -> Iterator[str]:
    """Yield the names that a list of steps gives, those inside its conditions and the outputs of its calls too."""
    for step in steps:
        if isinstance(step, ConditionStep):
            yield from given_names(step.then + step.else_, blocks)
        elif step.name is not None:
            yield step.name
            if isinstance(step, BlockStep) and step.block in blocks:
                yield from (f"{step.name}.{output}" for output in blocks[step.block].block.outputs or [])
