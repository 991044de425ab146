"""``lint`` keys: which remarks a document does not want, and which of its keys had nothing to keep quiet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from modelspec.diagnostics import CODES, shown
from modelspec.rules.subject import Model, Remark
from modelspec.source import Json, Path, Source


@dataclass
class Suppressions:
    """The ``lint`` keys of a document and its block files; they hold for all that stands below them, or is called there."""

    source: Source
    documents: Sequence[Path]
    """The paths that lead to the document and to its block files."""
    models: Sequence[Model]
    used: set[Path] = field(default_factory=set[Path])
    """The paths of the codes that kept a remark quiet."""

    def quiet(self, code: str, remark: Remark) -> bool:
        """Return whether a ``lint`` key keeps a remark quiet: one around it, or around a call that leads to it."""
        if not self._keys:
            return False
        paths = (remark.path, *(frame.path for frame in remark.trail))
        return sum(self._quiet(code, path) for path in paths) > 0  # each key that would do counts as used

    def _quiet(self, code: str, path: Path) -> bool:
        found = False
        for length in range(len(path) + 1):
            if (around := path[:length]) not in self._keys:
                continue
            for position, ignored in enumerate(_ignored(self.source.at(around))):
                if code.startswith(ignored):
                    self.used.add((*around, "lint", "ignore", position))
                    found = True
        return found

    @cached_property
    def _keys(self) -> Mapping[Path, None]:
        """The paths of the objects that have a ``lint`` key, in the order of the documents."""
        return {key: None for path in self.documents for key in _lint_keys(self.source, path)}

    def unused(self) -> Iterator[Remark]:
        """Yield a remark for each code that kept nothing quiet, but for those of steps that no model took."""
        reached = self._reached() if self._keys else set[Path]()
        for path in self._keys:
            for position, ignored in enumerate(_ignored(self.source.at(path))):
                place = (*path, "lint", "ignore", position)
                judged = path in reached or ignored.startswith("MS94")
                if judged and place not in self.used:
                    title = CODES.get(ignored)
                    message = f"nothing here is {shown(ignored)[1:-1]}" + (f": {title}" if title else "")
                    yield Remark(place, message, "remove the code")

    def _reached(self) -> set[Path]:
        """Return the paths of the steps that became layers, of the calls that led to them, and of all that is around these."""
        steps: set[Path] = set()
        for model in self.models:
            for node in (*model.graph.nodes, *model.elaboration.unread):
                steps |= {node.origin.path, *(frame.path for frame in node.origin.trail)}
        return {step[:length] for step in steps for length in range(len(step) + 1)}


def _lint_keys(source: Source, path: Path) -> Iterator[Path]:
    """Yield the paths of the objects below a path that have a ``lint`` key."""
    written = source.at(path)
    if isinstance(written, dict) and "lint" in written:
        yield path
    children: Any = written.items() if isinstance(written, dict) else enumerate(written) if isinstance(written, list) else ()
    for key, value in children:
        if isinstance(value, dict | list):
            yield from _lint_keys(source, (*path, key))


def _ignored(value: Json) -> list[str]:
    """Return the codes that the ``lint`` key of an object names."""
    lint = value.get("lint") if isinstance(value, dict) else None
    ignored = lint.get("ignore") if isinstance(lint, dict) else None
    return [code for code in ignored if isinstance(code, str)] if isinstance(ignored, list) else []
