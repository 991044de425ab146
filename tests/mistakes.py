"""How a mistake in a spec is written down, for the tables of ``mistakes_in_text``, ``mistakes_in_values``,
``mistakes_in_layers`` and ``mistakes_of_beginners``.

A ``«`` stands in the text before every place that a finding must point to, in the order of the findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MARK = "«"


@dataclass(frozen=True)
class Finding:
    """What must be said: the code, the JSON pointer, words of the message and of the hint, and the trail, outermost first."""

    code: str
    pointer: str
    words: str
    hint: str = ""
    trail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mistake:
    """A text, the parameter values that it is elaborated for, and every finding."""

    id: str
    text: str
    findings: tuple[Finding, ...]
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])


def spec(*steps: str, inputs: str = '"x": {"shape": [8, 8, 3]}', more: str = "") -> str:
    """Return the text of a spec, a step a line; ``more`` stands before ``inputs``."""
    body = ",\n  ".join(steps)
    return f'{{\n "format_version": 1, "name": "net",{more}\n "inputs": {{{inputs}}},\n "layers": [\n  {body}]\n}}\n'


def blocks(text: str) -> str:
    return f'\n "blocks": {{{text}}},'


def parameters(text: str) -> str:
    return f'\n "parameters": {{{text}}},'


def of(id: str, text: str, *findings: Finding, **given: Any) -> Mistake:
    return Mistake(id, text, findings, given)


RELU = '{"type": "ReLU"}'
SCALED = blocks('"b": {"parameters": {"n": {"type": "integer"}}, "layers": [{"type": "Dense", "units": "${n}"}]}')
TWO_SIDES = (
    '{"type": "Conv2D", "name": "a", "filters": 4, "kernel_size": 1}',
    '{"type": "Conv2D", "name": "b", "filters": 5, "kernel_size": 1, "inputs": "x"}',
)
FAILING = '"b": {"parameters": {"n": {"type": "integer"}}, "layers": [{"type": "ReLU", "name": "l"}], "outputs": ["l"]}'
NAME_RULE = "letters, digits and _, beginning with a letter"
