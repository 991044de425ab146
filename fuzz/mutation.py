"""Changes to a document that know JSON: values are replaced, removed, moved, and taken from other documents."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from documents import Choices, document, layer

from modelspec.expressions import FUNCTION_NAMES
from modelspec.layers import LAYERS
from modelspec.schema import json_schema

Path = tuple[str | int, ...]

ODD: list[Any] = [
    None, True, False, 0, 1, -1, 2, 3, 7, 64, 65, 999, 1000, 10_000, 2**31 - 1, 2**31, -(2**31), 2**53,
    0.5, -0.0, 1e-300, 1e308, 1.5, "", "x", "a b", "x.y", "block.json", "../block.json", "/etc/passwd", "é", "e\u0301",
    "\x1b[31m", "a\n::error::b", "##[group]", "\u202e", "\u061c", "\u200b", "\ufeff", "\U000e0041", "\u2028", "😀",
    "`", "<script>", "]]>", "](x)", "{0}", "%0A", [], {}, [[]], [0], [1, 2], ["x"], [None],
    "${n}", "${i}", "${x.shape}", "${input.channels}", "${1 / 0}", "${[n, [n]]}", "$${", "${", "${'", "a${n}b",
    "${n if true else i}", {"range": 3}, {"range": [9, 0, -1]}, {"use": "block.json"},
    {"type": "integer", "default": 3}, {"ignore": ["MS9"]},
]  # fmt: skip
"""Values that have been trouble somewhere, and those that the language has a meaning for."""
_JOINTS = (
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b'"',
    b"'",
    b"\\",
    b"\\u202e",
    b"\\ud800",
    b"\xef\xbb\xbf",
    b"\xff",
    b"//",
    b"NaN",
    b"1e999",
)


def words(value: Any) -> Iterator[Any]:
    """Yield the keys of a document, and what it says besides."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from words(item)
    elif isinstance(value, list):
        for item in value:
            yield from words(item)
    else:
        yield value


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every value in a document but its own."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(item, (*path, key))


def _vocabulary() -> list[str]:
    """Return the words of the schema: types, fields and the values that they may have."""
    found: set[str] = set()

    def walk(schema: Any) -> None:
        if isinstance(schema, dict):
            found.update(schema.get("properties", {}))
            found.update(it for it in [*schema.get("enum", []), schema.get("const")] if isinstance(it, str))
            for item in schema.values():
                walk(item)
        elif isinstance(schema, list):
            for item in schema:
                walk(item)

    walk(json_schema())
    return sorted(found | set(FUNCTION_NAMES))


class Mutator:
    """Changes documents; ``others`` are those that parts are taken from."""

    def __init__(self, others: Sequence[bytes]) -> None:
        self.others = [value for data in others if isinstance(value := _read(data), dict)]
        self.words = _vocabulary()
        self.types = sorted(LAYERS)
        self.parts = [part for other in self.others for part in _parts(other)]

    def change(self, data: bytes, seed: int) -> bytes | None:
        """Return other bytes, or None where they are no JSON: those are for a mutator of bytes."""
        chance = random.Random(seed)
        value = document(Choices(chance.randint)) if chance.random() < 0.05 else _read(data)
        if not isinstance(value, dict | list) or chance.random() < 0.1:
            return _torn(data, chance) if chance.random() < 0.3 else None
        box = {"": value}
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            self._change(box, chance)
        indent = chance.choice((None, None, None, 0, 2))
        made = json.dumps(box.get("", {}), ensure_ascii=chance.random() < 0.3, indent=indent)
        made_bytes = made.encode("utf-8", "surrogatepass")
        return _torn(made_bytes, chance) if chance.random() < 0.1 else made_bytes

    def _change(self, box: Any, chance: random.Random) -> None:
        there = list(places(box))
        if not there:
            return
        path = chance.choice(there)
        inside = box
        for part in path[:-1]:
            inside = inside[part]
        last = path[-1]
        match chance.randrange(9):
            case 0:
                del inside[last]
            case 1 | 2:
                inside[last] = self._value(chance)
            case 3 if isinstance(inside, list):
                inside.insert(int(last), self._value(chance))
            case 3 | 4 if isinstance(inside, dict):
                inside[self._key(chance)] = self._value(chance)
            case 5 if isinstance(inside, dict):
                inside[self._key(chance)] = inside.pop(last)
            case 6:
                inside[last] = _copy(_at(box, chance.choice(there)))
            case 7 if isinstance(inside, list):
                inside[:] = [
                    *inside[: int(last)],
                    *[_copy(inside[int(last)]) for _ in range(chance.choice((2, 3, 30)))],
                    *inside[int(last) + 1 :],
                ]
            case _ if isinstance(inside[last], int | float) and not isinstance(inside[last], bool):
                inside[last] = inside[last] + chance.choice((-1, 1, 0.5, 10, -inside[last]))
            case _ if isinstance(inside[last], str) and inside[last]:
                text = inside[last]
                at = chance.randrange(len(text) + 1)
                odd = chance.choice([it for it in ODD if isinstance(it, str)])
                inside[last] = text[:at] + chance.choice((odd, "", chance.choice(text))) + text[at + chance.randrange(3) :]
            case _:
                inside[last] = [_copy(inside[last])] if chance.random() < 0.5 else {self._key(chance): _copy(inside[last])}

    def _key(self, chance: random.Random) -> str:
        odd = chance.choice(ODD)
        return odd if isinstance(odd, str) and chance.random() < 0.3 else chance.choice(self.words)

    def _value(self, chance: random.Random) -> Any:
        kind = chance.random()
        if kind < 0.4:
            return _copy(chance.choice(ODD))
        if kind < 0.6 or not self.parts:
            return chance.choice(self.words)
        if kind < 0.7:
            return layer(Choices(chance.randint), chance.choice(self.types))
        return _copy(chance.choice(self.parts))


def _read(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            if len(json.dumps(item)) < 600:
                yield item
            yield from _parts(item)


def _copy(value: Any) -> Any:
    return json.loads(json.dumps(value))


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _torn(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with something put in or left out that JSON is held together by."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice((*_JOINTS, b"", b" ", b"\n")) + data[at + chance.randrange(2) :]
