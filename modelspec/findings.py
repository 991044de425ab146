"""Collect findings, each at its place; turn pydantic's errors into findings: what was found, and what was wanted."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from modelspec import hints
from modelspec.diagnostics import Diagnostic, Fix, Frame, Severity, SpecError, listed, shown
from modelspec.expressions import ExpressionError, is_template
from modelspec.mends import FIELD_ALIASES, LAYER_ALIASES, literal, named, replacing
from modelspec.source import MAX_FINDINGS, Path, Source, pointer

_WANTED = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "a string",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "an object",
    "none_required": "null",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
_LIMIT = {"greater_than": "more than", "greater_than_equal": "at least", "less_than": "less than", "less_than_equal": "at most"}

_NARROWER = {*_LIMIT, "too_short", "too_long", "string_too_short", "string_too_long"}
"""What pydantic says of a value of the right type."""

STEPS = ("<layer>", "<block>", "<for>", "<if>")
"""The tags of steps."""
MAX_ERRORS = 10 * MAX_FINDINGS
"""Each member of a union may have an error of its own."""
Trail = tuple[Frame, ...]

_T = TypeVar("_T")


class Failed(Enum):
    """What stands for the value of an expression that has none; null is a value."""

    FAILED = 0


FAILED: Final = Failed.FAILED


class TooMany(Exception):
    """As many findings as are listed."""


class Findings:
    """The findings in a document so far, each cause once; where there are too many, ``report`` raises TooMany."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: dict[tuple[str, Path, str], Diagnostic] = {}

    def report(
        self,
        code: str,
        path: Path,
        message: str,
        hint: str = "",
        frames: Trail = (),
        *,
        key: bool = False,
        severity: Severity = "error",
        instead: str | None = None,
        fix: Fix | None = None,
    ) -> None:
        """Add a finding at a path; ``key`` says that the key rather than the value is at fault.

        ``instead`` is the JSON that can only be meant there; ``fix`` another mend.
        """
        if (code, path, message) in self.found:
            return
        place = self.source.place(path, key=key)
        if instead is not None:
            fix = replacing(self.source, path, instead, key=key)
        self.found[code, path, message] = Diagnostic(code, message, hint, place, pointer(path), frames, severity, fix)
        if len(self.found) == MAX_FINDINGS:
            raise TooMany

    def add(self, error: SpecError, path: Path, frames: Trail) -> None:
        """Add the findings of a block file whose text cannot be parsed; they know their places."""
        for finding in error.diagnostics:
            self.found[finding.code, path, str(finding)] = finding.at(finding.place, pointer(path), frames)
            if len(self.found) == MAX_FINDINGS:
                raise TooMany

    def attempt(self, path: Path, frames: Trail, evaluate: Callable[[], _T]) -> _T | Failed:
        """Return the result; where an expression fails, report it and return FAILED."""
        try:
            return evaluate()
        except ExpressionError as error:
            self.report(error.code, path, error.message, error.hint, frames)
            return FAILED

    def listed(self) -> list[Diagnostic]:
        """Return the findings in the order of the document, then those of its block files in theirs."""
        order = {source.file: number for number, source in enumerate(self.source.included.values())}

        def position(finding: Diagnostic) -> tuple[int, int, int]:
            place = finding.place
            return (order.get(place.file, -1), place.line, place.column) if place else (-1, 0, 0)

        return sorted(self.found.values(), key=position)


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding without its place: the path from the validated value, and whether the key rather than the value is at fault."""

    code: str
    path: Path
    message: str
    hint: str = ""
    key: bool = False
    instead: str | None = None
    """The JSON that can only be meant in the place of the value, or the key."""


def problems(error: ValidationError, value: Any, fields: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Return one problem for each cause; ``fields`` names the keys that are known, by the model they belong to.

    Keys of ``fields`` are the last tag of a location, or the empty string for the validated model itself. A union without
    a discriminator reports each of its members; those become one problem, and so do a misspelt field and the missing one.
    """
    groups: dict[tuple[Path, bool], list[tuple[Path, dict[str, Any]]]] = {}
    for item in error.errors(include_url=False, include_context=True)[:MAX_ERRORS]:
        details: dict[str, Any] = dict(item)
        path, union = _walk(details, value)
        groups.setdefault((path if union is None else union, _is_key(details)), []).append((path, details))
    found = [problem for members in groups.values() for problem in _problems(members, value, fields)]
    misspelt = {(problem.path[:-1], problem.hint) for problem in found if problem.code == "MS201"}
    return [
        problem
        for problem in without_clashes(found, value)
        if problem.code != "MS202" or (problem.path, f"did you mean {problem.message.split()[2]}?") not in misspelt
    ]


def without_clashes(found: list[Problem], value: Any) -> list[Problem]:
    """Return problems without the mends that would write a key that stands in the object already, or twice."""
    written = Counter((problem.path[:-1], problem.instead) for problem in found if problem.key)

    def clashes(problem: Problem) -> bool:
        place = problem.path[:-1], problem.instead
        return problem.instead is not None and (written[place] > 1 or json.loads(problem.instead) in find(value, place[0]))

    return [replace(problem, instead=None) if problem.key and clashes(problem) else problem for problem in found]


def find(value: Any, path: Path) -> Any:
    """Return what stands at a path; None below a value that is not there."""
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def has_expression(value: Any) -> bool:
    """Return whether an expression stands anywhere in a value."""
    if isinstance(value, Mapping):
        return any(has_expression(item) for item in value.values())  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple):
        return any(has_expression(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return is_template(value)


def _walk(details: Mapping[str, Any], value: Any) -> tuple[Path, Path | None]:
    """Return the path in the document without pydantic's union tags, and the path of the first untagged union on it."""
    location: tuple[str | int, ...] = details["loc"][:-1] if _is_key(details) else details["loc"]
    path: Path = ()
    union: Path | None = None
    tag: Path | None = None  # where a tag was last: one may be called like a field
    for position, part in enumerate(location):
        last = position == len(location) - 1
        missing = details["type"] == "missing" and last
        if isinstance(value, dict) and not last and tag != path and value.get("type") == part:  # pyright: ignore[reportUnknownMemberType]
            tag = path
        elif isinstance(value, dict) and (part in value or missing):
            path, value = (*path, part), value.get(part)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        elif isinstance(value, list | tuple) and isinstance(part, int) and part < len(value):  # pyright: ignore[reportUnknownArgumentType]
            path, value = (*path, part), value[part]  # pyright: ignore[reportUnknownVariableType]
        elif union is None and not _is_tag(part, value):
            union = path
    return path, union


def _is_tag(part: str | int, value: Any) -> bool:
    """Return whether a part of a location is a discriminator's: a step's kind, or the value's own ``type``."""
    if isinstance(value, dict):
        return str(part).startswith("<") or value.get("type") == part  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return value is None or isinstance(value, str)


def _is_key(details: Mapping[str, Any]) -> bool:
    """Return whether pydantic means a key of an object, not its value."""
    return details["loc"][-1:] == ("[key]",) and details["type"].startswith("string_")


def _problems(members: list[tuple[Path, dict[str, Any]]], value: Any, fields: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Return the problems of a union: those of the member that came furthest into the value, one for each path."""
    deepest = max(len(member_path) for member_path, _ in members)
    furthest: dict[Path, list[dict[str, Any]]] = {}
    for member_path, details in members:
        if len(member_path) == deepest:
            furthest.setdefault(member_path, []).append(details)
    return [
        _single(place, errors[0], value, fields) if len(set(map(_wanted, errors))) == 1 else _joined(place, errors, value)
        for place, errors in furthest.items()
    ]


def _joined(path: Path, errors: list[dict[str, Any]], value: Any) -> Problem:
    wanted = list(dict.fromkeys(_wanted(details) for details in errors))
    found = find(value, path)
    message = f"{_subject(path)} is {shown(found)}; it must be {listed(wanted)}"
    words = [word for details in errors for word in _choices(details)]
    hint, instead = named(found, words) if words else ("", None)
    of_another_type = literal(found, wanted)
    code = "MS204" if of_another_type else _code_of(errors, found)
    hint = hints.of_value(path, found, wanted) or _near(hint)
    return Problem(code, path, message, hint, instead=instead or of_another_type)


def _near(hint: str) -> str:
    """Return a hint at a word that may be meant; the message lists all of them already."""
    return "" if hint.startswith("known") else hint


def _code_of(errors: list[dict[str, Any]], found: Any) -> str:
    """Return the code for a value that no member of a union takes: one of them may be of its type, and only be narrower."""
    kinds = {details["type"] for details in errors}
    if kinds & _NARROWER or (isinstance(found, str) and "literal_error" in kinds):
        return "MS203"
    patterns = [details["ctx"]["pattern"] for details in errors if details["type"] == "string_pattern_mismatch"]
    return "MS207" if any("\\$" not in pattern for pattern in patterns) else "MS204"


def _single(path: Path, details: dict[str, Any], value: Any, fields: Mapping[str, Sequence[str]]) -> Problem:
    kind: str = details["type"]
    context: dict[str, Any] = details.get("ctx", {})
    found = find(value, path)
    where = _subject(path)
    if _is_key(details):
        wanted = "letters, digits and _, beginning with a letter"
        return Problem("MS207", path, f"{shown(path[-1])} is not a name; a name is {wanted}", key=True)
    if kind == "missing":
        return Problem("MS202", path[:-1], f'the field "{path[-1]}" is missing')
    if kind == "extra_forbidden":
        tag = next((str(part) for part in reversed(details["loc"][:-1]) if str(part) in fields), "")
        hint, instead = named(str(path[-1]), fields.get(tag, ()), FIELD_ALIASES)
        if tag in STEPS:
            if tag == "<block>" and not hint.startswith("did"):
                hint = f'values for the block stand under "with": {{{shown(path[-1])}: ...}}'
            hint = hints.of_step(str(path[-1])) or hint
        return Problem("MS201", path, f"unknown field {shown(path[-1])}", hint, key=True, instead=instead)
    if kind == "union_tag_not_found":
        if isinstance(found, dict) and "<layer>" not in str(context) and "type" in str(context.get("discriminator")):
            return Problem("MS202", path, 'the field "type" is missing')
        meant = (named(str(key), hints.KINDS)[0] for key in found) if isinstance(found, dict) else ()  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return Problem(
            "MS206",
            path,
            f"a step is {shown(found)}" if not isinstance(found, dict) else f"this step has no {listed(hints.KINDS)}",
            next((hint for hint in meant if hint.startswith("did")), "")
            or (hints.of_no_step(found) if isinstance(found, dict) else "")  # pyright: ignore[reportUnknownArgumentType]
            or 'write {"type": ...}, {"block": ...}, {"for": ..., "in": ..., "layers": [...]} or {"if": ..., "then": [...]}',
        )
    if kind in ("union_tag_invalid", "unknown_name"):
        known = context["expected_tags"] if kind == "union_tag_invalid" else context["known"]
        tags = [tag.strip(" '") for tag in str(known).split(",")]
        word = context["tag"] if isinstance(found, dict) else found
        path = (*path, "type") if isinstance(found, dict) else path
        hint, instead = named(str(word), tags, LAYER_ALIASES)
        if path[-3:-1] == ("lint", "ignore") and not instead:
            hint = hints.of_lint(str(word)) or hint
        return Problem("MS203", path, f"{_subject(path)} is {shown(word)}, which is not known", hint, instead=instead)
    if kind == "string_pattern_mismatch":
        wanted = "an expression" if "\\$" in context["pattern"] else "a name: letters, digits and _, beginning with a letter"
        return Problem(
            "MS207" if wanted != "an expression" else "MS204", path, f"{where} is {shown(found)}; it must be {wanted}"
        )
    code = "MS204" if kind in _WANTED or kind in ("size", "padding") else "MS203"
    hint, instead = named(found, words) if (words := _choices(details)) else ("", literal(found, [_wanted(details)]))
    message = f"{where} is {shown(found)}; it must be {_wanted(details)}"
    return Problem(code, path, message, hints.of_value(path, found, [_wanted(details)]) or _near(hint), instead=instead)


def _choices(details: Mapping[str, Any]) -> list[str]:
    """Return the words that a value could be one of."""
    return re.findall(r"'([^']*)'", str(details["ctx"]["expected"])) if details["type"] == "literal_error" else []


def _wanted(details: dict[str, Any]) -> str:
    kind: str = details["type"]
    context: dict[str, Any] = details.get("ctx", {})
    if kind in _WANTED:
        return _WANTED[kind]
    if kind in _LIMIT:
        return f"{_LIMIT[kind]} {next(iter(context.values()))}"
    match kind:
        case "literal_error":
            return str(context["expected"]).replace("'", '"')
        case "string_pattern_mismatch":
            return "an expression" if "\\$" in context["pattern"] else "a name"
        case "too_short":
            return f"a list of at least {context['min_length']}"
        case "too_long":
            return f"a list of at most {context['max_length']}"
        case "string_too_short":
            return "a string that is not empty"
        case "string_too_long":
            return f"a string of at most {context['max_length']} characters"
        case "value_error":
            return f"another value: {context.get('error')}"
        case _:
            return str(details["msg"])


def _subject(path: Path) -> str:
    """Return what a message calls the value at a path: its key, or its place in a list."""
    names = [shown(part)[1:].removesuffix('"') for part in path if isinstance(part, str)]
    if not path:
        return "the document"
    if not names:
        return str(path[-1])
    return f"item {path[-1] + 1} of {names[-1]}" if isinstance(path[-1], int) else names[-1]
