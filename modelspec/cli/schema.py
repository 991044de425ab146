"""``modelspec schema``: the JSON Schema of the spec format."""

from __future__ import annotations

import json

from modelspec.cli.arguments import Options, Verbs, verb


def add(verbs: Verbs) -> None:
    """Add the verb."""
    verb(verbs, "schema", run, "print the JSON Schema (draft-07) of the spec format")


def run(_: Options) -> int:
    """Print the schema."""
    from modelspec.schema import json_schema

    print(json.dumps(json_schema(), indent=2))
    return 0
