"""What a list of steps sees, and how the names in a step are looked up there: what it reads, and what it is called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from modelspec import expansion
from modelspec.binding import plain
from modelspec.diagnostics import Frame, did_you_mean, shown
from modelspec.document import NAME, BlocksByName
from modelspec.evaluation import Scope as Values
from modelspec.findings import FAILED, Findings
from modelspec.naming import Siblings
from modelspec.source import Path
from modelspec.tensors import TensorType


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value of the graph; ``type`` is None where an error stands in the way of it."""

    value: str
    type: TensorType | None


@dataclass
class Scope:
    """What a list of steps sees; ``frames`` is the way there."""

    prefix: str
    values: Values
    tensors: dict[str, Tensor]
    siblings: Siblings
    blocks: BlocksByName
    frames: tuple[Frame, ...] = ()
    alone: str | None = None
    """The name of the only step, where a repetition of one step names it."""


class Lookup(Findings):
    """Looks names up in scopes, and reports those that nothing has."""

    def inputs(self, written: str | list[str] | None, path: Path, scope: Scope, current: Tensor | None) -> list[Tensor] | None:
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
        if isinstance(written, str):
            found = [self.tensor(written, (*path, "inputs"), scope)]
        else:
            found = [self.tensor(name, (*path, "inputs", position), scope) for position, name in enumerate(written)]
        read = [tensor for tensor in found if tensor is not None]
        return read if len(read) == len(found) else None

    def tensor(self, written: str, path: Path, scope: Scope) -> Tensor | None:
        """Return the tensor of a name; None where there is none, which is reported."""
        if written in scope.tensors:
            return scope.tensors[written]
        name = self.attempt(path, scope.frames, lambda: expansion.resolve(written, scope.values))
        if name is FAILED:
            return None
        if isinstance(name, str) and name in scope.tensors:
            return scope.tensors[name]
        hint = did_you_mean(name, scope.tensors) if isinstance(name, str) else ""
        self.report("MS301", path, f"nothing here is named {shown(plain(name))}", hint, scope.frames)
        return None

    def name(self, written: str | None, default: str, path: Path, scope: Scope, *, count: int | None = None) -> str:
        """Return the step's name among its siblings; ``count`` is the number of repetitions that it will be numbered by."""
        if scope.alone is not None:
            return scope.alone
        if written is None:
            return scope.siblings.made(default, count)
        name = self.attempt((*path, "name"), scope.frames, lambda: expansion.resolve(written, scope.values))
        if name is FAILED:
            return scope.siblings.made(default, count)
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            found = shown(plain(name))
            self.report("MS207", (*path, "name"), f"name is {found}; it must be letters, digits and _, beginning with a letter")
            return scope.siblings.made(default, count)
        if not scope.siblings.given(name, count):
            self.report("MS302", (*path, "name"), f'the name "{name}" is already taken here', "", scope.frames)
        return name

    def define(self, written: str | None, name: str, tensor: Tensor, scope: Scope) -> Tensor:
        """Return a step's tensor, which later steps can read by its name where one was written."""
        if written is not None:
            scope.tensors[name] = tensor
        return tensor
