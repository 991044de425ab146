"""``modelspec schema``: the JSON Schema of the spec format, or of a report."""

from __future__ import annotations

import json
from typing import Any

from modelspec import files
from modelspec.cli.arguments import Options, Verbs, verb
from modelspec.document import BlockFile, Spec


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "schema", run, "print the JSON Schema (draft-07) of the spec format")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--block", action="store_true", help="the schema of block files")
    which.add_argument("--verification", action="store_true", help="the schema of the JSON reports of modelspec verify")
    which.add_argument("--bench", action="store_true", help="the schema of what modelspec bench -o writes")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it to a file instead")


def run(options: Options) -> int:
    """Print the schema, or write it."""
    text = json.dumps(_schema(options), indent=1) + "\n"
    if options.output:
        files.write(options.output, text.encode())
    else:
        print(text, end="")
    return 0


def _schema(options: Options) -> dict[str, Any]:
    if options.verification:
        from modelspec.verify.reports.json import json_schema

        return json_schema()
    if options.bench:
        from modelspec.bench.report import json_schema

        return json_schema()
    from modelspec.schema import json_schema

    return json_schema(BlockFile if options.block else Spec)
