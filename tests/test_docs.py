"""What the documents say is tried."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from workers import Worker

import modelspec
from modelspec.diagnostics import CODES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SPECS = [
    pytest.param(match[1], id=f"{page.relative_to(ROOT)}:{page.read_text()[: match.start()].count(chr(10)) + 1}")
    for page in PAGES
    for match in re.finditer(r"^```json\n(.*?)^```", page.read_text(), re.S | re.M)
    if '"format_version"' in match[1]
]


def test_there_are_examples() -> None:
    assert len(SPECS) >= 3
    assert len(CASES) >= 5


@pytest.mark.parametrize("text", SPECS)
def test_every_spec_in_the_documents_compiles(text: str) -> None:
    modelspec.compile(json.loads(text), "onnx")


CASES = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "frameworks.md").read_text(), re.S | re.M)


@pytest.mark.parametrize("text", CASES)
def test_a_fault_of_a_framework_is_still_there(text: str, on: Callable[[str], Worker]) -> None:
    on("keras" if "keras" in text else "onnx").call(_executed, text)


def _executed(text: str) -> None:
    exec(text, {})


def test_links_between_documents_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page}: {target}"


def test_codes_named_in_documents_exist() -> None:
    for page in PAGES:
        assert set(re.findall(r"\bMS[0-9]{3}\b", page.read_text())) <= CODES.keys(), page
