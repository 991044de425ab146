"""``modelspec validate``, whole process: one file against what pydantic costs to start, many files, and check-jsonschema.

check-jsonschema reads the same files with our JSON Schema: it says what a schema can say, without shapes, names, expressions
and lint.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from processes import compared, interleaved
from records import ROOT, Table

TITLE = "Validation"
TEXT = (
    "Whole process, lint included, against a program that imports pydantic and makes one model (`import pydantic` alone loads"
    " next to nothing of it), and against check-jsonschema with our JSON Schema."
)
ROUNDS = 8
ROUNDS_OF_MANY = 1
MANY = 1000
SCHEMA = ROOT / "schemas" / "modelspec.schema.json"
CHECK_JSONSCHEMA = Path(sys.executable).parent / "check-jsonschema"
MODELSPEC = [sys.executable, "-m", "modelspec"]
BARE = "python -c 'import pydantic'"
PYDANTIC = "import pydantic, one model"
ONE_MODEL = "import pydantic\nclass Model(pydantic.BaseModel):\n    x: int\nModel(x=1)"


def tables(rounds: int) -> list[Table]:
    """Return what one file and what many take."""
    one = interleaved(_one(), rounds)
    bare = {name: runs for name, runs in one.items() if name == BARE or name.startswith("modelspec")}
    with tempfile.TemporaryDirectory() as folder:
        many = interleaved(_many(Path(folder)), ROUNDS_OF_MANY)
    return [
        compared("one file", one, PYDANTIC),
        compared("one file, against the bare import", bare, BARE),
        compared(f"{MANY} specs of Xception's size", many, "modelspec validate"),
    ]


def _one() -> dict[str, list[str]]:
    """Return the commands that start for one file."""
    return {
        PYDANTIC: [sys.executable, "-c", ONE_MODEL],
        BARE: [sys.executable, "-c", "import pydantic"],
        "modelspec validate xception": [*MODELSPEC, "validate", "xception"],
        "modelspec validate xception_imagenet": [*MODELSPEC, "validate", "xception_imagenet"],
        "check-jsonschema xception.json": _check_jsonschema([ROOT / "specs" / "xception.json"]),
    }


def _many(folder: Path) -> dict[str, list[str]]:
    """Write as many specs, each with other classes, and return the commands that check them all."""
    spec = json.loads((ROOT / "specs" / "xception.json").read_text())
    files = [folder / f"{number:04}.json" for number in range(MANY)]
    for number, file in enumerate(files):
        spec["parameters"]["num_classes"]["default"] = 2 + number
        file.write_text(json.dumps(spec, indent=2))
    return {
        "modelspec validate": [*MODELSPEC, "validate", str(folder)],
        "modelspec validate --jobs 2": [*MODELSPEC, "validate", "--jobs", "2", str(folder)],
        "check-jsonschema": _check_jsonschema(files),
    }


def _check_jsonschema(files: list[Path]) -> list[str]:
    return [str(CHECK_JSONSCHEMA), "--schemafile", str(SCHEMA), *map(str, files)]
