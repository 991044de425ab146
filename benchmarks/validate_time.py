"""``modelspec validate``, whole process: one file against what pydantic costs to start, many files, and check-jsonschema.

python benchmarks/validate_time.py [--rounds 12] [--specs 1000] [--rounds-of-many 2] [-o benchmarks/results/validate_time.json]

check-jsonschema reads the same files with our JSON Schema: it says what a schema can say, without shapes, names, expressions
and lint.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from processes import environment, interleaved, summarize

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "schemas" / "modelspec.schema.json"
CHECK_JSONSCHEMA = Path(sys.executable).parent / "check-jsonschema"
MODELSPEC = [sys.executable, "-m", "modelspec"]
BARE = "python -c 'import pydantic'"
PYDANTIC = "import pydantic, one model"
ONE_MODEL = "import pydantic\nclass Model(pydantic.BaseModel):\n    x: int\nModel(x=1)"
ONE = "one file"
ONE_BARE = "one file, against the bare import"
MANY = "{} specs of Xception's size"


def commands_of_one() -> dict[str, list[str]]:
    """Return the commands that start for one file."""
    return {
        PYDANTIC: [sys.executable, "-c", ONE_MODEL],
        BARE: [sys.executable, "-c", "import pydantic"],
        "modelspec validate xception": [*MODELSPEC, "validate", "xception"],
        "modelspec validate xception_imagenet": [*MODELSPEC, "validate", "xception_imagenet"],
        "check-jsonschema xception.json": _check_jsonschema([ROOT / "specs" / "xception.json"]),
    }


def commands_of_many(folder: Path, specs: int) -> dict[str, list[str]]:
    """Write as many specs, each with other classes, and return the commands that check them all."""
    spec = json.loads((ROOT / "specs" / "xception.json").read_text())
    files = [folder / f"{number:04}.json" for number in range(specs)]
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


def main() -> None:
    """Run the rounds, print the tables, write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--specs", type=int, default=1000)
    parser.add_argument("--rounds-of-many", type=int, default=2)
    parser.add_argument("-o", "--output", default=ROOT / "benchmarks" / "results" / "validate_time.json", type=Path)
    options = parser.parse_args()
    one = interleaved(commands_of_one(), options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        many = interleaved(commands_of_many(Path(folder), options.specs), options.rounds_of_many)
    results = {
        ONE: {name: summarize(runs, one[PYDANTIC]) for name, runs in one.items()},
        ONE_BARE: {name: summarize(runs, one[BARE]) for name, runs in one.items() if name.startswith("modelspec")},
        MANY.format(options.specs): {name: summarize(runs, many["modelspec validate"]) for name, runs in many.items()},
    }
    rounds = {ONE: options.rounds, ONE_BARE: options.rounds, MANY.format(options.specs): options.rounds_of_many}
    record = {"environment": environment(), "rounds": rounds, "results": results}
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=2) + "\n")
    for title, rows in results.items():
        print(title)
        for name, row in rows.items():
            print(
                f"  {name:40}{row['median_seconds']:>8} s{row['median_cpu']:>8} s CPU{row['peak_mib']:>6} MiB"
                f"{row['median_ratio']:>7}x{row['cpu_ratio']:>7}x CPU"
            )


if __name__ == "__main__":
    main()
