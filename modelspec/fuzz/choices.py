"""Where a generated spec's choices come from: anything that draws an integer between two bounds."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")


class Choices:
    """Draws, each made of one or more integers: ``random.Random(7).randint`` gives them, or Hypothesis. The first of what can
    be drawn is the simplest, which is where Hypothesis shrinks to."""

    def __init__(self, integer: Callable[[int, int], int]) -> None:
        """``integer`` returns a number between its arguments, both included."""
        self.integer = integer

    @classmethod
    def seeded(cls, seed: int) -> Choices:
        """Return the choices that follow from a seed."""
        return cls(random.Random(seed).randint)

    def pick(self, items: Sequence[_T]) -> _T:
        """Return one of some items."""
        return items[self.integer(0, len(items) - 1)]

    def chance(self, percent: int) -> bool:
        """Return true that often."""
        return percent > 0 and self.integer(0, 99) >= 100 - percent

    def shuffled(self, items: Sequence[_T]) -> list[_T]:
        """Return the items in another order."""
        left, made = list(items), list[_T]()
        while left:
            made.append(left.pop(self.integer(0, len(left) - 1)))
        return made
