"""Completions, hovers and definitions at a position of a document that is being written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from modelspec.diagnostics import CODES, shown
from modelspec.difference import describe
from modelspec.expressions import FUNCTION_NAMES
from modelspec.findings import find
from modelspec.graph import Graph
from modelspec.language import scope
from modelspec.language.reading import Cursor, Reading, Token, members
from modelspec.language.schema_walk import Walk, Word
from modelspec.layer_types import LayerTypes, Missing
from modelspec.linking import is_block
from modelspec.source import Path

Kind = Literal["layer", "field", "value", "block", "parameter", "tensor", "function", "code"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_EXPRESSION = re.compile(r"\$\{[^}]*")


@dataclass(frozen=True, slots=True)
class Completion:
    """A word that can stand at a position: what it is, what it means, and the text in place of ``start`` to ``end``."""

    word: str
    kind: Kind
    doc: str
    text: str
    start: int
    end: int


class Assistant:
    """Answers about one state of a document; ``graph`` is the model that it made when it last had no error."""

    def __init__(self, text: str, graph: Graph | None = None, *, with_plugins: bool = True) -> None:
        self.reading = Reading(text)
        self.graph = graph
        self.value = self.reading.value
        self.walk = Walk(is_block(members(self.value)))
        self.types = LayerTypes(with_plugins)

    def completions(self, offset: int) -> list[Completion]:
        """Return what can stand at an offset."""
        cursor = self.reading.at(offset)
        inside = self._expression(cursor, offset)
        if inside is not None:
            start, words = inside
            return [Completion(word, kind, doc, word, start, offset) for word, kind, doc in words]
        start, end = (cursor.token.start, cursor.token.end) if cursor.token else (offset, offset)
        words = self._keys(cursor) if cursor.role == "key" else self._values(cursor)
        suffix = ": " if cursor.role == "key" and not self.reading.text[end:].lstrip().startswith(":") else ""
        return [
            Completion(str(word.value), kind, word.doc, json.dumps(word.value) + suffix, start, end) for kind, word in words
        ]

    def hover(self, offset: int) -> tuple[str, Token] | None:
        """Return what is known of the word at an offset, as Markdown, and the word."""
        cursor = self.reading.at(offset)
        token = cursor.token
        if token is None:
            return None
        text = self._expression_doc(token, offset) if token.role == "value" else ""
        text = text or (self._key_doc(token.path) if token.role == "key" else self._value_doc(token))
        return (text, token) if text else None

    def definition(self, offset: int) -> Path | None:
        """Return the path of what declares the word at an offset; the use of a file is that of its block."""
        token = self.reading.at(offset).token
        if token is None:
            return None
        path = token.path
        if token.role == "key":
            called = find(self.value, (*path[:-2], "block")) if path[-2:-1] == ("with",) else None
            return ("blocks", called, "parameters", str(path[-1])) if isinstance(called, str) else None
        if "${" in token.text:
            return scope.parameters(self.value, path).get(self._word(token, offset))
        if path[-1:] == ("block",):
            return scope.blocks(self.value).get(token.text)
        return self._tensors(path).get(token.text)

    def _tensors(self, path: Path) -> Mapping[str, Path]:
        """Return the names of tensors that can stand at a path; none where no such name stands."""
        if scope.step(path) is not None:
            return scope.tensors(self.value, path) if "inputs" in path[-2:] else {}
        home = scope.owner(path)
        return scope.results(self.value, path) if path[len(home) : len(home) + 1] == ("outputs",) else {}

    def _keys(self, cursor: Cursor) -> Iterable[tuple[Kind, Word]]:
        path = cursor.token.path[:-1] if cursor.token else cursor.path
        present = members(find(self.value, path)).keys() - ({cursor.token.text} if cursor.token else set())
        words = self.walk.keys(self.value, path)
        if path[-1:] == ("with",):
            called = find(self.value, (*path[:-1], "block"))
            declared = members(find(self.value, ("blocks", called or "", "parameters")))
            words = [Word(name, str(members(it).get("description", ""))) for name, it in declared.items()]
            return [("parameter", word) for word in words if word.value not in present]
        return [("field", word) for word in words if word.value not in present]

    def _values(self, cursor: Cursor) -> Iterable[tuple[Kind, Word]]:
        path = cursor.path
        if path[-1:] == ("block",):
            blocks = scope.blocks(self.value)
            return [("block", Word(name, str(find(self.value, (*at, "description")) or ""))) for name, at in blocks.items()]
        if tensors := self._tensors(path):
            return [("tensor", Word(name)) for name in tensors]
        words = self.walk.values(self.value, path)
        if path[-1:] == ("type",) and scope.step(path) is not None:
            return [("layer", Word(word.value, self.walk.layer_doc(str(word.value)) or word.doc)) for word in words]
        if path[-2:-1] == ("ignore",):
            return [("code", Word(word.value, CODES.get(str(word.value), ""))) for word in words]
        return [("value", word) for word in words]

    def _expression(self, cursor: Cursor, offset: int) -> tuple[int, list[tuple[str, Kind, str]]] | None:
        """Return what can stand in the expression that an offset is in, and where its word begins; None outside of one."""
        token = cursor.token
        if token is None or token.role != "value" or not token.quoted:
            return None
        before = self.reading.text[token.start : offset]
        opened = before.rfind("${")
        if opened < 0 or "}" in before[opened:]:
            return None
        start = offset
        while self.reading.text[start - 1].isalnum() or self.reading.text[start - 1] in "_.":
            start -= 1
        words: list[tuple[str, Kind, str]] = []
        for name, at in scope.parameters(self.value, token.path).items():
            words.append((name, "parameter", str(find(self.value, (*at, "description")) or "")))
        for name in scope.inputs(self.value, token.path):
            for part in ("shape", "channels", "rank"):
                words.append((f"{name}.{part}", "tensor", "of what is read, without the batch"))
        for name in sorted(FUNCTION_NAMES):
            words.append((name, "function", ""))
        return start, words

    def _word(self, token: Token, offset: int) -> str:
        """Return the name at an offset inside an expression."""
        for expression in _EXPRESSION.finditer(self.reading.text, token.start, token.end):
            for name in _NAME.finditer(self.reading.text, *expression.span()):
                if name.start() <= offset <= name.end():
                    return name[0].split(".")[0]
        return ""

    def _expression_doc(self, token: Token, offset: int) -> str:
        name = self._word(token, offset)
        at = scope.parameters(self.value, token.path).get(name)
        return self._parameter_doc(name, at) if at else ""

    def _parameter_doc(self, name: str, path: Path) -> str:
        declared = members(find(self.value, path))
        if not declared:
            return f"`{name}`: the variable of a repetition"
        limits = ", ".join(f"{key} {shown(item)}" for key, item in declared.items() if key not in ("description", "type"))
        return f"`{name}`: {declared.get('type', 'a')} parameter; {limits}\n\n{declared.get('description', '')}".rstrip("; \n")

    def _key_doc(self, path: Path) -> str:
        if path[-2:-1] == ("with",):
            called = find(self.value, (*path[:-2], "block"))
            return self._parameter_doc(str(path[-1]), ("blocks", str(called), "parameters", path[-1]))
        if path[-2:-1] == ("blocks",):
            return self._block_doc(str(path[-1]))
        return self.walk.doc(self.value, path)

    def _value_doc(self, token: Token) -> str:
        path, text = token.path, token.text
        if path[-1:] == ("type",) and scope.step(path) == path[:-1]:
            return "\n\n".join(part for part in (self._layer_doc(text), self._made(path[:-1])) if part)
        if path[-1:] == ("block",):
            return self._block_doc(text)
        if path[-2:-1] == ("ignore",):
            return "\n\n".join(f"{code}: {title}" for code, title in CODES.items() if text and code.startswith(text))
        return ""

    def _layer_doc(self, name: str) -> str:
        layer = self.types.find(name)
        return "" if isinstance(layer, Missing) else f"**{name}** {layer.__doc__ or ''}".strip()

    def _block_doc(self, name: str) -> str:
        block = members(find(self.value, ("blocks", name)))
        if not block:
            return ""
        declared = ", ".join(f"`{key}`" for key in members(block.get("parameters")))
        about = str(block.get("description", ""))
        return "\n\n".join(part for part in (f"block **{name}**", about, f"parameters: {declared}" if declared else "") if part)

    def _made(self, path: Path) -> str:
        """Return what the layers written at a path make, as the model had it without errors."""
        nodes = [node for node in self.graph.nodes if node.origin.path == path] if self.graph else []
        rows = dict.fromkeys(
            f"`{', '.join(describe(kind) for kind in node.input_types)}` → `{describe(node.output)}`, "
            f"{sum(it.weight.size for it in node.weights):,} parameters"
            for node in nodes
        )
        times = f"\n\n{len(nodes)} times in the model" if len(nodes) > 1 else ""
        return "\n\n".join(list(rows)[:6]) + ("\n\n..." if len(rows) > 6 else "") + times
