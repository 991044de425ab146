"""A verification for programs: one JSON document, whose format has a version and a schema, both made from its dataclasses."""

from __future__ import annotations

from typing import Any

from modelspec import data_reports
from modelspec.verify.results import Verification

FORMAT_VERSION = 1
"""It grows when a field goes or means something else, not when one comes."""


def render(found: Verification) -> str:
    """Return the verification as JSON in ASCII, keys in the order of the fields; every text in it is safe to print."""
    return data_reports.render(found, FORMAT_VERSION)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft-07) of reports."""
    return data_reports.json_schema(Verification, "modelspec verification", FORMAT_VERSION)
