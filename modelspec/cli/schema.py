"""``modelspec schema``: the JSON Schema of the spec format."""

from __future__ import annotations

import json

from modelspec import files
from modelspec.cli.arguments import Options, Verbs, verb
from modelspec.document import BlockFile, Spec


def add(verbs: Verbs) -> None:
    """Add the verb."""
    parser = verb(verbs, "schema", run, "print the JSON Schema (draft-07) of the spec format")
    parser.add_argument("--block", action="store_true", help="the schema of block files")
    parser.add_argument("-o", "--output", metavar="FILE", help="write it to a file instead")


def run(options: Options) -> int:
    """Print the schema, or write it."""
    from modelspec.schema import json_schema

    text = json.dumps(json_schema(BlockFile if options.block else Spec), indent=1) + "\n"
    if options.output:
        files.write(options.output, text.encode())
    else:
        print(text, end="")
    return 0
